#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Rules that src/data/dnsbl.json must keep, apart from the program's own reader.

check_catalogue.py FILE         checks it, one line a fault
check_catalogue.py --self FILE  breaks it in many ways and wants each break noticed
"""
import copy
import ipaddress
import json
import re
import sys

SEVERITIES = ("critical", "major", "minor", "info")
KINDS = ("block", "allow", "score")
STATUSES = ("alive", "disputed")
CONFIDENCES = ("high", "medium", "low")
BEHAVIOURS = ("empty", "wildcard", "parked", "timeout", "alias", "fraudulent", "not-public", "unknown")
ALWAYS_DEFAULT = ("zen.spamhaus.org", "b.barracudacentral.org", "bl.spamcop.net")
MAX_DEFAULT = 18
MAX_TEXT = 1024
ZONE = re.compile(r"(?=.{1,189}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})+")

ROOT = {"version": int, "as_of": str, "lists": list, "dead": list, "domain_only": list, "no_dns": list}
LIST = {"zone": str, "name": str, "operator": str, "kind": str, "severity": str, "families": list,
        "unit6": int, "default": bool, "status": str, "confidence": str, "codes": list,
        "errors": list, "test": dict, "rate": (int, float, type(None)), "daily": (int, type(None)),
        "needs_key": bool, "needs_registration": bool, "public_resolver_ok": (bool, type(None)),
        "lookup_url": (str, type(None)), "delist_url": (str, type(None)), "replaces": list}
LIST_OPTIONAL = {"domains": bool, "parents": bool, "zone6": str, "score": str, "advice": str, "cure": str, "notes": str}
CODE = {"match": str, "name": str, "meaning": str, "severity": str}
CODE_OPTIONAL = {"score": int, "trust": int, "advice": str}
ERROR = {"match": str, "meaning": str}
ERROR_OPTIONAL = {"cure": str}
TEST = {"listed": (str, type(None)), "answers": list, "clean": (str, type(None))}
DEAD = {"zone": str, "suffix": bool, "since": str, "behaviour": str, "reason": str, "confidence": str}
NO_DNS = {"name": str, "url": str, "note": str}


class Faults(list):
    def want(self, truth, where, what):
        if not truth:
            self.append(f"{where}: {what}")
        return truth


def shape(faults, where, value, required, optional=()):
    """Keys and types; true when the rest may rely on them."""
    if not faults.want(isinstance(value, dict), where, "is no object"):
        return False
    known = dict(required, **dict(optional))
    good = True
    for key in value:
        good &= faults.want(key in known, where, f"unknown key {key}")
    for key in required:
        good &= faults.want(key in value, where, f"{key} is missing")
    for key, kind in known.items():
        if key in value:
            kinds = kind if isinstance(kind, tuple) else (kind,)
            right = isinstance(value[key], kinds) and (bool in kinds or not isinstance(value[key], bool))
            good &= faults.want(right, where, f"{key} has the wrong type")
            if isinstance(value[key], str):
                text = value[key]
                good &= faults.want(text.isprintable() and text == text.strip() and len(text.encode()) <= MAX_TEXT,
                                    where, f"{key} has odd characters or is too long")
    return good


def quad(text):
    try:
        return int(ipaddress.IPv4Address(text))
    except ValueError:
        return None


def span(match):
    """First and last answer a match may mean, or None when it is no match."""
    if re.fullmatch(r"127(\.(\d+|\*)){3}", match) and "*" in match:
        return span(match.replace("*", "0"))
    if "-" in match:
        first, _, last = match.partition("-")
        first, last = quad(first), quad(last)
        return (first, last) if first is not None and last is not None and first < last else None
    if "/" in match:
        try:
            net = ipaddress.IPv4Network(match)
        except ValueError:
            return None
        return int(net[0]), int(net[-1])
    if "&" in match:
        base, _, bits = match.partition("&")
        base = quad(base)
        good = base is not None and base % 256 == 0 and bits.isdigit() and 0 < int(bits) < 256
        return (base + 1, base + 255) if good else None
    answer = quad(match)
    return None if answer is None else (answer, answer)


def in_127(match):
    found = span(match)
    return found is not None and found[0] >> 24 == 127 and found[1] >> 24 == 127


def check_url(faults, where, url, https):
    if url is not None:
        faults.want(re.fullmatch(r"https://[!-~]+" if https else r"https?://[!-~]+", url), where, f"bad address {url}")
        faults.want(set(re.findall(r"\{.*?\}", url)) <= {"{ip}"}, where, f"odd placeholder in {url}")


def check_codes(faults, where, entry):
    seen = set()
    for i, code in enumerate(entry["codes"]):
        here = f"{where} codes[{i}]"
        if not shape(faults, here, code, CODE, CODE_OPTIONAL):
            continue
        faults.want(in_127(code["match"]), here, f"bad match {code['match']}")
        faults.want(code["match"] not in seen, here, f"match {code['match']} twice")
        seen.add(code["match"])
        faults.want(code["name"] and code["meaning"], here, "needs a name and a meaning")
        faults.want(not re.search(r"\s", code["name"]), here, "a name is one word")
        faults.want(code["severity"] in SEVERITIES, here, "bad severity")
        worse = SEVERITIES.index(code["severity"]) < SEVERITIES.index(entry["severity"]) if (
            code["severity"] in SEVERITIES and entry["severity"] in SEVERITIES) else False
        # a list about attacks may hold a worse class, but never by two steps
        faults.want(not worse or entry["severity"] == "info" and code["severity"] == "minor", here,
                    "worse than its list")
        faults.want("score" not in code or entry["kind"] == "score" and 0 <= code["score"] <= 100, here, "bad score")
        faults.want("trust" not in code or entry["kind"] == "allow" and 0 <= code["trust"] <= 9, here, "bad trust")
    faults.want(entry["codes"], where, "has no codes")
    if entry["kind"] == "score":
        faults.want(entry.get("score") == "octet" or any("score" in c for c in entry["codes"] if isinstance(c, dict)),
                    where, "a score list must say how to read the score")
    else:
        faults.want("score" not in entry, where, "only a score list has a score")


def check_errors(faults, where, entry):
    codes = {c.get("match") for c in entry["codes"] if isinstance(c, dict)}
    for i, error in enumerate(entry["errors"]):
        here = f"{where} errors[{i}]"
        if shape(faults, here, error, ERROR, ERROR_OPTIONAL):
            faults.want(in_127(error["match"]), here, f"bad match {error['match']}")
            faults.want(error["match"] not in codes, here, "is a code too")
            faults.want(error["meaning"], here, "needs a meaning")
            faults.want(error.get("cure") or entry.get("cure"), here, "needs a cure, its own or the list's")
            faults.want(error.get("cure", "x")[-1:] not in ("", "."), here, "a cure is a clause")


def is_subject(text, family):
    """A test point: an address of the family, or of a list of domains a name."""
    if family == "name":
        return re.fullmatch(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*", text) and quad(text) is None
    try:
        return str(ipaddress.ip_address(text).version) == family
    except ValueError:
        return False


def check_test(faults, where, entry):
    kinds = ["name"] if entry.get("domains") else [str(f) for f in sorted(entry["families"])]
    faults.want(sorted(entry["test"]) == kinds, where, "test must have one entry a family")
    for family, point in entry["test"].items():
        here = f"{where} test.{family}"
        if not shape(faults, here, point, TEST):
            continue
        for key in ("listed", "clean"):
            if point[key] is not None:
                faults.want(is_subject(point[key], family), here, f"{key} is no test point of that kind")
        faults.want(point["listed"] is None or point["listed"] != point["clean"], here, "one address for both")
        faults.want((point["listed"] is None) == (not point["answers"]), here, "answers belong to listed")
        faults.want(len(point["answers"]) <= 4, here, "too many answers")
        for answer in point["answers"]:
            faults.want(isinstance(answer, str) and in_127(answer), here, f"bad answer {answer}")
        if entry["kind"] == "block" and point["clean"] is None:
            named = any(isinstance(c, dict) and c.get("match") == "127.0.0.1" for c in entry["codes"])
            faults.want(named, here, "no negative point, and no code 127.0.0.1 that would explain it")


def check_list(faults, where, entry):
    if not shape(faults, where, entry, LIST, LIST_OPTIONAL):
        return
    where = f"{where} ({entry['zone']})"
    faults.want(ZONE.fullmatch(entry["zone"]), where, "bad zone")
    faults.want("zone6" not in entry or ZONE.fullmatch(entry["zone6"]) and 6 in entry["families"], where, "bad zone6")
    faults.want(entry["name"] and entry["operator"], where, "needs name and operator")
    faults.want(entry["kind"] in KINDS, where, "bad kind")
    faults.want(entry["severity"] in SEVERITIES, where, "bad severity")
    faults.want(entry["families"] in (([],) if entry.get("domains") else ([4], [6], [4, 6])), where, "bad families")
    faults.want(not entry.get("parents") or entry.get("domains"), where, "parents of an address")
    faults.want(entry["unit6"] in (64, 128), where, "bad unit6")
    faults.want(entry["unit6"] == 128 or 6 in entry["families"], where, "unit6 without IPv6")
    faults.want(entry["status"] in STATUSES, where, "bad status")
    faults.want(entry["confidence"] in CONFIDENCES, where, "bad confidence")
    faults.want(entry.get("score", "octet") == "octet", where, "bad score")
    faults.want(entry["rate"] is None or 0 < entry["rate"] <= 1e6, where, "bad rate")
    faults.want(entry["daily"] is None or 0 < entry["daily"] <= 1e12, where, "bad daily")
    check_url(faults, where, entry["lookup_url"], False)
    check_url(faults, where, entry["delist_url"], False)
    check_codes(faults, where, entry)
    check_errors(faults, where, entry)
    check_test(faults, where, entry)
    if entry["needs_key"]:
        faults.want(entry.get("cure"), where, "a list that needs a key must say where to get one")
        faults.want(entry["needs_registration"], where, "a key without registration")
    if entry["needs_registration"] or entry["public_resolver_ok"] is False and entry["default"]:
        faults.want(entry.get("cure"), where, "must say what to do when it refuses")
    if entry["default"]:
        faults.want(not entry["needs_key"], where, "a default list must need no key")
        faults.want(entry["status"] == "alive" and entry["confidence"] != "low", where, "too doubtful for a default")
    if entry["default"] and entry["kind"] == "block" and entry["severity"] != "info":
        advised = entry.get("advice") or all(c.get("advice") for c in entry["codes"] if isinstance(c, dict))
        faults.want(advised, where, "a default list that counts must say what to do")


def check_replaces(faults, lists):
    known = {e["zone"]: e for e in lists}
    for entry in lists:
        where = f"{entry['zone']} replaces"
        for zone in entry["replaces"]:
            faults.want(zone in known, where, f"{zone} is not in the catalogue")
            faults.want(zone not in ALWAYS_DEFAULT or entry["needs_key"], where, f"{zone} must stay in the default set")
        todo, seen = list(entry["replaces"]), set()
        while todo:
            zone = todo.pop()
            if zone not in seen:
                seen.add(zone)
                todo += known.get(zone, {}).get("replaces", [])
        faults.want(entry["zone"] not in seen, where, "goes round in a circle")


def check_dead(faults, root, zones):
    names = set()
    for i, entry in enumerate(root["dead"]):
        where = f"dead[{i}]"
        if not shape(faults, where, entry, DEAD):
            continue
        where += f" ({entry['zone']})"
        faults.want(ZONE.fullmatch(entry["zone"]), where, "bad zone")
        faults.want(entry["zone"] not in names, where, "stands twice")
        names.add(entry["zone"])
        faults.want(entry["behaviour"] in BEHAVIOURS, where, "bad behaviour")
        faults.want(entry["confidence"] in CONFIDENCES, where, "bad confidence")
        faults.want(entry["since"], where, "needs a date")
        for zone in zones:
            dead = zone == entry["zone"] or entry["suffix"] and zone.endswith("." + entry["zone"])
            faults.want(not dead, where, f"{zone} is a live list")


def check(root):
    faults = Faults()
    if not shape(faults, "root", root, ROOT):
        return faults
    faults.want(root["version"] == 1, "root", "bad version")
    faults.want(re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", root["as_of"]), "root", "bad as_of")
    for i, entry in enumerate(root["lists"]):
        check_list(faults, f"lists[{i}]", entry)
    if faults:
        return faults  # what follows relies on sound lists
    zones = [e["zone"] for e in root["lists"]]
    faults.want(len(set(zones)) == len(zones), "lists", "a zone stands twice")
    chosen = [e["zone"] for e in root["lists"] if e["default"]]
    faults.want(set(ALWAYS_DEFAULT) <= set(chosen), "lists", "a list of the contract is not in the default set")
    faults.want(len(chosen) <= MAX_DEFAULT, "lists", "the default set is too large")
    check_replaces(faults, root["lists"])
    check_dead(faults, root, zones)
    for zone in root["domain_only"]:
        faults.want(isinstance(zone, str) and ZONE.fullmatch(zone), "domain_only", f"bad zone {zone}")
        faults.want(zone not in zones, "domain_only", f"{zone} is asked about addresses")
    for i, entry in enumerate(root["no_dns"]):
        if shape(faults, f"no_dns[{i}]", entry, NO_DNS):
            check_url(faults, f"no_dns[{i}]", entry["url"], True)
    return faults


def no_doubles(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError(f"a key stands twice: {keys}")
    return dict(pairs)


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f, object_pairs_hook=no_doubles)


# ---- the check of the check ----

def zone_of(root, zone):
    return next(e for e in root["lists"] if e["zone"] == zone)


def put(*path):
    """A break that sets, in a default list, the value at path[:-1] to path[-1]."""
    def apply(root):
        at = zone_of(root, "zen.spamhaus.org")
        for key in path[:-2]:
            at = at[key]
        at[path[-2]] = path[-1]
    return apply


def drop(*path):
    def apply(root):
        at = zone_of(root, "zen.spamhaus.org")
        for key in path[:-1]:
            at = at[key]
        del at[path[-1]]
    return apply


BREAKS = [drop(key) for key in LIST] + [drop("codes", 0, key) for key in CODE] + [
    drop("errors", 0, "meaning"), drop("test", "6"), drop("test", "4", "clean"),
    put("zone", "Zen.spamhaus.org"), put("zone", "zen.spamhaus.org."), put("zone6", "-"), put("surplus", 1),
    put("kind", "list"), put("severity", "off"), put("severity", "minor"), put("families", [6, 4]),
    put("families", []), put("unit6", 56), put("unit6", True), put("default", 1), put("status", "dead"),
    put("confidence", "low"), put("name", ""), put("name", "a\nb"), put("operator", "x" * 1025),
    put("score", "octet"), put("rate", 0), put("rate", "5"), put("daily", 1.5), put("daily", True),
    put("needs_key", True), put("lookup_url", "ftp://x"), put("delist_url", "https://x/{addr}"),
    put("cure", ""), put("replaces", ["bl.unknown.example"]), put("replaces", ["bl.spamcop.net"]),
    put("replaces", ["zen.spamhaus.org"]), put("codes", []), put("codes", 0, "match", "127.0.0.256"),
    put("codes", 0, "match", "10.0.0.2"), put("codes", 0, "match", "127.0.0.10"), put("codes", 0, "match", "127.0.0.9-127.0.0.2"),
    put("codes", 0, "match", "127.0.0.0&0"), put("codes", 0, "match", "127.0.0.1/24"), put("codes", 0, "name", "two words"),
    put("codes", 0, "severity", "bad"), put("codes", 0, "score", 5), put("codes", 0, "trust", 1),
    put("codes", 0, "meaning", ""), drop("codes", 0, "advice"), put("codes", 0, "advise", "x"),
    put("errors", 0, "cure", ""), put("errors", 0, "cure", "Do this."), put("errors", 0, "cures", "x"),
    put("errors", 0, "match", "0.0.0.0/0"), put("errors", 0, "match", "127.0.0.2"), put("errors", 0, "meaning", ""),
    put("test", "4", "listed", "::1"), put("test", "4", "listed", None), put("test", "4", "clean", "127.0.0.2"),
    put("test", "4", "clean", None), put("test", "4", "answers", []), put("test", "4", "answers", ["x"]),
    put("test", "8", {}),
    lambda r: r["lists"].append(copy.deepcopy(r["lists"][0])),
    lambda r: zone_of(r, "psbl.surriel.com").update(default=True, confidence="low"),
    lambda r: [e.update(default=True) for e in r["lists"] if not e["needs_key"] and e["status"] == "alive"
               and e["confidence"] != "low"],
    lambda r: zone_of(r, "bl.spamcop.net").update(default=False),
    lambda r: zone_of(r, "sbl.spamhaus.org").update(replaces=["zen.spamhaus.org"]),
    lambda r: zone_of(r, "score.senderscore.com").pop("score"),
    lambda r: zone_of(r, "rep.mailspike.net")["codes"][0].update(score=101),
    lambda r: zone_of(r, "zen.dq.spamhaus.net").pop("cure"),
    lambda r: zone_of(r, "dbl.spamhaus.org").update(families=[4]),
    lambda r: zone_of(r, "dbl.spamhaus.org").pop("domains"),
    lambda r: zone_of(r, "dbl.spamhaus.org")["test"]["name"].update(listed="127.0.0.2"),
    lambda r: zone_of(r, "dbl.spamhaus.org")["test"].pop("name"),
    lambda r: zone_of(r, "zen.spamhaus.org").update(domains=True),
    lambda r: zone_of(r, "zen.spamhaus.org").update(parents=True),
    lambda r: r["dead"].append(dict(r["dead"][0], zone="spamhaus.org")),
    lambda r: r["dead"].append(r["dead"][0]),
    lambda r: r["dead"][0].update(suffix="yes"),
    lambda r: r["dead"][0].update(since=""),
    lambda r: r["dead"][0].update(behaviour="gone"),
    lambda r: r["domain_only"].append("zen.spamhaus.org"),
    lambda r: r["domain_only"].append(7),
    lambda r: r["no_dns"][0].update(url="http://x"),
    lambda r: r["no_dns"][0].pop("note"),
    lambda r: r.update(version=2),
    lambda r: r.update(as_of="lately"),
    lambda r: r.update(more=[]),
    lambda r: r.pop("dead"),
]


def self_check(root):
    missed = 0
    for number, spoil in enumerate(BREAKS):
        broken = copy.deepcopy(root)
        spoil(broken)
        if not check(broken):
            print(f"break {number} was not noticed")
            missed += 1
    try:
        json.loads('{"a": 1, "a": 2}', object_pairs_hook=no_doubles)
        print("a doubled key was not noticed")
        missed += 1
    except ValueError:
        pass
    print(f"{len(BREAKS) + 1 - missed} of {len(BREAKS) + 1} breaks noticed")
    return missed


def main(argv):
    root = load(argv[-1])
    faults = check(root)
    for fault in faults:
        print(fault)
    if not faults and "--self" in argv:
        return 1 if self_check(root) else 0
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
