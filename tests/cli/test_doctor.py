# SPDX-License-Identifier: ISC
"""`repmon doctor` against the lab: what is right is ok, what is wrong has its fix."""

import json
import os
import sqlite3
import time

import pytest

from conftest import NOBODY, OWN, TOP, become, reachable
from lab import a, free_port, nxdomain, refused, servfail, silence
from lab.sinks import MailSink, WebhookSink

IP = "192.0.2.10"
EXAMPLE = os.path.join(TOP, "config.example")


class House:
    """A whole installation in a folder: configuration, state folder, resolver, two lists."""

    def __init__(self, folder, dns, repmon):
        self.folder, self.dns, self.repmon = folder, dns, repmon
        self.lists = {"one.lab": dict(OWN), "two.lab": dict(OWN)}
        for zone in self.lists:
            dns.zone(zone)
        self.top, self.extra, self.targets = "", "", f"ip = {IP}"
        (folder / "state").mkdir(mode=0o750)

    def write(self, resolver=None):
        lines = ["[repmon]", "state = state/state.db", "instance = mon1", self.top,
                 "[targets]", self.targets, "[dns]",
                 f"resolver = {resolver or self.dns.address}", "timeout = 200ms", "tries = 1",
                 "[dnsbl]", "use = none", "[ptr]", "use = none"]
        for zone, keys in self.lists.items():
            lines.append(f'[dnsbl "{zone}"]')
            lines += [f"{k} = {v}" for k, v in keys.items()]
        path = self.folder / "repmon.conf"
        path.write_text("\n".join([*lines, self.extra]) + "\n")
        return path

    def examine(self, *args, resolver=None, **kwargs):
        ran = self.repmon("doctor", "--format", "json", *args, conf=self.write(resolver), **kwargs)
        report = ran.json()
        assert report["version"] == 1
        ran.checks = report["checks"]
        for c in ran.checks:
            assert set(c) >= {"name", "state", "text", "cure"} and c["text"]
            assert (c["state"] == "ok") == (c["cure"] == ""), c
            assert "\n" not in c["cure"]
        states = [c["state"] for c in ran.checks]
        assert report["summary"] == {s: states.count(s) for s in ("ok", "warn", "red")}
        if ran.code in (0, 1):
            assert ran.code == (1 if "red" in states else 0)
        return ran

    def run(self):
        return self.repmon("run", conf=self.write())


@pytest.fixture
def house(tmp_path, dns, repmon):
    return House(tmp_path, dns, repmon)


def lines(ran, name, state=None):
    return [c for c in ran.checks if c["name"].startswith(name) and state in (None, c["state"])]


def line(ran, name, state=None):
    found = lines(ran, name, state)
    assert found, f"no {state} line of {name}"
    return found[0]


@pytest.mark.valgrind
def test_a_sound_house_is_not_red_and_names_every_check(house):
    assert house.run().code == 0
    ran = house.examine()
    assert ran.code == 0
    names = {c["name"] for c in ran.checks}
    for name in ("configuration", "targets", "user", "confinement", "secrets", "state folder",
                 "state file", "state", "last run", "clock", "outbox", "catalogue", "query budget",
                 f"resolver {house.dns.address}", "list one.lab", "list two.lab", "snds", "talos",
                 "channel"):
        assert name in names, name
    assert "sound" in line(ran, "state", "ok")["text"] or line(ran, "state")
    assert line(ran, "list one.lab")["state"] == "ok"


def test_text_is_aligned_and_ends_with_a_sum(house, repmon):
    ran = repmon("doctor", "--offline", conf=house.write())
    body, total = ran.out.rstrip("\n").rsplit("\n\n", 1)
    for row in body.split("\n"):
        assert len(row) <= 78 or len(max(row.split(), key=len)) > 78 - 21
        if row[0] != " ":
            assert row[:4].strip() in ("ok", "warn", "RED")
            assert row[19:21] == "  " and row[21] != " "
        else:
            assert row.startswith(" " * 21)
    assert total.split()[1] == "checks:"
    assert "->" in body


def test_nothing_about_targets_is_asked(house):
    house.examine()
    assert not [q for z in house.dns.zones.values() for q in z.asked()]


def test_offline_asks_nothing_at_all(house):
    with WebhookSink() as hook, MailSink() as mail:
        house.extra = channels(hook, mail)
        ran = house.examine("--offline")
    assert ran.code == 0
    assert house.dns.log == []
    assert not hook.requests and not lines(ran, "list")
    assert "not tried" in line(ran, "channel mail ops")["text"]


# ---- configuration, permissions ----

def test_a_configuration_that_does_not_parse_is_78_with_every_error(house):
    house.extra = "[repmon]\nbogus = 1\nconfirm_gap = soon\n"
    ran = house.examine("--offline")
    assert ran.code == 78
    wrong = lines(ran, "configuration", "red")
    assert len(wrong) == 3  # a doubled section, an unknown key, a bad value
    assert any("confirm_gap" in c["text"] for c in wrong)
    assert all("repmon.conf:" in c["text"] for c in wrong)


@pytest.mark.root("mounts a small file system")
@pytest.mark.parametrize("options, fill, free", [("size=2m", 448, "256 KiB"), ("size=2m", 512, "0 KiB"),
                                                 ("size=2m", 128, None),
                                                 ("size=4m,nr_inodes=2", 0, "no more files")])
def test_a_state_folder_without_room_is_red(house, options, fill, free):
    folder = house.folder / "state"
    if os.system(f"mount -t tmpfs -o mode=0750,{options} tmpfs {folder} 2>/dev/null") != 0:
        pytest.skip("no mounting here")
    try:
        (folder / "filler").write_bytes(b"x" * fill * 4096)
        ran = house.examine("--offline")
        if free is None:
            assert line(ran, "state folder", "ok")
        else:
            found = line(ran, "state folder", "red")
            assert f"is full: {free}" in found["text"] and "free some space" in found["cure"]
    finally:
        os.system(f"umount {folder}")


@pytest.mark.root("only root can become somebody else")
def test_a_configuration_that_this_user_cannot_read_names_the_way_to(house):
    path = house.write()
    path.chmod(0o600)
    reachable(path.parent)
    ran = house.repmon("doctor", "--format", "json", "--offline", conf=path, preexec_fn=become(NOBODY))
    denied = ran.json()["checks"][0]
    assert ran.code == 77 and "adduser USER repmon" in denied["text"]
    assert "sudo -u repmon" in denied["cure"]
    ran = house.repmon("doctor", "--format", "json", conf=path.parent / "nowhere.conf")
    assert "config.example" in ran.json()["checks"][0]["cure"]


def test_no_configuration_is_red(repmon, unconfigured):
    ran = repmon("doctor", "--offline")
    assert ran.code == 1
    assert "config.example" in ran.out


def test_lines_of_the_example_that_nobody_edited_are_red(house):
    house.targets = "ip = 203.0.113.5  mx1.example.org"
    house.extra = ('[mail "ops"]\nto = postmaster@example.org\nfrom = repmon@mon1.example.org\n'
                   "server = localhost:25\ntls = off\n")
    ran = house.examine("--offline")
    left = line(ran, "configuration", "red")
    for shown in ("ip = 203.0.113.5", "to = postmaster@example.org",
                  "from = repmon@mon1.example.org"):
        assert shown in left["text"] and f"\n{shown}" in open(EXAMPLE, encoding="utf-8").read()
    house.targets = "ip = 203.0.113.50"
    house.extra = house.extra.replace("repmon@mon1", "repmon@mon2")
    text = line(house.examine("--offline"), "configuration", "red")["text"]
    assert text.endswith("example: to = postmaster@example.org")
    house.extra = house.extra.replace("localhost:25", "127.0.0.1:2525")  # somebody was here
    text = line(house.examine("--offline"), "configuration", "warn")["text"]
    assert text.endswith("example: to = postmaster@example.org")
    house.extra = house.extra.replace("postmaster@", "ops@")
    assert not lines(house.examine("--offline"), "configuration", "red")


def test_an_address_that_only_the_own_network_sees_is_to_know(house):
    house.targets = "ip = 9.9.9.10\nip = 10.1.2.3"
    inside = line(house.examine("--offline"), "targets", "warn")
    assert "1 of 2" in inside["text"] and "10.1.2.3 is private" in inside["text"]
    house.targets = "ip = 9.9.9.10"
    assert not lines(house.examine("--offline"), "targets", "warn")


def test_nothing_to_watch_is_red(house):
    house.targets = "max_targets = 10"
    assert line(house.examine("--offline"), "targets", "red")


def test_a_missing_target_file_is_red(house):
    house.targets = "file = nowhere.txt"
    assert "nowhere.txt" in line(house.examine("--offline"), "targets", "red")["text"]


def test_a_secret_that_cannot_be_read_is_red_and_says_where(house):
    house.extra = '[webhook "chat"]\nurl_file = missing.url\n'
    ran = house.examine("--offline")
    found = line(ran, "secrets", "red")
    assert "url_file" in found["text"] and "chmod 600" in found["cure"]
    assert not lines(ran, "configuration", "warn"), "said once"


def test_a_secret_open_to_others_is_refused_before_anything(house):
    secret = house.folder / "chat.url"
    secret.write_text("https://chat.example/T0PS3CRET\n")
    secret.chmod(0o644)
    house.repmon.secrets.append("T0PS3CRET")
    house.extra = '[webhook "chat"]\nurl_file = chat.url\n'
    ran = house.examine("--offline")
    assert ran.code == 77
    assert "chmod" in line(ran, "configuration", "red")["text"]


def test_a_state_folder_open_to_all_is_red(house):
    (house.folder / "state").chmod(0o777)
    assert "chmod o-w" in line(house.examine("--offline"), "state folder", "red")["cure"]


@pytest.mark.root("only root can become somebody else")
def test_a_group_that_the_state_cannot_be_given_to_is_red(house):
    house.top = "group = daemon"
    assert line(house.examine("--offline"), "state group", "ok")
    reachable(house.write().parent)
    os.chown(house.folder / "state", 65534, 65534)
    told = line(house.examine("--offline", preexec_fn=become(NOBODY)), "state group", "red")
    assert "not a member of group daemon" in told["text"] and "adduser nobody daemon" in told["cure"]
    house.top = "group = no-such-group"
    assert "groupadd" in line(house.examine("--offline"), "state group", "red")["cure"]


def test_a_state_that_the_plugins_group_cannot_read_is_said(house):
    house.run()
    state = house.folder / "state" / "state.db"
    assert line(house.examine("--offline"), "state file")["state"] == "ok"
    state.chmod(0o600)
    assert "check_repmon" in line(house.examine("--offline"), "state file", "warn")["text"]
    state.chmod(0o644)
    assert "any user" in line(house.examine("--offline"), "state file", "warn")["text"]


@pytest.mark.root("needs another user")
def test_a_folder_of_somebody_else_is_red_for_an_ordinary_user(house):
    house.top = "user = nobody"
    house.folder.chmod(0o755)
    reachable(house.folder)
    ran = house.examine("--offline")
    assert "runs as nobody" in line(ran, "user", "ok")["text"]
    assert "chown nobody" in line(ran, "state folder", "red")["cure"]


@pytest.mark.root("needs another user")
@pytest.mark.parametrize("what, mode", [("state", 0o555), ("state/state.db", 0o444)])
def test_what_its_own_user_may_not_write_is_cured_by_its_mode(house, repmon, what, mode):
    house.run()
    reachable(house.folder)
    state = house.folder / "state"
    for path in (state, *state.iterdir()):
        os.chown(path, NOBODY, NOBODY)
    path = house.folder / what
    path.chmod(mode)
    cure = f"chmod u+w '{path}'"
    ran = house.examine("--offline", preexec_fn=become(NOBODY))
    (red,) = [c for c in ran.json()["checks"] if c["state"] == "red" and "state" in c["name"]]
    assert red["cure"] == cure
    for words in ("run", "ack all all", "deliver"):
        ran = repmon(*words.split(), conf=house.write(), preexec_fn=become(NOBODY))
        assert ran.code == 77 and "sudo" not in ran.err and cure in ran.err, words
        assert "the user that owns it" not in ran.err


def test_a_metrics_folder_that_is_not_there_is_red(house):
    house.extra = "[prometheus]\ntextfile = nowhere/repmon.prom\n"
    assert "textfile.directory" in line(house.examine("--offline"), "metrics file", "red")["cure"]


@pytest.mark.parametrize("key, what", [("[prometheus]\ntextfile", "metrics file"),
                                       ("[html]\nfile", "page")])
def test_a_folder_in_place_of_a_written_file_is_red(house, key, what):
    house.extra = f"{key} = written\n"
    (house.folder / "written").mkdir()
    told = line(house.examine("--offline"), what, "red")
    assert told["text"].endswith("written is a folder") and told["cure"] == "name a file inside it"


def test_a_metrics_file_that_no_collector_reads_is_a_warning(house):
    house.extra = "[prometheus]\ntextfile = repmon.txt\n"
    told = line(house.examine("--offline"), "metrics file", "warn")
    assert "does not read" in told["text"] and ".prom" in told["cure"]


def test_a_page_beside_a_state_that_is_not_there_yet_is_not_red(house):
    house.extra = "[html]\nfile = state/page.html\n"
    (house.folder / "state").rmdir()
    assert not lines(house.examine("--offline"), "page")
    house.extra = "[html]\nfile = nowhere/page.html\n"
    assert "make the folder" in line(house.examine("--offline"), "page", "red")["cure"]


# ---- state, clock ----

def test_a_damaged_state_is_red_and_left_alone(house):
    house.run()
    state = house.folder / "state" / "state.db"
    data = bytearray(state.read_bytes())
    data[4096:8192] = os.urandom(4096)
    state.write_bytes(data)
    ran = house.examine("--offline")
    assert line(ran, "state", "red")
    assert state.read_bytes() == bytes(data)


def rewrite(house, sql, *values):
    db = sqlite3.connect(house.folder / "state" / "state.db")
    with db:
        db.execute(sql, values)
    db.close()


def test_a_cron_job_that_does_not_run_is_red(house):
    house.run()
    rewrite(house, "UPDATE run SET started = started - 200000, ended = ended - 200000")
    assert "cron" in line(house.examine("--offline"), "last run", "red")["cure"]


def test_a_clock_before_the_last_run_is_red(house):
    house.run()
    rewrite(house, "UPDATE run SET started = started + 9000, ended = ended + 9000")
    assert "before the end of the last run" in line(house.examine("--offline"), "clock",
                                                    "red")["text"]


def test_an_old_catalogue_is_said(house):
    with open(os.path.join(os.path.dirname(__file__), "../../src/data/dnsbl.json"),
              encoding="utf-8") as f:
        catalogue = json.load(f)
    catalogue["as_of"] = "2024-01"
    (house.folder / "lists.json").write_text(json.dumps(catalogue))
    path = house.write()
    path.write_text(path.read_text().replace("use = none\n[ptr]",
                                             "use = none\ncatalogue = lists.json\n[ptr]"))
    house.write = lambda resolver=None: path
    assert "2024-01" in line(house.examine("--offline"), "catalogue", "warn")["text"]
    (house.folder / "lists.json").write_text("{")
    assert "lists.json:1: " in line(house.examine("--offline"), "sources", "red")["text"]


# ---- budgets ----

def test_more_questions_than_the_operator_allows_are_red_with_numbers(house):
    house.targets = "ip = 198.51.0.0/20\nmax_targets = 5000"
    house.lists = {"bl.nordspam.com": {"budget": 1000000}}
    found = line(house.examine("--offline"), "query budget", "red")
    assert "4096 targets" in found["text"] and "24 runs a day" in found["text"]
    assert "10,000 a day" in found["text"] and "every" in found["cure"]


def test_more_questions_than_the_own_budget_are_to_know(house):
    house.targets = "ip = 198.51.100.0/24"
    house.lists["one.lab"]["budget"] = 100
    found = line(house.examine("--offline"), "query budget", "warn")
    assert "one.lab" in found["name"] and "own limit is 100" in found["text"]


def test_doctor_and_targets_reckon_the_same(house, repmon):
    house.targets = "ip = 198.51.100.0/24"
    house.lists["one.lab"]["budget"] = 100000
    text = line(house.examine("--offline"), "query budget", "ok")["text"]
    shown = json.loads(repmon("targets", "--format", "json", conf=house.write()).out)
    one = next(row for row in shown["lists"] if row["list"] == "one.lab")
    assert f"one.lab, {one['a_day']:,} of 100,000 a day" in text
    assert f"{sum(row['a_day'] for row in shown['lists']):,} queries a day" in text


def test_a_limit_that_is_far_away_is_not_named(house):
    house.lists["one.lab"]["budget"] = 1000000
    assert "nearest" not in line(house.examine("--offline"), "query budget", "ok")["text"]


def test_the_last_run_counts_lists_and_no_other_sources(house):
    house.targets = f"ip = {IP}\ndomain = lab.example"
    house.run()
    assert ", 2 lists, " in line(house.examine("--offline"), "last run", "ok")["text"]


def test_a_target_that_left_the_configuration_costs_nothing(house):
    house.targets = "ip = 198.51.100.0/24"
    house.run()
    house.targets = "ip = 198.51.100.7"
    assert line(house.examine("--offline"), "query budget", "ok")["text"].startswith("1 target,")


def test_a_budget_that_suffices_prints_its_numbers(house):
    assert "24 runs a day (assumed)" in line(house.examine("--offline"), "query budget",
                                             "ok")["text"]


# ---- resolver, lists ----

def test_a_public_resolver_is_to_know(house):
    ran = house.examine("--offline", resolver="8.8.8.8")
    found = line(ran, "resolver 8.8.8.8:53", "warn")
    assert "Google" in found["text"] and "unbound" in found["cure"]


def test_a_resolver_that_is_not_there_is_red_and_the_lists_say_so(house):
    house.dns.before = lambda q: silence()
    ran = house.examine()
    assert "does not answer" in line(ran, f"resolver {house.dns.address}", "red")["text"]
    assert not any("no list answers" in c["text"] for c in ran.checks)
    names = [c["name"] for c in ran.checks if c["state"] == "red"]
    assert names[0] == f"resolver {house.dns.address}"
    assert "one.lab" in line(ran, "lists", "red")["text"]
    assert line(ran, "lists", "red")["cure"] == "fix the resolver first"


def test_a_resolver_that_answers_for_lists_only_is_to_know(house):
    house.dns.default = lambda q: silence()
    found = line(house.examine(), f"resolver {house.dns.address}", "warn")
    assert "other names" in found["text"]


@pytest.mark.parametrize("reply, words", [(refused(), "refuses"), (servfail(), "SERVFAIL")])
def test_a_resolver_that_answers_with_an_error_is_red(house, reply, words):
    house.dns.default = lambda q: reply
    assert words in line(house.examine(), f"resolver {house.dns.address}", "red")["text"]


@pytest.mark.valgrind
def test_a_resolver_that_rewrites_is_red(house):
    house.dns.default = lambda q: a("203.0.113.80")
    found = line(house.examine(), f"resolver {house.dns.address}", "red")
    assert "rewrites" in found["text"] and "203.0.113.80" in found["text"]


def test_not_listed_for_every_test_address_is_the_resolvers_fault(house):
    for zone in house.dns.zones.values():
        zone.test = None
    ran = house.examine()
    assert any("knows the test entry of no list" in c["text"] for c in lines(ran, "resolver", "red"))
    (red,) = lines(ran, "list", "red")
    assert "one.lab, two.lab" in red["text"] and red["cure"] == "fix the resolver first"


def test_beside_a_red_resolver_nothing_about_it_is_fine(house):
    """With a resolver on this host the fix is not to name one there, nor to correct a name that
    only this resolver denies."""
    house.targets += "\nhost = mx1.lab"
    for zone in house.dns.zones.values():
        zone.test = None
    ran = house.examine()
    assert not lines(ran, "resolver", "ok")
    (found,) = lines(ran, "resolver", "red")
    assert "resolver = 127.0.0.1" not in found["cure"] and "itself" in found["cure"]
    assert line(ran, "host", "red")["cure"] == "fix the resolver first"
    told = [c["name"] for c in ran.checks]
    assert told.index("host") > max(i for i, n in enumerate(told) if n.startswith("resolver"))


def test_one_list_that_fails_is_that_lists_fault(house):
    house.dns.zones["two.lab"].test = None
    ran = house.examine()
    assert line(ran, "list one.lab", "ok")
    assert "test entry" in line(ran, "list two.lab", "red")["text"]
    assert not lines(ran, "resolver", "red")


def test_a_list_that_lists_everything_is_red(house):
    house.dns.zones["two.lab"].rule = lambda q: a("127.0.0.2")
    assert "untrusted" in line(house.examine(), "list two.lab", "red")["text"]


def test_a_list_that_refuses_has_its_cure(house):
    house.lists["zen.spamhaus.org"] = {}
    house.dns.zone("zen.spamhaus.org", rule=lambda q: a("127.255.255.254"))
    found = line(house.examine(), "list zen.spamhaus.org", "red")
    assert "not-served" in found["text"] and "resolver" in found["cure"]


def test_a_list_without_a_test_address_is_no_fault(house):
    house.lists["two.lab"]["test"] = "none"
    assert "unproven" in line(house.examine(), "list two.lab", "ok")["text"]


# ---- channels ----

def channels(hook, mail):
    return (f'[webhook "chat"]\nurl = {hook.url()}\n'
            f'[mail "ops"]\nto = ops@example.org\nfrom = repmon@host.example.org\n'
            f"server = {mail.address}\ntls = off\n")


@pytest.mark.valgrind
def test_channels_are_probed_and_nothing_is_sent(house):
    with WebhookSink() as hook, MailSink() as mail:
        house.extra = channels(hook, mail)
        ran = house.examine()
    assert line(ran, "channel mail ops", "ok") and line(ran, "channel webhook chat", "ok")
    assert not mail.messages and not hook.requests


def test_send_sends_one_test_message_to_each(house):
    with WebhookSink() as hook, MailSink() as mail:
        house.extra = channels(hook, mail)
        ran = house.examine("--send")
    assert "accepted" in line(ran, "channel mail ops", "ok")["text"]
    assert "accepted" in line(ran, "channel webhook chat", "ok")["text"]
    assert len(mail.messages) == 1 and len(hook.requests) == 1
    assert "This channel works" in " ".join(mail.messages[0].text.split())
    assert "TEST MESSAGE [mon1]" in mail.messages[0].subject
    assert "changes" not in mail.messages[0].text
    assert hook.requests[0].json()["changes"] == []


def test_a_channel_that_fails_is_red_with_the_reason(house):
    with WebhookSink(on_request=lambda _: 404) as hook, MailSink() as mail:
        house.extra = channels(hook, mail).replace(mail.address, f"127.0.0.1:{free_port()}")
        ran = house.examine("--send")
    assert line(ran, "channel mail ops", "red")["text"].startswith("deferred")
    assert "held (404)" in line(ran, "channel webhook chat", "red")["text"]


def test_mail_that_leaves_only_by_a_watched_address_is_to_know(house):
    house.targets = "ip = 127.0.0.1"
    with WebhookSink() as hook, MailSink() as mail:
        both = channels(hook, mail)
        house.extra = both[both.index("[mail"):]
        found = line(house.examine("--offline"), "mail path", "warn")
        assert "127.0.0.1" in found["text"] and "webhook" in found["cure"]
        house.extra = both
        assert line(house.examine("--offline"), "mail path", "ok")


def test_a_mail_server_that_is_itself_watched_is_seen_by_name(house):
    house.dns.host("smtp.example.org", IP)
    house.extra = ('[mail "ops"]\nto = ops@example.org\nfrom = a@example.org\n'
                   "server = smtp.example.org:587\ntls = required\n")
    assert IP in line(house.examine(), "mail path", "warn")["text"]


def test_no_channel_is_to_know(house):
    assert "MAILTO" in line(house.examine("--offline"), "channel", "warn")["cure"]


# ---- usage ----

@pytest.mark.parametrize("args", [("--send", "--offline"), ("word",), ("--format", "nagios")])
def test_usage_errors(house, repmon, args):
    assert repmon("doctor", *args, conf=house.write()).code == 64


# ---- SNDS ----

SNDS = '[snds "main"]\nmethod = oauth\ncovers = 192.0.2.0/24 2026-10-01\n'


def test_an_snds_account_nobody_logged_in_to_is_red(house):
    house.extra = SNDS
    ran = house.examine("--offline")
    assert line(ran, "snds main", "red")["cure"] == "repmon login main"
    assert "not queried yet" in line(ran, "snds main/status", "warn")["text"]
    assert "covers" not in ran.out
    house.extra = '[snds "main"]\nmethod = oauth\n'
    assert "covers is missing" in lines(house.examine("--offline"), "snds main", "warn")[0]["text"]


def test_a_login_is_shown_with_its_age_and_never_its_token(house):
    house.extra = SNDS
    token = house.folder / "state" / "snds-main.token"
    token.write_text(json.dumps({"refresh_token": "T0PS3CRET", "logged_in": 1700000000,
                                 "used": 1700000000}))
    token.chmod(0o600)
    house.repmon.secrets.append("T0PS3CRET")
    found = line(house.examine("--offline"), "snds main", "ok")
    assert "logged in" in found["text"] and "days ago" in found["text"]
    token.chmod(0o644)
    assert "can't be used" in line(house.examine("--offline"), "snds main", "red")["text"]


@pytest.mark.parametrize("days, state", [(60, "ok"), (20, "warn"), (-1, "red")])
def test_what_ends_is_said_in_time(house, days, state):
    house.run()
    rewrite(house, "INSERT INTO meta VALUES ('expires.snds.main/status', ?)",
            str(int(time.time() + days * 86400)))
    house.extra = SNDS
    found = [c for c in lines(house.examine("--offline"), "snds main/status", state)
             if "expire" in c["text"]]
    assert found


def test_a_resolver_without_soa_in_its_denials_is_a_warning(house):
    house.dns.default = lambda q: nxdomain(soa=False)
    said = line(house.examine(), f"resolver {house.dns.address}")
    assert said["state"] == "warn"
    assert "leaves the SOA out of its negative answers" in said["text"]
