# SPDX-License-Identifier: ISC
"""What the loopback operators with an interface of their own have in common: HTTPS with a
certificate of a CA of our own, everything that was asked, and answers by a function.

    class Google(Service):
        def answer(self, seen): return Reply(200, b"…")

Everything can be answered otherwise: service.on_request(request) -> Reply, SILENCE or None."""

import dataclasses
import http.server
import os
import shutil
import ssl
import subprocess
import tempfile
import threading
import urllib.parse

from . import web
from .server import HOST, free_port

SILENCE = object()


@dataclasses.dataclass
class Reply:
    status: int = 200
    body: bytes = b""
    type: str = "application/octet-stream"
    headers: dict = dataclasses.field(default_factory=dict)
    cut: int = None      # announce everything, send so much and break off
    framed: bool = True  # False: the connection's end is the body's


@dataclasses.dataclass
class Seen:
    method: str
    path: str
    query: dict
    headers: dict
    form: dict
    body: bytes = b""


class Authority:
    """A CA and certificates for 127.0.0.1 and localhost."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="repmon-ca-")
        self.ca = os.path.join(self.folder, "ca.pem")

        def openssl(*args):
            subprocess.run(["openssl", *args], cwd=self.folder, check=True, capture_output=True)

        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "36500", "-subj",
                "/CN=lab", "-set_serial", "1")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-keyout", "host.key", "-out", "host.csr", "-subj", "/CN=localhost")
        with open(os.path.join(self.folder, "ext"), "w", encoding="ascii") as f:
            f.write("subjectAltName=IP:127.0.0.1,IP:127.0.0.2,DNS:localhost\n")
        openssl("x509", "-req", "-in", "host.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-out",
                "host.pem", "-days", "36500", "-extfile", "ext", "-set_serial", "2")

    def context(self):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(os.path.join(self.folder, "host.pem"),
                            os.path.join(self.folder, "host.key"))
        return tls

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Service(web.Web):
    def __init__(self, authority, host=HOST):
        super().__init__()
        self.authority = authority
        self.host = host
        self.port = free_port(host)
        self.on_request = None
        self.requests = []
        self.lock = threading.Lock()

    @property
    def base(self):
        return f"https://{self.host}:{self.port}"

    def count(self, part):
        return sum(part in r.path for r in self.requests)

    def answer(self, seen):
        raise NotImplementedError

    def start(self):
        lab = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                url = urllib.parse.urlsplit(self.path)
                size = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(size)
                form = dict(urllib.parse.parse_qsl(body.decode("utf-8", "replace")))
                seen = Seen(self.command, url.path, dict(urllib.parse.parse_qsl(url.query)),
                            {k.lower(): v for k, v in self.headers.items()}, form, body)
                lab.requests.append(seen)
                reply = lab.on_request(seen) if lab.on_request else None
                reply = reply or lab.answer(seen)
                if reply is SILENCE:
                    lab.stopping.wait()
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.body and reply.type:
                    self.send_header("Content-Type", reply.type)
                if reply.framed:
                    self.send_header("Content-Length", str(len(reply.body)))
                else:
                    self.send_header("Connection", "close")
                    self.close_connection = True
                self.end_headers()
                try:
                    self.wfile.write(reply.body[:reply.cut])
                except OSError:
                    self.close_connection = True
                if reply.cut is not None:
                    self.close_connection = True

            do_GET = do_POST = handle_any

            def log_message(self, *_):
                pass

        class Server(web.Server):
            def handle_error(self, *_):
                pass  # clients that do not like our certificate

        return self.serve(Handler, (self.host, self.port), self.authority.context(), Server)
