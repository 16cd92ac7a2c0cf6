# SPDX-License-Identifier: ISC
"""A DNS server that does what it is told: what real servers do seldom, or never on purpose.

    with Scripted() as dns:
        bl = dns.zone("bl.lab", listed={"192.0.2.99": "127.0.0.2"})
        bl.rule = lambda q: servfail() if q.address == "192.0.2.1" else None
        ...
        assert bl.asked("192.0.2.99")

It answers over UDP and TCP, as resolver and as authority alike. A zone answers honestly unless its
rule returns something: its test point and what is listed have an A, all else is NXDOMAIN.
"""

import asyncio
import dataclasses
import itertools
import os
import random
import socket
import struct
import threading

import dnslib
from dnslib import A, AAAA, CNAME, DNSRecord, MX, NS, PTR, QTYPE, RCODE, RR, SOA, TXT

from .names import RANDOM, address_of
from .server import HOST, free_port

TEST4, TEST6 = "127.0.0.2", "::ffff:127.0.0.2"


@dataclasses.dataclass
class Question:
    name: str        # lower case, no final dot
    type: str        # "A", "TXT", …
    address: object  # what the zone is asked about; RANDOM; None outside any zone
    transport: str   # "udp" or "tcp"
    client: tuple
    seen: int        # how often this name and type were asked before, over this transport
    number: int      # questions to this zone before this one
    targets: int     # questions to this zone before this one that are no self-test
    packet: bytes

    @property
    def self_test(self):
        """Test points and random names: all else is a target."""
        return self.address == RANDOM or (
            isinstance(self.address, str) and self.address.startswith(("127.", "::ffff:")))


@dataclasses.dataclass
class Reply:
    rcode: str = "NOERROR"
    records: tuple = ()
    soa: bool = False
    aa: bool = False
    ttl: int = 300
    silent: bool = False
    close: bool = False    # over TCP: end the connection instead
    delay: float = 0.0     # seconds
    truncate: bool = False  # TC and no answer, over UDP
    id_offset: int = 0
    raw: bytes = None       # these bytes instead; the first two are replaced by the id if keep_id
    keep_id: bool = True

    def after(self, seconds):
        return dataclasses.replace(self, delay=seconds)

    def as_own(self):
        """With AA, as from the server's own data."""
        return dataclasses.replace(self, aa=True)

    def with_ttl(self, ttl):
        return dataclasses.replace(self, ttl=ttl)


def a(*addresses, ttl=300):
    return Reply(records=tuple(("A", x) for x in addresses), ttl=ttl)


def aaaa(*addresses, ttl=300):
    return Reply(records=tuple(("AAAA", x) for x in addresses), ttl=ttl)


def txt(*strings, ttl=300):
    """One TXT record; each argument is one of its strings (str or bytes)."""
    return Reply(records=(("TXT", strings),), ttl=ttl)


def mx(*hosts, ttl=300):
    return Reply(records=tuple(("MX", x) for x in hosts), ttl=ttl)


def cname(target, *addresses, ttl=300):
    return Reply(records=(("CNAME", target), *(("A", x) for x in addresses)), ttl=ttl)


def chain(*records, ttl=300, soa=False, rcode="NOERROR"):
    """Records with owners of their own, in this order: ("mx1.lab", "CNAME", "mx2.lab"), …"""
    return Reply(rcode, records=tuple((kind, value, owner) for owner, kind, value in records),
                 ttl=ttl, soa=soa)


def nxdomain(soa=True, ttl=60):
    return Reply("NXDOMAIN", soa=soa, ttl=ttl)


def nodata(ttl=60):
    return Reply(soa=True, ttl=ttl)


def servfail():
    return Reply("SERVFAIL")


def refused():
    return Reply("REFUSED")


def formerr():
    return Reply("FORMERR")


def silence():
    return Reply(silent=True)


def closed():
    """Over TCP the connection ends without an answer."""
    return Reply(silent=True, close=True)


def truncated(reply):
    """TC over UDP, the whole reply over TCP."""
    return dataclasses.replace(reply, truncate=True)


def wrong_id(reply):
    return dataclasses.replace(reply, id_offset=1)


def garbage(size=60):
    return Reply(raw=os.urandom(size))


def bad_format():
    """Right id and header that promises answers which are not there."""
    return Reply(raw=struct.pack(">HHHHHH", 0, 0x8180, 1, 3, 0, 0) + b"\x03abc")


def raw(data, keep_id=True):
    return Reply(raw=data, keep_id=keep_id)


class Zone:
    def __init__(self, name, listed=None, reasons=None, test="127.0.0.2", test6=None, ttl=300,
                 rule=None):
        self.name = name.lower()
        self.listed = dict(listed or {})    # address: answer, or a list of answers
        self.reasons = dict(reasons or {})  # address: text, or a list of strings
        self.test, self.test6 = test, test6  # answers of the test points; None: there is none
        self.ttl = ttl
        self.rule = rule
        self.log = []

    def honest(self, q):
        answers = self.listed.get(q.address, ())
        if q.address == TEST4 and self.test:
            answers = self.test
        elif q.address in (TEST6, "::ffff:7f00:2") and self.test6:
            answers = self.test6
        answers = [answers] if isinstance(answers, str) else list(answers)
        if not answers:
            return nxdomain()
        if q.type == "A":
            return a(*answers, ttl=self.ttl)
        if q.type == "TXT" and q.address in self.reasons:
            reason = self.reasons[q.address]
            return txt(*([reason] if isinstance(reason, (str, bytes)) else reason), ttl=self.ttl)
        return nodata()

    def asked(self, address=None, rtype="A"):
        """Questions about an address (any target when None), of one type."""
        return [q for q in self.log if q.type == rtype and
                (q.address == address if address else not q.self_test)]


class Scripted:
    """Zones by longest suffix; `hosts` {(name, type): Reply}; all else by `default`. Without `tcp`
    nobody listens there: a connection is refused."""

    def __init__(self, port=None, tcp=True):
        self.port = port
        self.tcp = tcp
        self.zones = {}
        self.hosts = {}
        self.default = lambda q: nxdomain()
        self.before = None  # a rule asked first, for every question
        self.log = []
        self.seen = {}
        self.errors = []
        self.lock = threading.Lock()

    @property
    def address(self):
        return f"{HOST}:{self.port}"

    def zone(self, name, *args, **kwargs):
        zone = Zone(name, *args, **kwargs)
        self.zones[zone.name] = zone
        return zone

    def host(self, name, *addresses):
        v4 = [x for x in addresses if ":" not in x]
        v6 = [x for x in addresses if ":" in x]
        self.hosts[name, "A"] = a(*v4) if v4 else nodata()
        self.hosts[name, "AAAA"] = aaaa(*v6) if v6 else nodata()

    # ---- deciding ----

    def zone_of(self, name):
        labels = name.split(".")
        for i in range(len(labels)):
            zone = self.zones.get(".".join(labels[i:]))
            if zone:
                return zone
        return None

    def decide(self, packet, transport, client):
        record = DNSRecord.parse(packet)
        name = str(record.q.qname).rstrip(".").lower()
        rtype = QTYPE.get(record.q.qtype)
        with self.lock:
            zone = self.zone_of(name)
            key = (name, rtype, transport)
            seen = self.seen.get(key, 0)
            self.seen[key] = seen + 1
            log = zone.log if zone else self.log
            q = Question(name, rtype, address_of(name, zone.name) if zone else None, transport,
                         client, seen, len(log), sum(not x.self_test for x in log) if zone else 0,
                         packet)
            if zone:
                zone.log.append(q)
            self.log.append(q)
        reply = self.before(q) if self.before else None
        if reply is None and zone and zone.rule:
            reply = zone.rule(q)
        if reply is None and zone:
            reply = zone.honest(q)
        if reply is None:
            reply = self.hosts.get((name, rtype))
        if reply is None:
            reply = self.default(q)
        return record, q, reply

    def encode(self, record, q, reply):
        if reply.raw is not None:
            return (packet_id(q.packet) + reply.raw[2:]) if reply.keep_id else reply.raw
        out = DNSRecord(dnslib.DNSHeader(id=(record.header.id + reply.id_offset) & 0xFFFF, qr=1,
                                         aa=int(reply.aa), ra=1, rd=record.header.rd,
                                         rcode=getattr(RCODE, reply.rcode)), q=record.q)
        if reply.truncate and q.transport == "udp":
            out.header.tc = 1
            return out.pack()
        owner = record.q.qname
        for kind, value, *own in reply.records:
            owner = own[0] if own else owner
            data = {"A": A, "AAAA": AAAA, "CNAME": CNAME, "NS": NS, "PTR": PTR}.get(kind)
            if kind == "TXT":
                data = TXT([x if isinstance(x, bytes) else x.encode() for x in value])
            elif kind == "MX":
                data = MX(value, 10)
            else:
                data = data(value)
            out.add_answer(RR(owner, getattr(QTYPE, kind), ttl=reply.ttl, rdata=data))
            if kind == "CNAME":
                owner = dnslib.DNSLabel(value)
        if reply.soa:
            zone = self.zone_of(q.name)
            out.add_auth(RR(zone.name if zone else ".", QTYPE.SOA, ttl=reply.ttl, rdata=SOA(
                "ns.lab.invalid", "hostmaster.lab.invalid", (1, 600, 300, 86400, reply.ttl))))
        packed = out.pack()
        if q.transport == "udp" and len(packed) > 1232:
            return self.encode(record, q, truncated(Reply()))
        return packed

    def handle(self, packet, transport, client):
        """(bytes or None, delay)"""
        try:
            record, q, reply = self.decide(packet, transport, client)
            if reply.silent:
                return (b"" if reply.close else None), 0.0
            return self.encode(record, q, reply), reply.delay
        except Exception as e:  # a rule's own mistake: the test must see it, not a time-out
            self.errors.append(repr(e))
            return None, 0.0

    # ---- serving ----

    async def serve(self, started):
        loop = asyncio.get_running_loop()
        self.loop, self.stopping = loop, asyncio.Event()
        outer = self

        class Udp(asyncio.DatagramProtocol):
            def connection_made(self, transport):
                self.transport = transport

            def datagram_received(self, data, addr):
                packet, delay = outer.handle(data, "udp", addr)
                if not packet:
                    return
                if delay:
                    loop.call_later(delay, self.transport.sendto, packet, addr)
                else:
                    self.transport.sendto(packet, addr)

        async def tcp(reader, writer):
            try:
                while True:
                    (size,) = struct.unpack(">H", await reader.readexactly(2))
                    packet, delay = outer.handle(await reader.readexactly(size), "tcp",
                                                 writer.get_extra_info("peername"))
                    if packet is None:
                        continue
                    if not packet:
                        return
                    await asyncio.sleep(delay)
                    writer.write(struct.pack(">H", len(packet)) + packet)
                    await writer.drain()
            except (asyncio.IncompleteReadError, ConnectionError):
                pass
            finally:
                writer.close()

        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.bind((HOST, self.port))
        udp, _ = await loop.create_datagram_endpoint(Udp, sock=sock)
        server = await asyncio.start_server(tcp, HOST, self.port) if self.tcp else None
        started.set()
        await self.stopping.wait()
        udp.close()
        if server:
            server.close()

    def start(self):
        failure = []
        for attempt in itertools.count():
            if self.port is None or attempt:
                self.port = free_port()
            started = threading.Event()

            def main():
                try:
                    asyncio.run(self.serve(started))
                except OSError as e:
                    failure.append(e)
                    started.set()

            failure.clear()
            self.thread = threading.Thread(target=main, daemon=True)
            self.thread.start()
            started.wait(10)
            if not failure:
                return self
            if attempt == 2:
                raise RuntimeError(f"scripted server: {failure[0]}")

    def stop(self):
        self.loop.call_soon_threadsafe(self.stopping.set)
        self.thread.join(5)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        self.stop()
        if kind is None and self.errors:
            raise AssertionError(f"a rule of the scripted server failed: {self.errors}")


def packet_id(packet):
    return packet[:2]


def lost(share, seed=1):
    """A rule that loses that share of the questions, the same ones in every run."""
    dice = random.Random(seed)
    return lambda q: silence() if dice.random() < share else None
