# SPDX-License-Identifier: ISC
"""The names that DNS lists are asked (RFC 5782 2.1 and 2.4), written without repmon's code."""

import ipaddress
import re

RANDOM = "random"  # address_of() of a label that is no address: a client's self-test


def name_of(address, zone):
    ip = ipaddress.ip_address(address)
    if ip.version == 4:
        labels = reversed(str(ip).split("."))
    else:
        labels = reversed(ip.exploded.replace(":", ""))
    return ".".join(labels) + "." + zone


def address_of(name, zone):
    """The address asked about, RANDOM for another name below the zone, None outside it."""
    name, zone = name.lower().rstrip("."), zone.lower().rstrip(".")
    if not name.endswith("." + zone):
        return None
    labels = name[:-len(zone) - 1].split(".")[::-1]
    try:
        if len(labels) == 4:
            return str(ipaddress.IPv4Address(".".join(labels)))
        if len(labels) == 32 and all(re.fullmatch("[0-9a-f]", x) for x in labels):
            return str(ipaddress.IPv6Address(int("".join(labels), 16)))
    except ValueError:
        pass
    return RANDOM
