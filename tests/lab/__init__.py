# SPDX-License-Identifier: ISC
"""The loopback internet: real and scripted servers on free ports of 127.0.0.1, for tests, demo
and bench. Every server is a context manager: ready when entered, gone when left."""

from .authority import Authority
from .dnsdist import Dnsdist
from .dnsmasq import Dnsmasq
from .names import RANDOM, address_of, name_of
from .rbldnsd import Rbldnsd, block_list
from .resolvers import RESOLVED, Bind, Knot, Recursor, Resolved
from .scripted import (Reply, Scripted, a, aaaa, bad_format, chain, closed, cname, formerr, garbage,
                       mx, nodata, nxdomain, raw, refused, servfail, silence, truncated, txt,
                       wrong_id)
from .server import free_port, wait_until
from .unbound import Unbound

__all__ = [
    "Authority", "Bind", "Dnsdist", "Dnsmasq", "Knot", "RANDOM", "RESOLVED", "Rbldnsd", "Recursor", "Reply", "Resolved",
    "Scripted", "Unbound", "a", "aaaa", "address_of", "bad_format", "block_list", "chain", "closed", "cname",
    "formerr", "free_port", "garbage", "mx", "name_of", "nodata", "nxdomain",
    "raw", "refused", "servfail", "silence", "truncated", "txt", "wait_until", "wrong_id",
]
