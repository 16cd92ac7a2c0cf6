# SPDX-License-Identifier: ISC
"""A real mail server lives through two weeks of deliveries, refusals and throttles in seconds: a
file that libfaketime reads moves its clock, while its daemons run on. Prints the log it wrote.

usage (as root): PYTHONPATH=tests unshare -mn python3 -m lab.mailweeks postfix|exim FOLDER START

START is in seconds since 1970. The story is the one of STORY below; in between all mail is taken.
"""

import glob
import os
import sys
import time

from . import mailflow
from .mailflow import OWN, RECEIVERS, REFUSED, TAKEN, THROTTLED, Receivers, wait_for

HOUR = 3600
DAYS, EVERY, MAILS = 14, 4, 2  # so many mails to each receiver every so many hours
GMAIL, OUTLOOK = "gmail-smtp-in.l.google.com", "outlook-com.olc.protection.outlook.com"
NOBODY = "550 5.1.1 The email account that you tried to reach does not exist."
SPAM = "550 5.7.1 This message was blocked because its content presents a potential security issue."
STORY = [  # from hour, before hour, receiver, reply, of one mail only at its first try
    (20, 24, GMAIL, NOBODY, True),
    (32, 36, OUTLOOK, "550 5.5.0 Requested action not taken: mailbox unavailable", True),
    (60, 100, OUTLOOK, REFUSED, False),
    (72, 76, GMAIL, SPAM, True),
    (120, 124, GMAIL, THROTTLED, True),  # a hiccup: nobody is to be woken by it
    (148, 184, GMAIL, THROTTLED, False),
    (204, 208, OUTLOOK, NOBODY, True),
    (260, DAYS * 24, OUTLOOK, REFUSED, False),
]


class Story(Receivers):
    def __init__(self):
        super().__init__(None, THROTTLED)
        self.hour = 0

    def decide(self, address, number):
        name, said = RECEIVERS[address][0], TAKEN
        with self.lock:
            self.tries[number] += 1
            for since, before, who, reply, once in STORY:
                first = number % MAILS == 0 and self.tries[number] == 1
                if who == name and since <= self.hour < before and (first or not once):
                    said = reply
            self.last[number] = (name, said)
        return said


def move(clock, seconds):
    """In one step, so that nobody reads half of it."""
    with open(clock + ".new", "w", encoding="utf-8") as f:
        f.write(f"{seconds:+d}")
    os.chmod(clock + ".new", 0o644)
    os.rename(clock + ".new", clock)


def main():
    kind, folder, start = sys.argv[1], sys.argv[2], int(sys.argv[3])
    os.makedirs(folder, exist_ok=True)
    os.chmod(folder, 0o755)
    mailflow.world(folder)
    receivers, clock = Story(), f"{folder}/clock"
    move(clock, start - int(time.time()))
    mta = {"postfix": mailflow.Postfix, "exim": mailflow.Exim}[kind](folder, {
        "TZ": "UTC", "LD_PRELOAD": glob.glob("/usr/lib/*/faketime/libfaketime.so.1")[0],
        "FAKETIME_TIMESTAMP_FILE": clock, "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DISABLE_SHM": "1",  # daemons of other users can't share it
        "NO_FAKE_STAT": "1"})         # queue files carry the moved time already
    sent = 0
    try:
        for hour in range(0, DAYS * 24, EVERY):
            receivers.hour = hour
            move(clock, start + hour * HOUR + 600 - int(time.time()))
            mta.run_queue()
            for _, domain in RECEIVERS.values():
                for _ in range(MAILS):
                    mta.send(sent, domain)
                    sent += 1
            wait_for(lambda: len(receivers.last) == sent)
    finally:
        mta.stop()
    with open(mta.log, encoding="utf-8") as f:
        sys.stdout.write(f.read())


if __name__ == "__main__":
    main()
