# SPDX-License-Identifier: ISC
"""A loopback Google: the login's token endpoint and the Postmaster Tools API v2, over real HTTPS.

    with Google(authority) as google:
        google.rows["example.org"] = {"2026-11-22": {"spam": 0.0034, "rej_ip": 0.021}}
        google.compliance["example.org"] = {...}      # missing: 404
        google.client()                                # the JSON of an OAuth client

It is as strict as the real one: a `parent` that is not in the body, a filter it does not know or a
wrong scope fail the whole query, an int64 is a string, pages hold page_size rows."""

import base64
import hashlib
import json
import re
import subprocess
import tempfile
import time

from .server import HOST
from .service import SILENCE, Authority, Reply, Service  # noqa: F401: for the tests

SCOPE = "https://www.googleapis.com/auth/postmaster.traffic.readonly"
ID, SECRET = "1234-abc.apps.googleusercontent.com", "GOCSPX-very-secret"
REASONS = ("bad_attachment", "bad_or_missing_ptr_record", "ip_in_rbls", "low_domain_reputation",
           "low_ip_reputation", "spammy_content", "stamp_policy_error", "other")


def error(code, status, message, **details):
    body = {"error": {"code": code, "message": message, "status": status}}
    if details:
        body["error"]["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo",
                                     **details}]
    return Reply(code, json.dumps(body).encode(), "application/json")


def bare_400():
    return error(400, "INVALID_ARGUMENT", "Request contains an invalid argument.")


def unpadded(data):
    return base64.urlsafe_b64decode(data + "=" * (-len(data) % 4))


class Google(Service):
    def __init__(self, authority, host=HOST, clock=time.time):
        super().__init__(authority, host)
        self.clock = clock       # of the program that asks
        self.rows = {}           # domain: {day: {metric name: number}}; missing: 403
        self.compliance = {}     # domain: the object; missing: 404
        self.page_size = 200
        self.refresh = "1//refresh-0"  # the one refresh token that is good
        self.access = "ya29.access-0"  # the one access token that is good
        self.refreshes = 0
        self.rotate = False            # Google normally does not
        self.ends_in = None            # seconds that a login has left, of a screen in Testing
        self.codes = {}                # code: (challenge, redirect address)
        self.public_key = None         # PEM of the service account, to verify its JWT
        self.claims = []               # of the JWTs that were good

    def client(self, **fields):
        return json.dumps({"installed": {
            "client_id": ID, "client_secret": SECRET, "project_id": "lab",
            "auth_uri": f"{self.base}/o/oauth2/v2/auth", "token_uri": f"{self.base}/token",
            "redirect_uris": ["http://localhost"], **fields}}, indent=1)

    def service_account(self, private_key, **fields):
        return json.dumps({
            "type": "service_account", "project_id": "lab", "private_key_id": "key-1",
            "private_key": private_key, "client_email": "repmon@lab.iam.gserviceaccount.com",
            "token_uri": f"{self.base}/token", **fields}, indent=1)

    # ---- the login ----

    @staticmethod
    def refuse(code, text):
        return Reply(400, json.dumps({"error": code, "error_description": text}).encode(),
                     "application/json")

    def verified(self, assertion):
        """The claims of a JWT whose signature the openssl program verifies; None: it is not good."""
        signed, _, signature = assertion.rpartition(".")
        with tempfile.TemporaryDirectory() as folder:
            for name, data in (("key", self.public_key.encode()), ("data", signed.encode()),
                               ("sig", unpadded(signature))):
                with open(f"{folder}/{name}", "wb") as f:
                    f.write(data)
            ran = subprocess.run(["openssl", "dgst", "-sha256", "-verify", "key", "-signature",
                                  "sig", "data"], cwd=folder, capture_output=True, check=False)
        header, claims = (json.loads(unpadded(x)) for x in signed.split("."))
        good = ran.returncode == 0 and header["alg"] == "RS256" and header["kid"] == "key-1"
        return claims if good else None

    def sign(self, form):
        claims = self.verified(form["assertion"])
        if not claims:
            return self.refuse("invalid_grant", "Invalid JWT Signature.")
        now = self.clock()
        if not now - 300 < claims["iat"] < now + 300 or claims["exp"] - claims["iat"] > 3600:
            return self.refuse("invalid_grant", "Invalid JWT: Token must be a short-lived token "
                               "(60 minutes) and in a reasonable timeframe.")
        if claims["aud"] != f"{self.base}/token" or claims["scope"] != SCOPE:
            return self.refuse("invalid_scope", "no")
        self.claims.append(claims)
        return self.grant()

    def grant(self, refresh=False):
        self.refreshes += 1
        self.access = f"ya29.access-{self.refreshes}"
        fields = {"access_token": self.access, "expires_in": 3599, "scope": SCOPE,
                  "token_type": "Bearer"}
        if refresh or self.rotate:
            self.refresh = fields["refresh_token"] = f"1//refresh-{self.refreshes}"
        if self.ends_in:
            fields["refresh_token_expires_in"] = self.ends_in
        return Reply(200, json.dumps(fields).encode(), "application/json")

    def token(self, form):
        if form.get("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return self.sign(form)
        if form.get("client_id") != ID or form.get("client_secret") != SECRET:
            return Reply(401, b'{"error":"invalid_client","error_description":"Unauthorized"}',
                         "application/json")
        if form.get("grant_type") == "authorization_code":
            challenge, redirect = self.codes.pop(form.get("code"), (None, None))
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if made != challenge or redirect != form.get("redirect_uri"):
                return self.refuse("invalid_grant", "Bad Request")
            return self.grant(refresh=True)
        if form.get("refresh_token") != self.refresh:
            return self.refuse("invalid_grant", "Token has been expired or revoked.")
        return self.grant()

    # ---- the API ----

    @staticmethod
    def filter_is_good(metric):
        known = {"SPAM_RATE": r"", "DELIVERY_ERROR_RATE": None, "DELIVERY_ERROR_COUNT": None}
        standard = metric["baseMetric"]["standardMetric"]
        if standard not in known:
            return False
        text = metric.get("filter", "")
        if not text:
            return True
        match = re.fullmatch(r'error_type = "(reject|temp_fail)"( AND error_reason = "(\w+)")?', text)
        return standard != "SPAM_RATE" and bool(match) and (not match[3] or match[3] in REASONS)

    def query(self, domain, seen):
        body = json.loads(seen.body)
        metrics = body["metricDefinitions"]
        if body.get("parent") != f"domains/{domain}" or not all(map(self.filter_is_good, metrics)):
            return bare_400()
        if domain not in self.rows:
            return error(403, "PERMISSION_DENIED", "No permission for this domain.")
        span = body["timeQuery"]["dateRanges"]["dateRanges"][0]
        start, end = ("{year:04}-{month:02}-{day:02}".format(**span[k]) for k in ("start", "end"))
        rows = []
        for when, numbers in sorted(self.rows[domain].items()):
            for metric in metrics:
                if start <= when <= end and metric["name"] in numbers:
                    rows.append(self.row(domain, len(rows), metric, when, numbers[metric["name"]]))
        first = int(body.get("pageToken", "p0")[1:])
        answer = {"domainStats": rows[first:first + self.page_size]} if rows else {}
        if first + self.page_size < len(rows):
            answer["nextPageToken"] = f"p{first + self.page_size}"
        return Reply(200, json.dumps(answer).encode(), "application/json")

    @staticmethod
    def row(domain, number, metric, when, value):
        year, month, date = map(int, when.split("-"))
        count = metric["baseMetric"]["standardMetric"].endswith("COUNT")
        return {"name": f"domains/{domain}/domainStats/{number}", "metric": metric["name"],
                "date": {"year": year, "month": month, "day": date},
                "value": {"intValue": str(value)} if count else {"floatValue": value}}

    def answer(self, seen):
        if seen.path == "/token" and seen.method == "POST":
            with self.lock:
                return self.token(seen.form)
        match = re.fullmatch(r"/v2/domains/([^/]+)/(complianceStatus|domainStats:query)", seen.path)
        if not match:
            return Reply(404)
        if seen.headers.get("authorization") != f"Bearer {self.access}":
            return error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        if match[2] == "domainStats:query":
            return self.query(match[1], seen)
        if match[1] not in self.compliance:
            return error(404, "NOT_FOUND", "Requested entity was not found.")
        return Reply(200, json.dumps(self.compliance[match[1]]).encode(), "application/json")


def compliant(domain, needs=(), sub=None, **verdicts):
    """A compliance status: `needs` are the requirements of the registrable domain that are not met,
    `sub` the same of a subdomain that was asked about."""
    def data(name, missing):
        names = ("SPF", "DKIM", "SPF_AND_DKIM", "DMARC_POLICY", "DMARC_ALIGNMENT",
                 "MESSAGE_FORMATTING", "DNS_RECORDS", "ENCRYPTION", "USER_REPORTED_SPAM_RATE")
        return {"domainId": name, **verdicts, "rowData": [
            {"requirement": n, "status": {"status": "NEEDS_WORK" if n in missing else "COMPLIANT"}}
            for n in sorted({*names, *missing})]}

    out = {"name": f"domains/{domain}/complianceStatus", "complianceData": data(domain, needs)}
    if sub:
        out["subdomainComplianceData"] = data(sub[0], sub[1])
    return out
