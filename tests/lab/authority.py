# SPDX-License-Identifier: ISC
"""Debian's BIND as the authoritative server of some zones."""

from .server import HOST, Server, ask

HEAD = """$TTL 60
@ SOA ns hostmaster 1 600 300 86400 60
@ NS ns
ns A 127.0.0.1
"""


class Authority(Server):
    """zones: {name: lines of a zone file, without SOA and NS}."""

    name = "authority"

    def __init__(self, zones):
        super().__init__()
        self.zones = zones

    def configure(self):
        clauses = []
        for number, (zone, lines) in enumerate(self.zones.items()):
            self.write(f"zone{number}", HEAD + lines + "\n")
            clauses.append(f'zone "{zone}" {{ type primary; file "zone{number}"; }};')
        self.write("named.conf", f"""
options {{
  directory "{self.folder}"; pid-file none; session-keyfile none; recursion no;
  listen-on port {self.port} {{ {HOST}; }}; listen-on-v6 {{ none; }};
  allow-query {{ any; }}; empty-zones-enable no;
}};
controls {{ }};
{chr(10).join(clauses)}
""")
        return ["/usr/sbin/named", "-f", "-n", "1", "-c", self.path("named.conf")]

    def ready(self):
        reply = ask(self.port, "ns." + next(iter(self.zones)))
        return bool(reply and reply.rr)
