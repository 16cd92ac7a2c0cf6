# SPDX-License-Identifier: ISC
"""Report mails as receivers send them, and a Maildir to put them into."""

import base64
import gzip
import itertools
import os
import socket

DAY = 86400
OWN, DOMAIN, TRUST = "203.0.113.5", "example.org", "mx.example.org"
GOOGLE, YAHOO, SMALL = "google.com", "dmarc.yahoo.com", "reports.example.net"

NUMBERS = itertools.count(1)


def row(count, ip=OWN, passed=True, disposition="none", spf=DOMAIN, dkim=(DOMAIN, "s1"),
        reason=None, header_from=DOMAIN):
    """One record. `spf` and `dkim` name what auth_results shows: None for nothing."""
    word = "pass" if passed else "fail"
    reasons = f"<reason><type>{reason}</type></reason>" if reason else ""
    auth = ""
    if dkim:
        auth += (f"<dkim><domain>{dkim[0]}</domain><selector>{dkim[1]}</selector>"
                 f"<result>{word}</result></dkim>")
    if spf:
        auth += f"<spf><domain>{spf}</domain><result>{word}</result></spf>"
    return (f"<record><row><source_ip>{ip}</source_ip><count>{count}</count><policy_evaluated>"
            f"<disposition>{disposition}</disposition><dkim>{word}</dkim><spf>{word}</spf>"
            f"{reasons}</policy_evaluated></row><identifiers><header_from>{header_from}"
            f"</header_from></identifiers><auth_results>{auth}</auth_results></record>")


def aggregate(rows, day, reporter=GOOGLE, number=None):
    """The XML of a DMARC aggregate. `day` is counted from 1970."""
    number = number or next(NUMBERS)
    return (f'<?xml version="1.0"?><feedback><report_metadata><org_name>{reporter}</org_name>'
            f"<email>noreply@{reporter}</email><report_id>{number}</report_id><date_range>"
            f"<begin>{day * DAY}</begin><end>{(day + 1) * DAY - 1}</end></date_range>"
            f"</report_metadata><policy_published><domain>{DOMAIN}</domain><p>none</p>"
            f"</policy_published>{''.join(rows)}</feedback>").encode()


def proof(sender, trust=TRUST):
    return f"Authentication-Results: {trust}; dkim=pass header.d={sender}\r\n" if trust else ""


def dmarc(rows, day, reporter=GOOGLE, trust=TRUST, number=None):
    """A mail with such a report, as our own mail server delivered it."""
    return attached(aggregate(rows, day, reporter, number), reporter, trust)


def attached(xml, reporter=GOOGLE, trust=TRUST):
    """A mail with this as its report."""
    body = base64.encodebytes(gzip.compress(xml, mtime=0)).decode().replace("\n", "\r\n")
    return (f"Return-Path: <noreply@{reporter}>\r\n{proof(reporter, trust)}"
            f"From: noreply@{reporter}\r\nTo: dmarc@{DOMAIN}\r\n"
            f"Subject: Report Domain: {DOMAIN} Submitter: {reporter}\r\n"
            f"Message-ID: <{next(NUMBERS)}@{reporter}>\r\nMIME-Version: 1.0\r\n"
            f'Content-Type: application/gzip; name="{reporter}!{DOMAIN}!1!2.xml.gz"\r\n'
            f"Content-Transfer-Encoding: base64\r\n\r\n{body}").encode()


def complaint(ip=OWN, reporter="arf.mail.yahoo.com", kind="abuse", trust=TRUST):
    """A complaint (ARF). Yahoo names no address: it is in the original's Received."""
    return (f"{proof(reporter, trust)}From: feedback@{reporter}\r\nTo: fbl@{DOMAIN}\r\n"
            f"Subject: complaint\r\nMessage-ID: <c{next(NUMBERS)}@{reporter}>\r\n"
            "MIME-Version: 1.0\r\n"
            'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
            "--b\r\nContent-Type: text/plain\r\n\r\nA complaint.\r\n"
            "--b\r\nContent-Type: message/feedback-report\r\n\r\n"
            f"Feedback-Type: {kind}\r\nUser-Agent: Lab/1.0\r\nVersion: 1\r\n"
            f"Original-Rcpt-To: secret-recipient@receiver.example\r\n\r\n"
            "--b\r\nContent-Type: message/rfc822\r\n\r\n"
            f"Received: from mx1.example.org (mx1.example.org [{ip}])\r\n"
            "\tby in7.receiver.example with ESMTPS; Mon, 23 Nov 2026 20:02:11 +0000\r\n"
            f"From: News <news@{DOMAIN}>\r\nTo: secret-recipient@receiver.example\r\n"
            "Subject: secret subject\r\n\r\nBody.\r\n\r\n--b--\r\n").encode()


class Maildir:
    """A Maildir of a mail server; the stamps of its files are those of `now()`."""

    def __init__(self, path, now):
        self.path, self.now, self.count = path, now, 0
        for name in ("tmp", "new", "cur"):
            os.makedirs(path / name)

    def deliver(self, mail, ago=0, folder="new", flags=""):
        self.count += 1
        at = int(self.now()) - ago
        name = f"{at}.M{self.count}P1.{socket.gethostname()}"
        path = self.path / folder / (name + flags)
        path.write_bytes(mail)
        os.utime(path, (at, at))
        return path
