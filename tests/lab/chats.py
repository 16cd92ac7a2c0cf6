# SPDX-License-Identifier: ISC
"""Chats and push services as their documentation describes them: each knows its own addresses and
credentials, refuses what the real one refuses, in its own words, and keeps what it took.

    with Telegram(tls=context) as chat: … chat.url() … chat.taken[0]["text"]

`chat.answer = (status, body)` answers instead, for what a healthy service does not do."""

import json
import re
import urllib.parse

from .sinks import WebhookSink


class Chat(WebhookSink):
    """post(request) of a subclass -> (status, JSON or text); `taken`: the messages it shows."""

    base = ""  # what a configuration names

    def __init__(self, tls=None):
        super().__init__(self.handle, tls)
        self.taken = []
        self.answer = None

    def url(self, path=None):
        return super().url(self.base if path is None else path)

    def handle(self, request):
        status, body = self.answer or self.post(request)
        kind = "text/plain" if isinstance(body, str) else "application/json"
        data = body if isinstance(body, str) else json.dumps(body)
        return status, {"Content-Type": kind}, data.encode()


class Telegram(Chat):
    """core.telegram.org/bots/api: /botTOKEN/sendMessage and getChat."""

    token, chat = "123456:AAbot-t0ken_S3CRET", -1001234567890

    @staticmethod
    def no(code, words, **parameters):
        body = {"ok": False, "error_code": code, "description": words}
        return code, {**body, "parameters": parameters} if parameters else body

    def post(self, request):
        path, _, query = request.path.partition("?")
        found = re.fullmatch(r"/bot(\d+:[\w-]+)/(sendMessage|getChat)", path)
        if not found:
            return self.no(404, "Not Found")
        if found[1] != self.token:
            return self.no(401, "Unauthorized")
        if found[2] == "getChat":
            if urllib.parse.parse_qs(query).get("chat_id") != [str(self.chat)]:
                return self.no(400, "Bad Request: chat not found")
            return 200, {"ok": True, "result": {"id": self.chat, "type": "supergroup"}}
        message = request.json()
        if message.get("chat_id") != self.chat:
            return self.no(400, "Bad Request: chat not found")
        if not message.get("text"):
            return self.no(400, "Bad Request: message text is empty")
        if len(message["text"].encode("utf-16-le")) // 2 > 4096:
            return self.no(400, "Bad Request: message is too long")
        self.taken.append(message)
        return 200, {"ok": True, "result": {"message_id": len(self.taken), "date": 1,
                                            "chat": {"id": self.chat, "type": "supergroup"}}}


class Matrix(Chat):
    """Client-server API: PUT …/send/m.room.message/TXN; a transaction is one event, however often
    it is sent."""

    token, room = "syt_S3CRET_t0ken", "!r00m:example.org"

    def __init__(self, tls=None):
        super().__init__(tls)
        self.transactions = {}

    @staticmethod
    def no(status, code, **more):
        return status, {"errcode": code, "error": "no", **more}

    def post(self, request):
        method = {"send": "PUT", "state": "GET"}
        found = re.fullmatch(r"/_matrix/client/v3/rooms/([^/?]+)/(send|state)/"
                             r"(?:m\.room\.create|m\.room\.message/([^/?]+))", request.path)
        if not found or request.method != method[found[2]]:
            return self.no(404, "M_UNRECOGNIZED")
        if "authorization" not in request.headers:
            return self.no(401, "M_MISSING_TOKEN")
        if request.headers["authorization"] != "Bearer " + self.token:
            return self.no(401, "M_UNKNOWN_TOKEN", soft_logout=False)
        if urllib.parse.unquote(found[1]) != self.room:
            return self.no(403, "M_FORBIDDEN")
        if found[2] == "state":
            return 200, {"creator": "@a:example.org", "room_version": "11"}
        if len(request.body) > 65536:
            return self.no(413, "M_TOO_LARGE")
        event = request.json()
        if event.get("msgtype") not in ("m.text", "m.notice") or not event.get("body"):
            return self.no(400, "M_BAD_JSON")
        if found[3] not in self.transactions:
            self.transactions[found[3]] = f"${len(self.taken)}:example.org"
            self.taken.append(event)
        return 200, {"event_id": self.transactions[found[3]]}


class Gotify(Chat):
    """gotify.net: POST /message with the token of an application."""

    token = "AS3CRETt0ken.x"

    @staticmethod
    def no(status, words, more):
        return status, {"error": words, "errorCode": status, "errorDescription": more}

    def post(self, request):
        if request.path != "/message" or request.method != "POST":
            return self.no(404, "Not Found", "page not found")
        if request.headers.get("x-gotify-key") != self.token:
            return self.no(401, "Unauthorized",
                           "you need to provide a valid access token or user credentials")
        message = request.json()
        if not message.get("message"):
            return self.no(400, "Bad Request", "Field 'message' is required")
        self.taken.append(message)
        return 200, {"id": len(self.taken), "appid": 5, "date": "2026-11-21T06:00:00Z", **message}


class Mattermost(Chat):
    """An incoming webhook; errors as the server's AppError."""

    base = "/hooks/xS3CRETgeneratedkeyx"

    def no(self, status, name):
        return status, {"id": f"web.incoming_webhook.{name}.app_error", "message": "no",
                        "detailed_error": "", "request_id": "r", "status_code": status}

    def post(self, request):
        if request.path != self.base:
            return self.no(400, "invalid")
        if not request.json().get("text"):
            return self.no(400, "text")
        if len(request.json()["text"]) > 16383:
            return self.no(400, "text.length")
        self.taken.append(request.json())
        return 200, "ok"


class GoogleChat(Chat):
    """An incoming webhook of a space: key and token are in the query."""

    base = "/v1/spaces/AAAA/messages?key=AIzaS3CRET&token=t0kS3CRET%3D"

    @staticmethod
    def no(code, status, words):
        return code, {"error": {"code": code, "message": words, "status": status}}

    def post(self, request):
        path, _, query = request.path.partition("?")
        asked = urllib.parse.parse_qs(query)
        if path != "/v1/spaces/AAAA/messages":
            return self.no(404, "NOT_FOUND", "Requested entity was not found.")
        if asked.get("key") != ["AIzaS3CRET"]:
            return self.no(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.")
        if asked.get("token") != ["t0kS3CRET="]:
            return self.no(403, "PERMISSION_DENIED", "The caller does not have permission")
        if len(request.body) > 32000:
            return self.no(400, "INVALID_ARGUMENT", "Message is too long")
        if not request.json().get("text"):
            return self.no(400, "INVALID_ARGUMENT", "Message cannot be empty.")
        self.taken.append(request.json())
        return 200, {"name": f"spaces/AAAA/messages/{len(self.taken)}", "text": "…"}
