# SPDX-License-Identifier: ISC
"""The test suite of RFC 7208 (rfc7208-tests.yml of openspf.org), where that file is there:
named by REPMON_SPF_SUITE, or in the folder shared/reference/spf beside the sources."""

import os
import subprocess

import pytest

from conftest import BUILD, TOP, WRAPPER

TYPES = {"A": 1, "CNAME": 5, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28}
PLACES = [os.environ.get("REPMON_SPF_SUITE", "")] + [
    os.path.join(TOP, up, "shared/reference/spf/rfc7208-tests.yml") for up in ("..", "../..")]
SUITE = next((p for p in PLACES if p and os.path.exists(p)), None)


def field(value):
    data = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")
    return "." + data.hex()


def line(word, *fields):
    return " ".join([word, *map(field, fields)]) + "\n"


def text_of(value):
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


def rows(name, records):
    """The records of one name as zone lines; one of type SPF stands for a TXT if there is none."""
    has_txt = any(isinstance(r, dict) and "TXT" in r for r in records)
    given = set()
    for record in records:
        if not isinstance(record, dict):
            continue
        (kind, value), = record.items()
        if kind == "SPF":
            kind = None if has_txt else "TXT"
        if kind not in TYPES or value == "NONE":
            continue
        given.add(kind)
        if value == "TIMEOUT":
            yield line("zone", name, TYPES[kind])
        else:
            value = value[1] if kind == "MX" else value
            yield line("zone", name, TYPES[kind], text_of(value))
    if "TIMEOUT" in records:
        for kind in TYPES.keys() - given - {"CNAME"}:
            yield line("zone", name, TYPES[kind])


def script(document):
    for name, records in (document.get("zonedata") or {}).items():
        yield from rows(name, records)
    for name, case in document["tests"].items():
        sender = case["mailfrom"] or f"postmaster@{case['helo']}"
        local, _, domain = sender.rpartition("@")
        yield line("case", name, case["host"], case["helo"], local, domain)
    yield "end\n"


def test_every_case_of_the_suite_has_its_result():
    if not SUITE:
        pytest.skip("no rfc7208-tests.yml: name it with REPMON_SPF_SUITE")
    yaml = pytest.importorskip("yaml", reason="python3-yaml is not installed")
    with open(SUITE, encoding="utf-8") as file:
        documents = [d for d in yaml.safe_load_all(file) if d]
    ran = subprocess.run([*WRAPPER, os.path.join(BUILD, "tests", "spf_judge")],
                         input="".join("".join(script(d)) for d in documents), timeout=30,
                         text=True, check=True, capture_output=True)
    got = {}
    for answer in ran.stdout.splitlines():
        name, result, explanation = answer.split(" ")
        got[name] = result, bytes.fromhex(explanation[1:]).decode()
    wrong = []
    for document in documents:
        for name, case in document["tests"].items():
            result, explanation = got[name]
            wanted = case["result"] if isinstance(case["result"], list) else [case["result"]]
            if result not in wanted:
                wrong.append(f"{name}: {result}, not {wanted}")
            told = case.get("explanation", explanation)
            if explanation != ("" if told == "DEFAULT" else told):
                wrong.append(f"{name}: explains {explanation!r}, not {told!r}")
    assert not wrong, "\n".join(wrong)
    assert len(got) >= 200
