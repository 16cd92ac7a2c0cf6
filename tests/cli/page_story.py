# SPDX-License-Identifier: ISC
"""Weeks of a mail host's life, told to repmon run by run, so that its page has something of
everything: listings that came and went, a list that is blind, days without a run, receivers that
refuse, Microsoft's colours, and domains."""

import datetime

from lab import mx, nodata, nxdomain, txt
from lab.microsoft import BLOCKED, row
from station import DAY, HOUR, MINUTE

MX1, MX2, OUT = "203.0.113.5", "203.0.113.6", "198.51.100.20"
OUTLOOK, GMAIL, YAHOO = ("outlook-com.olc.protection.outlook.com", "gmail-smtp-in.l.google.com",
                         "mta5.am0.yahoodns.net")
S3150 = ("550 5.7.1 Unfortunately, messages from [203.0.113.5] weren't sent. Please contact your "
         "Internet service provider since part of their network is on our block list (S3150).")
RATE = ("421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your "
        "IP address. To protect our users from spam, mail has been temporarily rate limited.")
ZONES = ("zen.spamhaus.org", "bl.spamcop.net", "b.barracudacentral.org", "psbl.surriel.com",
         "bl.mailspike.net", "dnsbl.dronebl.org")


class Story:
    """day(): what happens on a day of the host's life, then a run."""

    def __init__(self, station, ms, days=45):
        self.station, self.ms, self.days = station, ms, days
        self.log = station.folder / "mail.log"
        self.log.write_text("")
        self.queue = 0
        self.zones = {}
        self.configure()

    def configure(self):
        station, ms = self.station, self.ms
        for name in ZONES:
            station.lists[name] = {"rate": 1000}
            points = ["127.0.0.2", "127.0.0.4", "127.0.0.10"] if "zen" in name else "127.0.0.2"
            self.zones[name] = station.dns.zone(name, test=points)
        for kind in ("data", "status"):
            path = station.folder / f"{kind}.url"
            path.write_text(ms.link(kind) + "\n")
            path.chmod(0o600)
        dns = station.dns
        for domain in ("example.org", "example.net"):
            dns.hosts[domain, "TXT"] = txt(f"v=spf1 ip4:{MX1} ip4:{MX2} ip4:{OUT} -all")
            dns.hosts[f"_dmarc.{domain}", "TXT"] = txt("v=DMARC1; p=reject")
            dns.hosts[domain, "MX"] = mx("mx1.example.org")
            dns.hosts[domain, "A"] = dns.hosts[domain, "AAAA"] = nodata()
        dns.hosts["_dmarc.example.net", "TXT"] = nxdomain()
        since = self.at(0).strftime("%Y-%m-%d")
        station.configure(
            targets=f"ip = {MX1} mx1.example.org\nip = {MX2} mx2.example.org\n"
                    f"ip = {OUT} out.example.net\ndomain = example.org\ndomain = example.net",
            top=f"ca_file = {ms.authority.ca}\nconfirm_gap = 1m", channels="",
            extra="\n".join([
                '[snds "main"]', "method = links", "data_url_file = data.url",
                "status_url_file = status.url", f"issued = {since}", "every = 0",
                f"covers = 203.0.113.0/24 {since}",
                '[log "mx1"]', f"file = {self.log}", f"address = {MX1}",
                "[html]", "file = state/page.html"]))
        station.repmon.secrets.append("11111111-2222-3333-4444-555555555555")

    def at(self, ago):
        now = datetime.datetime.now(datetime.timezone.utc)
        return now + datetime.timedelta(seconds=self.station.clock - ago)

    def mail(self, host, reply=None, ago=0):
        self.queue += 1
        status = "sent" if reply is None else "deferred" if reply[0] == "4" else "bounced"
        said = "250 2.0.0 OK" if reply is None else f"host {host}[198.51.100.99] said: {reply} " \
                                                    "(in reply to MAIL FROM command)"
        dsn = "2.0.0" if reply is None else "5.7.1" if status == "bounced" else "4.7.28"
        with self.log.open("a") as f:
            f.write(f"{self.at(ago):%Y-%m-%dT%H:%M:%S+00:00} mx1 postfix/smtp[4242]: "
                    f"4Q{self.queue:05}: to=<a@receiver.example>, relay={host}[198.51.100.99]:25, "
                    f"delay=1.2, delays=0.1/0/0.5/0.6, dsn={dsn}, status={status} ({said})\n")

    def colours(self, number):
        """Microsoft's report of yesterday; a bad fortnight in the middle of the story."""
        day = self.at(DAY).strftime("%Y-%m-%d")
        left = self.days - number
        first = "RED" if 14 <= left <= 17 else "YELLOW" if 11 <= left <= 20 else "GREEN"
        rate = {"RED": "1.2%", "YELLOW": "0.4%", "GREEN": "< 0.1%"}[first]
        rows = [row(MX1, first, rate, day=day)]
        if number % 7 not in (5, 6):
            rows.append(row(MX2, "GREEN", day=day))
        self.ms.link_data = "".join(rows)
        self.ms.link_status = (f"{MX1},{MX1},Yes,{BLOCKED}\r\n" if 12 <= left <= 16 else "")

    def traffic(self, left):
        """A day's mail: Outlook.com refuses since yesterday, Gmail throttled last week."""
        for k in range(24):
            ago = 23 * HOUR - k * 50 * MINUTE
            self.mail(GMAIL, RATE if left == 5 and 4 < k < 14 else None, ago)
            if k % 2:
                self.mail(OUTLOOK, S3150 if left == 1 and k > 8 or left == 0 and k < 22 else None,
                          ago)
            if k % 6 == 0 and left > 3:
                self.mail(YAHOO, None, ago)

    def day(self, number):
        left = self.days - number
        zen, spamcop = self.zones["zen.spamhaus.org"], self.zones["bl.spamcop.net"]
        if left == 38:
            zen.listed[MX2] = "127.0.0.4"
        if left == 33:
            del zen.listed[MX2]
        if left == 21:
            spamcop.listed[MX1] = "127.0.0.2"
            spamcop.reasons[MX1] = "Blocked - see https://www.spamcop.net/bl.shtml?203.0.113.5"
        if left == 18:
            del spamcop.listed[MX1]
        if left == 2:
            self.zones["bl.mailspike.net"].listed[OUT] = "127.0.0.11"
        if left == 6:
            self.zones["psbl.surriel.com"].test = None
        self.colours(number)
        if left <= 9:
            self.traffic(left)
        if not 26 <= left <= 29:  # nobody ran it for some days
            self.station.run(code=None)
            self.station.run(after=2 * MINUTE, code=None)
            self.station.clock -= 2 * MINUTE
        self.station.clock += DAY

    def live(self):
        for number in range(self.days + 1):
            self.day(number)
        self.station.clock -= DAY
        return self

    def page(self):
        self.station.command("page", "-o", "page.html", after=3 * MINUTE)
        return self.station.folder / "page.html"
