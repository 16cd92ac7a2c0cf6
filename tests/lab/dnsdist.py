# SPDX-License-Identifier: ISC
"""Debian's dnsdist in front of a server: delay and loss, for the bench."""

from .server import HOST, Server, ask


class Dnsdist(Server):
    """Forwards to `backend` (a Server or port); `rules` are lines of dnsdist's Lua."""

    name = "dnsdist"

    def __init__(self, backend, rules=(), probe="ready.invalid", probe_type="TXT"):
        super().__init__()
        self.backend = backend
        self.rules = rules
        self.probe = (probe, probe_type)

    def configure(self):
        port = self.backend if isinstance(self.backend, int) else self.backend.port
        self.write("dnsdist.conf", "\n".join([
            f'setLocal("{HOST}:{self.port}")',
            'setACL({"127.0.0.0/8"})',
            "setSecurityPollSuffix(\"\")",
            "setVerboseHealthChecks(false)",
            f'newServer({{address="{HOST}:{port}"}})',
            # Its health checks come from the same socket that is under load, and flap.
            "getServer(0):setUp()",
            *self.rules, ""]))
        return ["/usr/bin/dnsdist", "--supervised", "--disable-syslog", "-C",
                self.path("dnsdist.conf")]

    def ready(self):
        return ask(self.port, *self.probe) is not None
