# SPDX-License-Identifier: ISC
"""`repmon targets`: show what is watched, from which line, and what it costs."""

import json
import re

from lab import servfail
from station import CLEAN, station  # noqa: F401


def targets(station, *words, **kwargs):
    report = json.loads(station.command("targets", "--format", "json", *words, **kwargs).out)
    assert report["version"] == 1
    return report


def watch(station, text):
    station.zone()
    station.configure(targets=text, channels="")
    return station


def line_of(station, text):
    return 1 + next(i for i, x in enumerate(station.conf.read_text().splitlines()) if x == text)


def test_every_address_with_file_and_line(station):
    (station.folder / "pool.txt").write_text("# comment\n198.51.100.8/30  pool\n")
    station.dns.host("mx2.lab", "192.0.2.44", "2001:db8::5")
    watch(station, f"ip = {CLEAN} mx1.example.org\nhost = mx2.lab\nfile = pool.txt\n"
                   "ip = 2001:db8:1::/62\nexclude = 198.51.100.9")
    report = targets(station)
    rows = {t["ip"]: t for t in report["targets"]}
    assert len(rows) == 1 + 2 + 3 + 4
    assert rows[CLEAN]["label"] == "mx1.example.org"
    assert rows[CLEAN]["line"] == line_of(station, f"ip = {CLEAN} mx1.example.org")
    assert rows["192.0.2.44"]["line"] == rows["2001:db8::5"]["line"] == \
        line_of(station, "host = mx2.lab")
    assert rows["198.51.100.8"]["file"].endswith("pool.txt") and rows["198.51.100.8"]["line"] == 2
    assert "2001:db8:1:3::/64" in rows and "198.51.100.9" not in rows
    text = station.command("targets").out
    assert "198.51.100.10-198.51.100.11" in text and "2001:db8:1::/64-2001:db8:1:3::/64" in text
    assert "pool.txt:2" in text and "10 addresses are watched" in text


def test_the_cost_of_each_list(station):
    station.zone("b2.lab", every="12h", budget="100")
    watch(station, "ip = 192.0.2.0/25")
    costs = {x["list"]: x for x in targets(station)["lists"]}
    assert costs["bl.lab"]["targets"] == 128 and costs["bl.lab"]["limit"] is None
    assert 24 * 128 < costs["bl.lab"]["a_day"] <= 24 * (128 + 6)
    assert 2 * 128 < costs["b2.lab"]["a_day"] <= 2 * 128 + 24 * 6
    assert costs["b2.lab"]["limit"] == 100
    text = station.command("targets", "--runs", "1").out
    assert "too many" in text and "with 1 run" in text


def test_a_name_that_cannot_be_looked_up_is_a_note(station):
    station.dns.hosts["mx2.lab", "A"] = station.dns.hosts["mx2.lab", "AAAA"] = servfail()
    report = targets(watch(station, f"ip = {CLEAN}\nhost = mx2.lab"))
    assert [t["ip"] for t in report["targets"]] == [CLEAN]
    assert "mx2.lab" in report["notes"][0]


def test_what_is_excluded_does_not_count_against_max_targets(station):
    block = "ip = 203.0.113.0/24\nexclude = 203.0.113.128/25\n"
    report = targets(watch(station, block + "max_targets = 128"))
    assert len(report["targets"]) == 128 and report["targets"][-1]["ip"] == "203.0.113.127"
    watch(station, block + "max_targets = 127")
    assert "max_targets = 127" in station.command("targets", code=78).err
    (station.folder / "t.txt").write_text("203.0.113.0/24\n")
    report = targets(watch(station, "exclude = 203.0.113.4/30\nfile = t.txt\nmax_targets = 252"))
    assert len(report["targets"]) == 252


def test_nothing_is_saved_and_no_list_is_asked(station):
    watch(station, f"ip = {CLEAN}")
    station.command("targets")
    assert not station.state.exists() and not station.dns.zones["bl.lab"].log


def test_errors_are_those_of_a_run(station):
    watch(station, "file = missing.txt")
    assert "missing.txt" in station.command("targets", code=66).err
    watch(station, "")
    assert "no targets" in station.command("targets", code=78).err
    watch(station, "ip = 10.0.0.0/8")
    assert re.search(r"repmon\.conf:\d+: \[targets\] ip: .*max_targets",
                     station.command("targets", code=78).err)
    watch(station, "host = nobody.lab")
    told = station.command("targets", code=78).err  # and why there are none
    assert "nobody.lab has no address" in told and "excluded, or has no address" in told
    station.command("targets", "word", code=64)
    station.command("targets", "--runs", "0", code=64)


def test_a_file_of_columns_may_have_tabs_between_them(station):
    (station.folder / "pool.txt").write_bytes(b"198.51.100.8\tmx1.example.org\tsite A\r\n")
    watch(station, "file = pool.txt")
    (row,) = station.command("targets", "-f", "json").json()["targets"]
    assert (row["ip"], row["label"]) == ("198.51.100.8", "mx1.example.org site A")


def test_a_bad_line_of_a_target_file_is_a_configuration_error(station):
    """66 is for what is missing or empty; here something is there, and wrong."""
    (station.folder / "pool.txt").write_text("198.51.100.8\n198.51.100.300 mx\n")
    watch(station, "file = pool.txt")
    for command in ("run", "targets"):
        assert "pool.txt:2: " in station.command(command, code=78).err


def test_errors_beyond_the_first_hundred_are_counted(station):
    (station.folder / "pool.txt").write_text("no address\n" * 130)
    watch(station, "file = pool.txt")
    for words in ("targets", "run"):
        ran = station.command(words, code=None)
        assert ran.code != 0
        lines = ran.err.splitlines()
        assert sum("pool.txt:" in line for line in lines) == 100
        assert "repmon: 30 more" in lines, lines[-3:]
