# SPDX-License-Identifier: ISC
"""Which of several monitors asks about a target, as repmon-many(7) describes it; written from that
description, not from the program."""

import ipaddress
import struct

MASK = (1 << 64) - 1


def rotate(x, bits):
    return (x << bits | x >> 64 - bits) & MASK


def siphash(key, data):
    """SipHash-2-4, as of the paper; the program has it in C."""
    k0, k1 = struct.unpack("<QQ", key)
    v = [k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d,
         k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573]

    def rounds(count):
        for _ in range(count):
            v[0] = (v[0] + v[1]) & MASK
            v[1] = rotate(v[1], 13) ^ v[0]
            v[0] = rotate(v[0], 32)
            v[2] = (v[2] + v[3]) & MASK
            v[3] = rotate(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & MASK
            v[3] = rotate(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & MASK
            v[1] = rotate(v[1], 17) ^ v[2]
            v[2] = rotate(v[2], 32)

    tail = data[len(data) & ~7:]
    words = [*struct.unpack(f"<{len(data) // 8}Q", data[:len(data) & ~7]),
             int.from_bytes(tail, "little") | len(data) << 56]
    for word in words:
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xff
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def shard_of(target, count):
    """Which of `count` shards asks about a target, as written down in repmon-many(7)."""
    net = ipaddress.ip_network(target)
    text = bytes([net.version, net.prefixlen]) + net.network_address.packed.ljust(16, b"\0")
    return max(range(1, count + 1),
               key=lambda n: siphash(b"repmon shards 1\0", text + struct.pack(">I", n)))
