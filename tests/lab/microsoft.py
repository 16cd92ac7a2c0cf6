# SPDX-License-Identifier: ISC
"""A loopback Microsoft: the login's token endpoint, the REST reports, and the key links of each era,
over real HTTPS with a certificate of a CA of our own.

    with Microsoft() as ms:
        ms.data["2026-11-20"] = row("203.0.113.5", "RED")
        ms.status = "203.0.113.5,203.0.113.5,Yes,Blocked due to …\\r\\n"
        conf = ms.conf_snds("main", covers=…)

Everything can be answered otherwise: ms.on_request(request) -> Reply, SILENCE or None."""

import base64
import hashlib
import time

from .server import HOST
from .service import SILENCE, Authority, Reply, Service  # noqa: F401: for the tests

CLIENT = "a53a6cc1-a1cd-46f7-a4aa-281cdabec33c"
BLOCKED = "Blocked due to user complaints or other evidence of spamming"
JUNKED = "Junked due to user complaints or other evidence of spamming"


def row(ip, colour, rate="< 0.1%", recipients=1000, day=None):
    """A row as the data report has it; the period is of no interest in the REST API."""
    start, end = "2/10/2026 4:00 PM", "2/11/2026 3:00 PM"
    if day:
        y, m, d = day.split("-")
        start, end = (f"{int(m)}/{int(d)}/{y} 12:00 AM", f"{int(m)}/{int(d)}/{y} 11:00 PM")
    return f"{ip},{start},{end},{recipients + 1},{recipients},{recipients},{colour},{rate},,,,,,\r\n"


def day(back, now=None):
    """The UTC day so many days ago, as the REST API writes it."""
    return time.strftime("%Y-%m-%d", time.gmtime((now or time.time()) - 86400 * back))


class Microsoft(Service):
    def __init__(self, authority, host=HOST):
        super().__init__(authority, host)
        self.data = {}        # "2026-11-20": text; missing: 404
        self.status = ""      # text; None: 404
        self.link_data = ""   # what the data link gives; None: 404
        self.link_status = ""
        self.links_are = "text/csv"
        self.refresh = "refresh-0"      # the one refresh token that is good
        self.access = "access-0"        # the one access token that is good
        self.rotations = 0
        self.rotate = True              # a refresh gives another refresh token
        self.codes = {}                 # code: (challenge, redirect address)

    def link(self, kind, era=2018):
        key = "11111111-2222-3333-4444-555555555555"
        path = {2017: {"data": "/snds/data.aspx?key=", "status": "/snds/ipStatus.aspx?key="},
                2018: {"data": "/snds/data.aspx?key=", "status": "/snds/ipStatus.aspx?key="},
                2025: {"data": "/snds/data/?key=", "status": "/snds/ipStatus/?key="},
                2026: {"data": "/ip-domain-management-snds/SNDS/DataKey?Key=",
                       "status": "/ip-domain-management-snds/SNDS/StatusKey?Key="}}[era][kind]
        return f"{self.base}{path}{key}"

    # ---- answers ----

    def token(self, seen):
        form = seen.form
        if form.get("client_id") != CLIENT or "scope" not in form:
            return self.refuse("invalid_request")
        if form.get("grant_type") == "authorization_code":
            challenge, redirect = self.codes.pop(form.get("code"), (None, None))
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if made != challenge or redirect != form.get("redirect_uri"):
                return self.refuse("invalid_grant")
        elif form.get("grant_type") != "refresh_token" or form.get("refresh_token") != self.refresh:
            return self.refuse("invalid_grant")
        self.rotations += 1
        self.access = f"access-{self.rotations}"
        fields = f'"token_type":"Bearer","expires_in":3599,"access_token":"{self.access}"'
        if self.rotate:
            self.refresh = f"refresh-{self.rotations}"
            fields += f',"refresh_token":"{self.refresh}"'
        return Reply(200, f"{{{fields}}}".encode(), "application/json")

    @staticmethod
    def refuse(code):
        text = f'{{"error":"{code}","error_description":"AADSTS70000: no"}}'
        return Reply(400, text.encode(), "application/json")

    def answer(self, seen):
        path = seen.path
        if path.endswith("/oauth2/v2.0/token") and seen.method == "POST":
            with self.lock:
                return self.token(seen)
        if "/report/" in path:
            if seen.headers.get("authorization") != f"Bearer {self.access}":
                return Reply(401)
            if "/report/status/ip" in path:
                return Reply(404) if self.status is None else Reply(200, self.status.encode())
            day_text = path.rsplit("/", 1)[1]
            return Reply(200, self.data[day_text].encode()) if day_text in self.data else Reply(404)
        low = path.lower()
        if "datakey" in low or "/snds/data" in low:
            text = self.link_data
        elif "statuskey" in low or "/snds/ipstatus" in low:
            text = self.link_status
        else:
            return Reply(404)
        return Reply(404) if text is None else Reply(200, text.encode(), self.links_are)
