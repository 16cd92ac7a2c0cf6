# SPDX-License-Identifier: ISC
"""Debian's unbound as the resolver: each zone leads to a server of the lab, all else is NXDOMAIN,
and nothing leaves the machine."""

from .server import HOST, Server, ask

PROBE = "ready.unbound.invalid"


class Unbound(Server):
    """stubs: {zone: port, address "ip:port", or a Server}. `extra` is added to the server clause.

    hosts: lines of local-data, such as 'mx1.lab. A 192.0.2.1'."""

    name = "unbound"

    def __init__(self, stubs, hosts=(), extra="", forward_all=None):
        super().__init__()
        self.stubs = stubs
        self.hosts = hosts
        self.extra = extra
        self.forward_all = forward_all

    def configure(self):
        lines = [
            "server:",
            f"  interface: {HOST}@{self.port}",
            "  do-daemonize: no", "  use-syslog: no", '  logfile: ""', "  verbosity: 1",
            f'  directory: "{self.folder}"', '  chroot: ""', '  username: ""', '  pidfile: ""',
            "  do-ip6: no", "  num-threads: 1", "  do-not-query-localhost: no",
            '  module-config: "iterator"', "  qname-minimisation: no", "  hide-identity: yes",
            "  access-control: 127.0.0.0/8 allow", "  target-fetch-policy: \"0 0 0 0 0\"",
            # As patient with a lost datagram as with the internet's, but quicker.
            "  outbound-msg-retry: 3", "  unknown-server-time-limit: 100",
            f'  local-data: "{PROBE}. 0 TXT ready"',
        ]
        lines += [f"  local-data: '{host}'" for host in self.hosts]
        if self.forward_all is None:
            lines.append('  local-zone: "." static')
        lines += [f'  local-zone: "{zone}." transparent' for zone in self.stubs]
        if self.extra:
            lines += ["  " + line for line in self.extra.splitlines()]
        lines += ["remote-control:", "  control-enable: no"]
        for zone, to in self.stubs.items():
            lines += ["stub-zone:", f'  name: "{zone}."', f"  stub-addr: {at(to)}",
                      "  stub-prime: no"]
        if self.forward_all is not None:
            lines += ["forward-zone:", '  name: "."', f"  forward-addr: {at(self.forward_all)}"]
        self.write("unbound.conf", "\n".join(lines) + "\n")
        return ["/usr/sbin/unbound", "-d", "-c", self.path("unbound.conf")]

    def ready(self):
        reply = ask(self.port, PROBE, "TXT")
        return bool(reply and reply.rr)


def at(to):
    """unbound's spelling of a server's address."""
    port = to if isinstance(to, int) else getattr(to, "port", None)
    if port is None:
        host, port = to.rsplit(":", 1)
        return f"{host}@{port}"
    return f"{HOST}@{port}"
