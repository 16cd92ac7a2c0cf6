# SPDX-License-Identifier: ISC
"""Where alerts arrive: a mail server and a web hook receiver that keep what they get.

    with MailSink() as mail: … mail.messages[0].text
    with WebhookSink() as hook: … hook.requests[0].json()

Both take orders: mail.on_rcpt, mail.on_data and hook.on_request may answer instead (a reply line,
a status, or SILENCE), so that every outcome of a try can be provoked."""

import dataclasses
import email
import email.policy
import http.server
import json
import logging
import threading
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from . import web
from .server import HOST, free_port, wait_until

SILENCE = object()  # take it and never answer (until the sink is stopped)

logging.getLogger("mail.log").setLevel(logging.CRITICAL)


@dataclasses.dataclass
class Mail:
    sender: str
    recipients: list
    raw: bytes

    @property
    def message(self):
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    @property
    def subject(self):
        return self.message["Subject"]

    @property
    def text(self):
        return self.message.get_content()


class MailSink:
    """tls: an ssl.SSLContext for STARTTLS, implicit: one for TLS from the first byte. user, password:
    AUTH is required, over TLS when given."""

    def __init__(self, tls=None, user=None, password=None, port=None, implicit=None):
        self.port = port or free_port()
        self.tls, self.user, self.password = tls, user, password
        self.implicit = implicit
        self.messages = []   # accepted
        self.attempts = []   # every DATA, accepted or not
        self.on_rcpt = None  # (address) -> reply line or None
        self.on_data = None  # (Mail) -> reply line, SILENCE or None
        self.stopping = threading.Event()

    @property
    def address(self):
        return f"{HOST}:{self.port}"

    async def handle_RCPT(self, server, session, envelope, address, options):
        reply = self.on_rcpt(address) if self.on_rcpt else None
        if reply:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        import asyncio
        mail = Mail(envelope.mail_from, list(envelope.rcpt_tos), envelope.original_content)
        self.attempts.append(mail)
        reply = self.on_data(mail) if self.on_data else None
        if reply is SILENCE:
            while not self.stopping.is_set():
                await asyncio.sleep(0.05)
            return "421 closing"
        if reply is None or reply.startswith("2"):
            self.messages.append(mail)
        return reply or "250 accepted"

    def authenticate(self, server, session, envelope, mechanism, data):
        good = (data.login == self.user.encode() and data.password == self.password.encode())
        return AuthResult(success=good, handled=False)  # else it says nothing

    def start(self):
        options = {"decode_data": False, "data_size_limit": 32 << 20}
        if self.tls:
            options.update(tls_context=self.tls, require_starttls=True)
        if self.user:
            options.update(authenticator=self.authenticate, auth_required=True,
                           auth_require_tls=bool(self.tls))
        self.controller = Controller(self, hostname=HOST, port=self.port,
                                     ssl_context=self.implicit, **options)
        self.controller.start()
        return self

    def stop(self):
        self.stopping.set()
        self.controller.stop()

    def wait(self, count=1, seconds=10):
        wait_until(f"{count} mails", lambda: len(self.messages) >= count, seconds)
        return self.messages

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


@dataclasses.dataclass
class Request:
    method: str
    path: str
    headers: dict  # lower case names
    body: bytes
    time: float

    def json(self):
        return json.loads(self.body)


class WebhookSink(web.Web):
    """on_request(Request) -> None (204), a status, (status, headers, body), or SILENCE."""

    def __init__(self, on_request=None, tls=None, port=None):
        super().__init__()
        self.on_request = on_request
        self.tls = tls
        self.port = port or free_port()
        self.requests = []

    def url(self, path="/hook"):
        return f"{'https' if self.tls else 'http'}://{HOST}:{self.port}{path}"

    def start(self):
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                size = int(self.headers.get("Content-Length") or 0)
                request = Request(self.command, self.path,
                                  {k.lower(): v for k, v in self.headers.items()},
                                  self.rfile.read(size), time.time())
                sink.requests.append(request)
                reply = sink.on_request(request) if sink.on_request else None
                if reply is SILENCE:
                    sink.stopping.wait()
                    self.close_connection = True
                    return
                status, headers, body = (reply if isinstance(reply, tuple) else
                                         (reply or 204, {}, b""))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_HEAD = answer

            def log_message(self, *_):
                pass

        return self.serve(Handler, (HOST, self.port), self.tls)

    def wait(self, count=1, seconds=10):
        wait_until(f"{count} requests", lambda: len(self.requests) >= count, seconds)
        return self.requests
