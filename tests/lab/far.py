# SPDX-License-Identifier: ISC
"""Runs a command in network and mount namespaces of its own, with a scripted resolver that is not
on the loopback network: on 192.0.2.53 and, link-local, on fe80::53%lo, both port 53.

    python3 -m lab.far RESOLV_CONF COMMAND…

RESOLV_CONF stands in for /etc/resolv.conf. Prints one JSON object: code, out, err, and for each of
the two addresses from how many ports how many questions came."""

import collections
import json
import socket
import struct
import subprocess
import sys
import threading

from .scripted import Scripted

ADDRESSES = ["192.0.2.53", "fe80::53"]
SETUP = """
ip link set lo up && ip addr add 192.0.2.53/32 dev lo &&
ip -6 addr add fe80::53/64 dev lo scope link nodad && mount --bind "$1" /etc/resolv.conf
"""


def possible():
    """Whether this machine lets an ordinary user make such namespaces."""
    return subprocess.run(["unshare", "-rmn", "sh", "-c", SETUP, "sh", "/dev/null"],
                          capture_output=True, check=False).returncode == 0


def run(resolv_conf, argv, env, **kwargs):
    """From outside: the namespaces, and this program in them."""
    done = subprocess.run(["unshare", "-rmn", sys.executable, "-m", "lab.far", str(resolv_conf),
                           *map(str, argv)], env=env, capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, **kwargs)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def serve(dns, sock, ports):
    while True:
        packet, client = sock.recvfrom(4096)
        ports[client[1]] += 1
        reply, _ = dns.handle(packet, "udp", client)
        if reply:
            sock.sendto(reply, client)


def serve_tcp(dns, listener):
    while True:
        connection, client = listener.accept()
        with connection:
            size = struct.unpack(">H", connection.recv(2, socket.MSG_WAITALL))[0]
            packet = connection.recv(size, socket.MSG_WAITALL)
            reply, _ = dns.handle(packet, "tcp", client)
            connection.sendall(struct.pack(">H", len(reply)) + reply)


def main():
    subprocess.run(["sh", "-ec", SETUP, "sh", sys.argv[1]], check=True)
    dns = Scripted()
    dns.zone("bl.lab", listed={"192.0.2.3": "127.0.0.2"},
             reasons={"192.0.2.3": [b"x" * 200] * 8})  # does not fit a datagram
    seen = {}
    for address in ADDRESSES:
        where = socket.getaddrinfo(address + ("%lo" if ":" in address else ""), 53,
                                   type=socket.SOCK_DGRAM)[0]
        sock = socket.socket(where[0], socket.SOCK_DGRAM)
        sock.bind(where[4])
        seen[address] = collections.Counter()
        threading.Thread(target=serve, args=(dns, sock, seen[address]), daemon=True).start()
        listener = socket.socket(where[0], socket.SOCK_STREAM)
        listener.bind(where[4])
        listener.listen()
        threading.Thread(target=serve_tcp, args=(dns, listener), daemon=True).start()
    done = subprocess.run(sys.argv[2:], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)
    json.dump({"code": done.returncode, "out": done.stdout, "err": done.stderr,
               "ports": {a: len(c) for a, c in seen.items()},
               "questions": {a: sum(c.values()) for a, c in seen.items()}}, sys.stdout)


if __name__ == "__main__":
    main()
