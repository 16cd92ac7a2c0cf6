# SPDX-License-Identifier: ISC
"""An inventory that can't vanish: failed look-ups, names that change, most targets gone at once."""

from lab import nxdomain, servfail, txt
from station import BAD, CLEAN, HOUR, OTHER, silent, station, told  # noqa: F401

RANGE = [f"198.51.100.{i}" for i in range(20)]


def watched(station):
    return {".".join(map(str, ip)) for (ip,) in station.rows("SELECT ip FROM target")}


def test_a_look_up_that_fails_retires_nothing(station):
    bl = station.zone()
    station.dns.host("mx1.example.org", CLEAN)
    station.configure(targets=f"host = mx1.example.org\nip = {OTHER}")
    station.baseline()
    assert watched(station) == {CLEAN, OTHER}
    station.dns.hosts["mx1.example.org", "A"] = servfail()
    ran = station.run(after=HOUR)
    assert not ran.mails and not ran.hooks
    assert "mx1.example.org could not be looked up (A: SERVFAIL)" in ran.err
    assert "stay watched" in ran.err
    for _ in range(3):
        silent(station.run(after=HOUR))
    assert watched(station) == {CLEAN, OTHER}
    bl.listed[CLEAN] = "127.0.0.2"
    ran = station.run(after=HOUR)
    assert [c["ip"] for c in ran.hooks[0]["changes"]] == [CLEAN]


def test_nxdomain_counts_only_after_two_runs(station):
    bl = station.zone()
    bl.listed[CLEAN] = "127.0.0.2"
    station.dns.host("mx1.example.org", CLEAN)
    station.configure(targets=f"host = mx1.example.org\nip = {OTHER}")
    station.baseline()
    station.dns.hosts["mx1.example.org", "A"] = nxdomain()
    station.dns.hosts["mx1.example.org", "AAAA"] = nxdomain()
    ran = station.run(after=HOUR)
    assert watched(station) == {CLEAN, OTHER} and not ran.mails
    ran = station.run(after=HOUR)
    assert watched(station) == {OTHER}
    assert [c["kind"] for c in ran.hooks[0]["changes"]] == ["retired"]


def test_a_name_that_moves_is_watched_at_its_new_place_at_once(station):
    station.zone()
    station.dns.host("mx1.example.org", CLEAN)
    station.configure(targets=f"host = mx1.example.org\nip = {OTHER}")
    station.baseline()
    station.dns.host("mx1.example.org", BAD)
    station.run(after=HOUR)
    assert watched(station) == {CLEAN, BAD, OTHER}
    station.run(after=HOUR)
    assert watched(station) == {BAD, OTHER}


def test_a_name_that_deals_out_its_addresses_in_turn_loses_none(station):
    """A name gives two of its four addresses at a time: one that is absent now is not gone."""
    bl = station.zone()
    four = RANGE[:4]
    bl.listed[four[0]] = "127.0.0.2"
    station.dns.host("mx1.example.org", *four)
    station.configure(targets=f"host = mx1.example.org\nip = {OTHER}")
    station.baseline()
    for turn in range(6):
        station.dns.host("mx1.example.org", four[turn % 4], four[(turn + 1) % 4])
        silent(station.run(after=HOUR))
        assert watched(station) == {*four, OTHER}


def test_a_silent_name_server_retires_nothing_of_an_spf_record(station):
    station.zone()
    station.dns.hosts["example.org", "TXT"] = txt(f"v=spf1 ip4:{CLEAN} ip4:{BAD} -all")
    station.configure(targets=f"spf = example.org\nip = {OTHER}")
    station.baseline()
    assert watched(station) == {CLEAN, BAD, OTHER}
    station.dns.hosts["example.org", "TXT"] = servfail()
    station.run(after=HOUR)
    assert watched(station) == {CLEAN, BAD, OTHER}
    station.dns.hosts["example.org", "TXT"] = txt(f"v=spf1 ip4:{CLEAN} -all")
    station.run(after=HOUR)
    assert watched(station) == {CLEAN, BAD, OTHER}
    station.run(after=HOUR)
    assert watched(station) == {CLEAN, OTHER}


def test_a_target_taken_out_ends_its_finding_aloud_and_starts_fresh_when_it_returns(station):
    bl = station.zone()
    bl.listed[CLEAN] = "127.0.0.2"
    station.configure(targets=f"ip = {CLEAN}\nip = {OTHER}")
    station.baseline()
    station.configure(targets=f"ip = {OTHER}")
    mail, change = told(station.run(after=HOUR), "retired", rf"^NO LONGER WATCHED {CLEAN}")
    # Nobody looked: what was listed is not called clear.
    assert change["state"] in (None, "") and "not-listed" not in mail.text
    silent(station.run(after=HOUR))
    station.configure(targets=f"ip = {CLEAN}\nip = {OTHER}")
    told(station.run(after=HOUR), "baseline", rf"^ALREADY LISTED \(critical\) {CLEAN}")


def test_a_target_without_findings_leaves_in_silence(station):
    station.zone()
    station.configure(targets=f"ip = {CLEAN}\nip = {OTHER}")
    station.baseline()
    station.configure(targets=f"ip = {OTHER}")
    silent(station.run(after=HOUR))
    assert watched(station) == {OTHER}


def test_most_targets_gone_at_once_is_not_believed_without_a_word(station):
    bl = station.zone()
    bl.listed[RANGE[0]] = "127.0.0.2"
    (station.folder / "targets.txt").write_text("\n".join(RANGE) + "\n")
    station.configure(targets="file = targets.txt")
    station.baseline()
    (station.folder / "targets.txt").write_text(RANGE[-1] + "\n")
    for _ in range(2):
        ran = station.run(after=HOUR)
        assert "--accept-inventory" in ran.err and not ran.mails
    assert watched(station) == set(RANGE)
    bl.listed[RANGE[1]] = "127.0.0.2"
    assert len(station.run(after=HOUR).mails) == 1, "what is watched is also judged"
    ran = station.run("--accept-inventory", after=HOUR)
    assert watched(station) == {RANGE[-1]}
    assert {c["kind"] for c in ran.hooks[0]["changes"]} == {"retired"}
    silent(station.run(after=HOUR))


def test_a_missing_or_empty_target_file_is_an_error_and_touches_nothing(station):
    station.zone()
    path = station.folder / "targets.txt"
    path.write_text(CLEAN + "\n")
    station.configure(targets="file = targets.txt")
    station.baseline()
    before = station.state.read_bytes()
    path.write_text("# nothing\n")
    ran = station.run(after=HOUR, code=66)
    assert "targets.txt" in ran.err
    path.unlink()
    ran = station.run(after=HOUR, code=66)
    assert "targets.txt" in ran.err and station.state.read_bytes() == before


def test_more_targets_than_max_targets_is_an_error_that_names_the_key(station):
    station.zone()
    station.configure(targets="ip = 198.51.100.0/24\nmax_targets = 100")
    ran = station.run(code=78)
    assert "max_targets" in ran.err


def test_the_order_of_the_inventory_means_nothing(station):
    bl = station.zone()
    bl.listed[RANGE[3]] = "127.0.0.2"
    path = station.folder / "targets.txt"
    path.write_text("\n".join(RANGE) + "\n")
    station.configure(targets="file = targets.txt")
    station.baseline()
    path.write_text("\n".join(reversed(RANGE)) + "\n")
    silent(station.run(after=HOUR))
    path.write_text("\n".join(["192.0.2.1", *RANGE[10:], *RANGE[:10]]) + "\n")
    silent(station.run(after=HOUR))
    rows = station.rows("SELECT ip FROM belief JOIN target ON target.id = target")
    assert [".".join(map(str, ip)) for (ip,) in rows] == [RANGE[3]]


def test_an_address_that_is_replaced_by_another_is_one_edit(station):
    station.zone()
    station.configure(targets=f"ip = {CLEAN}\nip = {OTHER}")
    station.baseline()
    station.configure(targets=f"ip = {BAD}\nip = {OTHER}")
    station.run(after=HOUR)
    assert watched(station) == {BAD, OTHER}
