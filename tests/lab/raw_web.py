# SPDX-License-Identifier: ISC
"""A web server that sends exactly the bytes it is given and closes, over TLS or not: for replies
that a real server doesn't produce.

    with Raw(b"HTTP/1.0 200 OK\r\n\r\nhalf", tls=context) as site: … site.url("/x")
"""

import contextlib
import socket
import threading

from .server import HOST


class Raw:
    """talk=True: `reply` goes out before anything is read, as a server of another protocol would."""

    def __init__(self, reply, tls=None, talk=False):
        self.reply, self.tls, self.talk = reply, tls, talk
        self.requests = []
        self.listener = socket.create_server((HOST, 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def url(self, path="/"):
        return f"https://{HOST}:{self.port}{path}"

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), connection:
                self.answer(connection)

    def answer(self, connection):
        connection.settimeout(10)
        if self.tls:
            connection = self.tls.wrap_socket(connection, server_side=True)
        got = b""
        while not self.talk and b"\r\n\r\n" not in got:
            more = connection.recv(65536)
            if not more:
                break
            got += more
        self.requests.append(got)
        connection.sendall(self.reply)
        if self.tls:
            connection.unwrap()  # an end by TLS's own rules

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)


def frame(kind, flags, payload=b"", stream=0):
    """RFC 9113 4.1"""
    return (len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big")
            + payload)


def http2(body, ended, headers=b""):
    """Settings, our acknowledgement of theirs, status 200 and a body on the first stream."""
    return (frame(4, 0) + frame(4, 1) + frame(1, 4, b"\x88" + headers, 1)
            + frame(0, 1 if ended else 0, body, 1))
