# SPDX-License-Identifier: ISC
"""A small internet with a resolver, block lists of every temper, a mail server and a web hook
receiver that write what they get below mail/ and hook/, and two configurations for repmon: run.conf, and lab.conf with broken lists, too.

What the addresses of the demo meet (documentation addresses, RFC 5737 and 3849):
  192.0.2.10     on no list
  192.0.2.66     on zen.spamhaus.org (SBL and PBL) and bl.spamcop.net
  192.0.2.77     on b.barracudacentral.org
  2001:db8:bad::/64  on zen.spamhaus.org and six.lab
"""

import contextlib
import json
import os
import socket
import threading

from .rbldnsd import Rbldnsd, block_list, block_list6
from .scripted import Scripted, a, mx, nodata, silence, txt
from .sinks import MailSink, WebhookSink
from .unbound import Unbound

ZEN = """$TTL 300
:127.0.0.2:https://check.spamhaus.org/query/ip/$
127.0.0.2 :127.0.0.2:https://www.spamhaus.org/query/ip/$
127.0.0.2 :127.0.0.4:https://www.spamhaus.org/query/ip/$
127.0.0.2 :127.0.0.10:https://www.spamhaus.org/query/ip/$
"""

WATCH = """; Written by tests/lab/lab: repmon against the loopback internet.
[repmon]
state = state/state.db
instance = lab
[targets]
ip = 192.0.2.10  mx1.lab
[ptr]
use = none
[mail "postmaster"]
to = postmaster@lab.example
from = repmon@lab.example
server = {mail}
tls = off
[webhook "chat"]
url = {hook}
[dns]
resolver = {resolver}
timeout = 300ms
tries = 2

[dnsbl]
use = none

[dnsbl "zen.spamhaus.org"]
rate = 1000
[dnsbl "b.barracudacentral.org"]
rate = 1000
[dnsbl "bl.spamcop.net"]
rate = 1000

[dnsbl "six.lab"]
code = 127.0.0.2 lab major
test = 127.0.0.2
families = 4 6
"""

BROKEN = """[dnsbl "dead.lab"]
code = 127.0.0.2 lab minor
[dnsbl "refusing.lab"]
code = 127.0.0.2 lab minor
[dnsbl "wildcard.lab"]
code = 127.0.0.2 lab minor
"""


class World:
    """Starts everything below `folder`; lists and unlists by order over a socket there."""

    def __init__(self, folder):
        self.folder = os.path.abspath(folder)
        self.entries = {
            "zen.spamhaus.org": {"192.0.2.66": ["127.0.0.2", "127.0.0.10"]},
            "bl.spamcop.net": {"192.0.2.66": ["127.0.0.2"]},
            "b.barracudacentral.org": {"192.0.2.77": ["127.0.0.2"]},
            "six.lab": {},
        }
        self.stack = contextlib.ExitStack()

    def zones(self):
        def lines(zone):
            return [f"{ip} :{code}:Lab listing of $" for ip, codes in self.entries[zone].items()
                    for code in codes]
        bad6 = ["2001:db8:bad::/64"]
        return {
            ("zen.spamhaus.org", "ip4set"): ZEN + "\n".join(lines("zen.spamhaus.org")) + "\n",
            ("zen.spamhaus.org", "ip6trie"): block_list6(bad6, default="127.0.0.3"),
            ("bl.spamcop.net", "ip4set"): block_list(
                lines("bl.spamcop.net"), text="Blocked - see https://www.spamcop.net/bl.shtml?$"),
            ("b.barracudacentral.org", "ip4set"): block_list(lines("b.barracudacentral.org")),
            ("six.lab", "ip4set"): block_list(lines("six.lab")),
            ("six.lab", "ip6trie"): block_list6(bad6),
            ("wildcard.lab", "ip4set"): block_list(["0.0.0.0/1", "128.0.0.0/1"]),
        }

    def start(self):
        os.makedirs(self.folder, exist_ok=True)
        self.rbldnsd = self.stack.enter_context(Rbldnsd(self.zones()))
        self.scripted = self.stack.enter_context(Scripted())
        self.scripted.zone("dead.lab", rule=lambda q: silence())
        self.scripted.zone("refusing.lab", rule=lambda q: a("127.255.255.254"))
        stubs = {zone: self.rbldnsd for zone, _ in self.zones()}
        self.scripted.hosts.update({
            ("shop.lab", "TXT"): txt("v=spf1 ip4:203.0.113.5 -all"),
            ("_dmarc.shop.lab", "TXT"): txt("v=DMARC1; p=none"),
            ("shop.lab", "MX"): mx("mx1.lab"), ("shop.lab", "A"): nodata(),
            ("shop.lab", "AAAA"): nodata()})
        stubs.update({"dead.lab": self.scripted, "refusing.lab": self.scripted,
                      "shop.lab": self.scripted})
        self.unbound = self.stack.enter_context(Unbound(
            stubs, hosts=["mx1.lab. 300 A 192.0.2.10", "mx1.lab. 300 AAAA 2001:db8:900d::25",
                          "mx2.lab. 300 A 192.0.2.66"],
            # A change in a zone shows at once.
            extra="cache-max-ttl: 0\ncache-max-negative-ttl: 0"))
        self.mail = self.stack.enter_context(MailSink())
        self.mail.on_data = self.keep_mail
        self.hook = self.stack.enter_context(WebhookSink(on_request=self.keep_hook))
        watch = WATCH.format(resolver=self.unbound.address, mail=self.mail.address,
                             hook=self.hook.url("/alerts"))
        for name, text in (("run.conf", watch), ("lab.conf", watch + BROKEN)):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as f:
                f.write(text)
            os.chmod(f.name, 0o600)
        return self

    def keep(self, kind, number, text):
        """Writes it to KIND/1, KIND/2, …"""
        os.makedirs(os.path.join(self.folder, kind), exist_ok=True)
        name = os.path.join(self.folder, kind, str(number))
        with open(name + ".new", "w", encoding="utf-8") as f:
            f.write(text)
        os.rename(name + ".new", name)

    def keep_mail(self, mail):
        headers = "".join(f"{name}: {mail.message[name]}\n" for name in
                          ("From", "To", "Subject", "Message-ID", "References")
                          if mail.message[name])
        self.keep("mail", len(self.mail.attempts), f"{headers}\n{mail.text}")

    def keep_hook(self, request):
        body = json.dumps(request.json(), indent=1, ensure_ascii=False)
        self.keep("hook", len(self.hook.requests), f"webhook-id: {request.headers['webhook-id']}"
                  f"\n\n{body}\n")

    def stop(self):
        self.stack.close()

    def order(self, words):
        verb, zone, ip = words[:3]
        if verb == "list":
            self.entries[zone][ip] = words[3:] or ["127.0.0.2"]
        elif verb == "unlist":
            self.entries[zone].pop(ip, None)
        else:
            raise ValueError(verb)
        self.rbldnsd.replace({key: text for key, text in self.zones().items() if key[0] == zone})

    def listen(self, stopped: threading.Event):
        """Obeys orders until `stopped` is set. The socket's presence says that all is ready."""
        path = os.path.join(self.folder, "control")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
            server.bind(path + ".new")
            server.listen()
            server.settimeout(0.2)
            os.rename(path + ".new", path)
            while not stopped.is_set():
                try:
                    client, _ = server.accept()
                except TimeoutError:
                    continue
                with client:
                    try:
                        self.order(client.recv(4096).decode().split())
                        client.sendall(b"done")
                    except (ValueError, KeyError) as e:
                        client.sendall(f"error: {e!r}".encode())
        os.unlink(path)


def order(folder, words):
    """Sends an order to a running World; returns its answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.connect(os.path.join(folder, "control"))
        client.sendall(" ".join(words).encode())
        return client.recv(4096).decode()
