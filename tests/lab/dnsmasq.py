# SPDX-License-Identifier: ISC
"""Debian's dnsmasq as the resolver of a small host: it serves a hosts file as DNS, and forwards."""

from .server import HOST, Server, ask

PROBE = "ready.dnsmasq.invalid"


class Dnsmasq(Server):
    """hosts: lines of a hosts file. forward: a Server that is asked for everything else."""

    name = "dnsmasq"

    def __init__(self, forward=None, hosts=(), extra=()):
        super().__init__()
        self.forward = forward
        self.hosts = hosts
        self.extra = extra

    def configure(self):
        self.write("hosts", "\n".join(self.hosts) + "\n")
        argv = ["/usr/sbin/dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null",
                f"--port={self.port}", f"--listen-address={HOST}", "--bind-interfaces",
                "--no-resolv", "--no-hosts", f"--addn-hosts={self.path('hosts')}",
                f"--pid-file={self.path('pid')}", "--user=", "--log-facility=-",
                f"--txt-record={PROBE},ready", *self.extra]
        if self.forward is not None:
            argv.append(f"--server={HOST}#{self.forward.port}")
        return argv

    def ready(self):
        reply = ask(self.port, PROBE, "TXT")
        return bool(reply and reply.rr)
