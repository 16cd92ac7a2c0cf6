# SPDX-License-Identifier: ISC
"""What a run queries, and what it leaves for the next: intervals, deadlines, budgets."""

from station import DAY, HOUR, station  # noqa: F401

from lab import a, nxdomain, servfail


def test_a_list_that_is_not_due_is_not_even_tested(station):
    zone = station.zone(every="24h")
    other = station.zone("other.lab")
    station.configure().baseline()
    asked, others = len(zone.log), len(other.log)
    assert asked > 0
    station.run(after=HOUR)
    assert len(zone.log) == asked, "every = 24h: no question at all after an hour"
    assert len(other.log) > others
    station.run(after=DAY)
    assert len(zone.log) > asked


def test_what_a_deadline_left_out_is_asked_first_by_the_next_run(station):
    """A list without a test point counts listings; the last address must have its turn, too."""
    zone = station.zone(test="none", rate=20)
    zone.rule = lambda q: a("127.0.0.2") if q.address == "192.0.2.60" else nxdomain()
    station.configure(targets="ip = 192.0.2.0/26", top="deadline = 1s")
    mails = []
    for _ in range(4):
        mails += station.run(after=HOUR, code=None).mails
    assert {q.address for q in zone.log} >= {f"192.0.2.{i}" for i in range(64)}
    assert [m for m in mails if "192.0.2.60" in m.subject]


def test_a_list_that_refuses_after_a_while_is_asked_about_the_rest_next_time(station):
    zone = station.zone()
    start = [0]
    zone.rule = lambda q: a("127.255.255.254") if q.targets >= start[0] + 24 else None
    station.configure(targets="ip = 192.0.2.0/26")
    for _ in range(5):
        start[0] = len(zone.asked())
        station.run(after=HOUR, code=None)
    assert {q.address for q in zone.log} >= {f"192.0.2.{i}" for i in range(64)}


def test_the_health_of_a_list_that_rests_stays_as_it_was(station):
    zone = station.zone(every="24h")
    station.zone("other.lab")
    zone.rule = lambda q: servfail()
    station.configure()
    for _ in range(2):
        station.run(code=None)
        status = station.command("status", "--format", "json", "-v", code=None).json()
        health = next(x for x in status["lists"] if x["list"] == "bl.lab")
        assert (health["health"], health["cause"]) == ("blind", "servfail")
        station.clock += HOUR


def test_a_digest_too_long_to_keep_is_shortened_and_not_lost(station):
    """Sixteen codes with names of 3,900 letters, and each address with others of them."""
    zone = station.zone(code=[f"127.0.0.{i} {chr(96 + i) * 3900} critical" for i in range(2, 19)])
    for i in range(2, 19):
        for j in range(i + 1, 19):
            if i in (2, 4):
                address = f"192.0.2.{(i * 19 + j) % 128}"
                zone.listed[address] = [f"127.0.0.{k}" for k in range(2, 19) if k not in (i, j)]
    station.configure(targets="ip = 192.0.2.0/25")
    ran = station.run()
    assert len(ran.mails) == 1 and len(ran.hooks) == 1
    assert "repmon history" in ran.mails[0].text
