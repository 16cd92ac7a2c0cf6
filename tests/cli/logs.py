# SPDX-License-Identifier: ISC
"""Lines of mail logs for tests: what Postfix writes of one delivery to one receiver."""

import calendar
import re
import time

OWN = "203.0.113.5"
OUTLOOK = "outlook-com.olc.protection.outlook.com[52.101.73.4]"
GMAIL = "gmail-smtp-in.l.google.com[142.250.102.26]"
S3150 = ("550 5.7.1 Unfortunately, messages from [203.0.113.5] weren't sent. Please contact your "
         "Internet service provider since part of their network is on our block list (S3150).")

NAMES = {"Outlook.com": "microsoft-consumer", "Gmail": "gmail"}


def stamp(at):
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(at))


def message(number, relay, reply=None, verb="MAIL FROM"):
    """The text after the program's name; `reply` None: it was taken."""
    head = f"4AbC{number:06d}: to=<someone@receiver.example>, relay={relay}:25, delay=1.2, "
    head += "delays=0.1/0/0.6/0.5, "
    if reply is None:
        return head + "dsn=2.0.0, status=sent (250 2.0.0 OK)"
    status = "bounced" if reply.startswith("5") else "deferred"
    return (head + f"dsn={reply.split()[1]}, status={status} (host {relay} said: {reply} "
            f"(in reply to {verb} command))")


def line(at, number, relay, reply=None, verb="MAIL FROM", tag="postfix/smtp"):
    return f"{stamp(at)} mx1 {tag}[2101]: {message(number, relay, reply, verb)}\n"


def section(path, *keys, name="mx1"):
    return "\n".join([f'[log "{name}"]', f"file = {path}", f"address = {OWN}", *keys]) + "\n"


def alerts(text):
    """Of `explain --replay` in UTC: (time, list, level) of each alert about an address."""
    found = re.findall(r"^(\d{4}-\d\d-\d\d \d\d:\d\d)\S* .*? BY (\S+) [\d.]+"
                       r"(?: \(\S+\))?(?:, (\w+))?$", text, re.M)
    return [(calendar.timegm(time.strptime(at, "%Y-%m-%d %H:%M")), NAMES[who], level or "ok")
            for at, who, level in found]
