# SPDX-License-Identifier: ISC
"""tests/lab/lab: starts the loopback internet of the demo and keeps it until it is terminated."""

import argparse
import os
import signal
import sys
import threading

from .world import World, order


def main():
    parser = argparse.ArgumentParser(
        prog="tests/lab/lab", description="A loopback internet with block lists for repmon.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    start = verbs.add_parser("start", help="start it; stays until SIGTERM or Ctrl-C")
    start.add_argument("dir", help="folder for lab.conf and the control socket")
    for verb, text in (("list", "put an address on a list"), ("unlist", "take it off")):
        p = verbs.add_parser(verb, help=text)
        p.add_argument("dir")
        p.add_argument("zone")
        p.add_argument("ip")
        if verb == "list":
            p.add_argument("code", nargs="*", help="answers, such as 127.0.0.2")
    args = parser.parse_args()
    if args.verb != "start":
        answer = order(args.dir, [args.verb, args.zone, args.ip, *getattr(args, "code", [])])
        print(answer)
        return 0 if answer == "done" else 1

    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stopped.set())
    world = World(args.dir)
    try:
        world.start()
        print(f"resolver {world.unbound.address}, configuration "
              f"{os.path.join(world.folder, 'lab.conf')}", flush=True)
        world.listen(stopped)
    finally:
        world.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
