# SPDX-License-Identifier: ISC
"""Debian's rbldnsd: the server that real lists run, with zones from text."""

import os
import pwd
import signal

from .server import HOST, Server, ask, wait_until

SOA = "$SOA 2100 ns.lab.invalid hostmaster.lab.invalid 0 600 300 86400 60\n$NS 3600 ns.lab.invalid\n"
SERIAL = "serial.rbldnsd.invalid"


def block_list(entries=(), default="127.0.0.2", text="Listed, see https://lab.invalid/$", ttl=300,
               test=True):
    """A zone of type ip4set: its test point 127.0.0.2 and what is listed.

    An entry is "192.0.2.99", "192.0.2.0/24", "192.0.2.99 :127.0.0.4:why"."""
    lines = [f"$TTL {ttl}", f":{default}:{text}"]
    if test:
        lines.append("127.0.0.2")
    return "\n".join([*lines, *entries]) + "\n"


def block_list6(entries=(), default="127.0.0.2", text="Listed, see https://lab.invalid/$",
                ttl=300, test=True):
    """The same for IPv6 (type ip6trie); its test point is ::ffff:7f00:2 (RFC 5782 5)."""
    lines = [f"$TTL {ttl}", f":{default}:{text}"]
    if test:
        lines.append("::ffff:7f00:2")
    return "\n".join([*lines, *entries]) + "\n"


class Rbldnsd(Server):
    """zones: {zone: text of an ip4set} or {(zone, type): text}. One zone may have several types."""

    name = "rbldnsd"

    def __init__(self, zones, options=()):
        super().__init__()
        self.zones = {}
        self.options = options
        self.serial = 0
        for zone, text in zones.items():
            self.zones[zone if isinstance(zone, tuple) else (zone, "ip4set")] = text

    def file_of(self, zone, kind):
        return f"{zone}.{kind}"

    def write_zone(self, key):
        name = self.file_of(*key)
        text = self.zones[key]
        self.write(name, text if key[1] in ("generic", "dnset") else SOA + text)
        # rbldnsd sees a new file by its size and its time in whole seconds.
        os.utime(self.path(name), (0, 1_000_000_000 + 10 * self.serial))

    def write_serial(self):
        self.write("serial", f'@ 0 TXT "{self.serial}"\n')
        os.utime(self.path("serial"), (0, 1_000_000_000 + 10 * self.serial))

    def configure(self):
        for key in self.zones:
            self.write_zone(key)
        self.write_serial()
        user = []
        if os.getuid() == 0:
            try:
                pwd.getpwnam("rbldns")
                user = ["-u", "rbldns"]
            except KeyError:
                user = ["-u", "nobody"]
        specs = [f"{zone}:{kind}:{self.file_of(zone, kind)}" for zone, kind in self.zones]
        return ["/usr/sbin/rbldnsd", "-n", "-w", self.folder, "-c", "0", *user, *self.options,
                "-b", f"{HOST}/{self.port}", *specs, f"{SERIAL}:generic:serial"]

    def ready(self):
        reply = ask(self.port, SERIAL, "TXT")
        return bool(reply and reply.rr and str(self.serial) in str(reply.rr[0].rdata))

    def replace(self, zones):
        """New texts for zones served already; returns when rbldnsd answers from them."""
        self.serial += 1
        for zone, text in zones.items():
            key = zone if isinstance(zone, tuple) else (zone, "ip4set")
            if key not in self.zones:
                raise KeyError(key)
            self.zones[key] = text
            self.write_zone(key)
        self.write_serial()
        self.process.send_signal(signal.SIGHUP)
        wait_until("rbldnsd to reload", self.ready)
