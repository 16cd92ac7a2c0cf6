# SPDX-License-Identifier: ISC
"""Talos on loopback: its web site over HTTPS with a private certificate authority, its DNS zones
through a scripted server, and every fault they have shown.

    with Talos(authority) as talos:
        talos.level["192.0.2.10"] = "Poor"       # answers of every form
        talos.fault = challenge                  # or a rule: (path, ip) -> (status, type, body)
        ... url = talos.url, ca_file = talos.ca_file
"""

import http.server
import json
import urllib.parse

from . import web
from .names import address_of
from .scripted import nxdomain, txt
from .server import HOST

JSON, HTML = "application/json", "text/html; charset=UTF-8"
NOTHING = "Unfortunately, we can't find any results for your search."

# Real answers, quoted in public code (2004, 2019).
RECORDS = {
    2004: "0-0=1|1=Spammer Networks|2=7.2|3=7.1|4=1537186|6=1060085863|7=80|8=12288|9=129|20=yh6.|"
          "21=example.com|23=6.5|24=6.1|25=1080071572|40=6.3|41=6.1|45=N|49=1.00",
    2019: "0-0=1|1=LG DACOM CORPORATION|2=6.8|3=6.8|4=2661|6=0|7=19|8=3319569|9=71889|"
          "20=mail-yw1-f101|21=google.com|22=Y|23=8.0|24=8.0|25=0|40=4.1|41=4.4|43=4.3|44=5.6|45=N|"
          "46=18|48=24|53=US|54=-97.822|55=37.751|56=1000|57=1571272183",
}


def cloud_intel(ip, level, score_x10=None):
    return {"reputation": {
        "reputation_x10": score_x10 or 0, "no_score": score_x10 is None,
        "threat_level_mnemonic": level, "threat_level_id": 3, "rep_rule_id": [], "daychange": -3.5,
        "rep_rule_mnemonics": ["RsN", "IaN"], "spam_prob_x10000": 4164, "spam_level": "None",
        "dnsmatch": True, "hostname": "mx1.example.org", "geo_location": None,
        "network_info": {"cidr_range": 24, "magnitude": {"daily_x10": 65, "monthly_x10": 66}},
        "org_stats": {"org_info": {"org_name": "Example Org", "org_id": 7}, "first_occurence": 1},
        "ipd_error": "IPDERROR_NONE", "error_is_temporary": False},
        "volume_info": {"volume_info": [{"timestamp": 1638403200, "daily_x10": 34}],
                        "host_info": None},
        "related_ips": [{"address": "192.0.2.250", "threat_level_mnemonic": "untrusted",
                         "dnsmatch": "", "block_lists": []}]}


def sb_api(ip, level):
    return {"ip": ip, "hostname": "dns.google", "domain": "google.com",
            "organization": "Google LLC", "email_score_name": level, "web_score_name": "Neutral",
            "email_score": "", "web_score": "", "dnsmatch": 1, "category": None,
            "daily_mag": 4.7578, "monthly_mag": 4.6968, "daychange": 22, "daily_spam_level": 0,
            "daily_spam_name": "None", "monthly_spam_name": "None", "cidr": False,
            "display_ipv6_volume": False, "first_seen": "2016-05-25T20:45:37",
            "blacklists": {"bl.spamcop.net": {"rules": [], "lookup_uri": "https://x/"},
                           "pbl.spamhaus.org": {"rules": ["a rule"], "lookup_uri": "https://x/"}}}


def page(ip, level):
    return (f"<!DOCTYPE html><html><head><title>IP</title></head><body><h1>{ip}</h1><table>"
            f"<tr><td>EMAIL REPUTATION</td><td> {level} </td></tr>"
            "<tr><td>Network Owner</td><td>Example &amp; Org</td></tr></table></body></html>\n")


def challenge(path, ip):
    return 403, HTML, "<html><head><title>Just a moment...</title></head></html>"


def status(code, content_type=HTML, body="<html></html>"):
    return lambda path, ip: (code, content_type, body)


def with_json(value, code=200):
    return lambda path, ip: (code, JSON, value if isinstance(value, str) else json.dumps(value))


class Talos(web.Web):
    def __init__(self, authority, context=None):
        super().__init__()
        self.ca_file = authority.file
        self.context = context or authority.context(HOST)
        self.level = {}     # address: word; others are "neutral"
        self.score = {}     # address: a score
        self.fault = None
        self.requests = []  # (path, headers)

    @property
    def url(self):
        return f"https://{HOST}:{self.server.server_port}"

    def asked(self):
        return [urllib.parse.parse_qs(urllib.parse.urlsplit(path).query).popitem()[1][0]
                for path, _ in self.requests]

    def answer(self, path):
        parts = urllib.parse.urlsplit(path)
        query = urllib.parse.parse_qs(parts.query)
        ip = (query.get("ip") or query.get("search") or [""])[0]
        if self.fault:
            return self.fault(parts.path, ip)
        level = self.level.get(ip, "neutral")
        if parts.path == "/cloud_intel/ip_reputation":
            score = self.score.get(ip)
            return 201, JSON, json.dumps(
                cloud_intel(ip, level, None if score is None else round(score * 10)))
        if parts.path == "/reputation_center/lookup":
            return 200, HTML, page(ip, level)
        return 404, HTML, "<html></html>"

    def zone(self, dns, name):
        """Plain scores of this Talos in a zone of a scripted DNS server."""
        def rule(q):
            score = self.score.get(address_of(q.name, name))
            return nxdomain() if score is None else txt(f"{score:.1f}")
        return dns.zone(name, rule=rule)

    def start(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.requests.append((self.path, dict(self.headers)))
                code, kind, body = outer.answer(self.path)
                body = body if isinstance(body, bytes) else body.encode()
                self.send_response(code)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    pass  # it had enough

            def log_message(self, *args):
                pass

        return self.serve(Handler, (HOST, 0), self.context)
