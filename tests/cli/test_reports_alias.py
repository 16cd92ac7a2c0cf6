# SPDX-License-Identifier: ISC
"""`repmon intake` as the alias pipe of real mail servers, and what it promises them: 0 only when the
mail is safe on disk, 75 for every trouble of ours, and each report counted once."""

import json
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
import time

import pytest

from conftest import REPMON, TOP, WRAPPER
from lab import reports
from lab.aliases import EximAlias, PostfixAlias
from lab.reports import DAY, OWN, complaint, dmarc, row
from lab.server import wait_until
from station import HOUR, silent, station, told  # noqa: F401
from test_domain import publish
from test_reports import passed

USER = "games"  # stands for repmon: a user that every Debian has
SPOOL = f'[reports "inbox"]\nspool = yes\ntrust = {reports.TRUST}\n'


@pytest.fixture
def inbox(station):
    """A station that reads the spool of `intake inbox`."""
    publish(station.dns)
    station.configure(f"ip = {OWN} mx1.example.org\ndomain = example.org", extra=SPOOL)
    station.run()
    station.spool = station.state.parent / "spool" / "inbox"
    return station


def today(station):
    return int(time.time() + station.clock) // DAY


def intake(station, mail, name="inbox", code=0, **kwargs):
    """Runs it as the mail server does; `mail` is bytes."""
    path = station.folder / "stdin"
    path.write_bytes(mail)
    with path.open("rb") as stdin:
        return station.command("intake", name, code=code, stdin=stdin, **kwargs)


# ---- by hand ----

def test_what_intake_took_is_read_once_and_the_spool_is_emptied(inbox):
    mail = dmarc([row(100)], today(inbox))
    intake(inbox, mail)
    intake(inbox, mail)
    assert len(list(inbox.spool.iterdir())) == 2
    inbox.run()
    assert passed(inbox) == 100 and list(inbox.spool.iterdir()) == []
    intake(inbox, mail)
    silent(inbox.run(after=HOUR))
    assert passed(inbox) == 100 and list(inbox.spool.iterdir()) == []


def test_a_dry_run_leaves_the_spool_alone(inbox):
    intake(inbox, dmarc([row(100)], today(inbox)))
    inbox.run("--dry-run")
    assert len(list(inbox.spool.iterdir())) == 1
    inbox.run()
    assert passed(inbox) == 100


def test_it_works_before_the_first_run(station):
    station.configure(extra=SPOOL)
    intake(station, b"Subject: x\r\n\r\n")


@pytest.mark.parametrize("words", [[], ["one", "two"], ["nosuch"], ["--nonsense", "inbox"]],
                         ids=" ".join)
def test_a_mistake_in_the_alias_leaves_the_mail_with_the_mail_server(inbox, words):
    ran = inbox.command("intake", *words, code=75)
    assert ran.err and ran.out == ""


def test_a_mistake_in_the_configuration_leaves_the_mail_with_the_mail_server(inbox):
    inbox.write(inbox.conf.read_text() + "nonsense = 1\n")
    intake(inbox, b"Subject: x\r\n\r\n", code=75)
    inbox.conf.unlink()
    intake(inbox, b"Subject: x\r\n\r\n", code=75)


def test_a_section_without_a_spool_takes_nothing(inbox):
    inbox.edit("spool = yes", f"maildir = {inbox.folder}")
    assert "add spool = yes" in intake(inbox, b"Subject: x\r\n\r\n", code=75).err


def test_a_full_spool_is_75_until_a_run_emptied_it(inbox):
    with (inbox.spool / "1.full").open("wb") as f:
        f.truncate(1 << 30)  # a hole
    ran = intake(inbox, b"Subject: x\r\n\r\n", code=75)
    assert "is full" in ran.err
    inbox.run()
    intake(inbox, b"Subject: x\r\n\r\n")


@pytest.mark.root("only root mounts")
def test_a_full_disk_is_75_and_leaves_nothing(inbox):
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", inbox.spool],
                      capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        intake(inbox, b"x" * 200000, code=75)
        assert list(inbox.spool.iterdir()) == []
    finally:
        subprocess.run(["umount", inbox.spool], check=True)


def test_a_gigabyte_is_drained_and_counted_and_costs_no_room(inbox):
    """The mail server gets rid of all of it, and memory and disk stay small."""
    big = inbox.folder / "big"
    with big.open("wb") as f:
        f.truncate(1 << 30)
    with big.open("rb") as stdin:
        inbox.command("intake", "inbox", stdin=stdin)
    assert [p.stat().st_size for p in inbox.spool.iterdir()] == [0]
    silent(inbox.run())
    assert list(inbox.spool.iterdir()) == []


def test_what_is_not_whole_is_never_read_and_goes_away(inbox):
    mail = dmarc([row(100)], today(inbox))
    left = inbox.spool / ".1795723453.0123456789abcdef"
    left.write_bytes(mail)
    silent(inbox.run())
    assert passed(inbox) == 0 and left.exists()
    os.utime(left, (1, 1))
    silent(inbox.run(after=HOUR))
    assert not left.exists()


def test_the_spool_belongs_to_the_group_of_the_state(inbox):
    mode = inbox.spool.stat().st_mode & 0o7777
    assert mode == 0o770 and inbox.spool.stat().st_gid == inbox.state.parent.stat().st_gid
    intake(inbox, b"Subject: x\r\n\r\n")
    assert [p.stat().st_mode & 0o777 for p in inbox.spool.iterdir()] == [0o640]


# ---- real mail servers ----

class Served:
    """A configuration, a state and a copy of the program that USER can use, and a mail server."""

    def __init__(self, station, kind, folder):
        self.station, self.folder = station, folder
        user = pwd.getpwnam(USER)
        program = folder / "repmon"
        shutil.copy(REPMON, program)
        self.conf = folder / "repmon.conf"
        self.conf.write_text(
            f"[repmon]\nstate = {folder}/state/state.db\n[targets]\nip = {OWN} mx1.example.org\n"
            f"domain = example.org\n[dns]\nresolver = {station.dns.address}\n[dnsbl]\nuse = none\n"
            f"[ptr]\nuse = none\n{SPOOL}")
        (folder / "state").mkdir()
        for path, mode in ((self.conf, 0o640), (folder / "state", 0o750)):
            os.chown(path, user.pw_uid, user.pw_gid)
            os.chmod(path, mode)
        self.program, self.user = program, user
        self.server = kind([program, "-c", self.conf, "intake", "inbox"], USER)

    def run(self, *words):
        """As the cron job does: as USER."""
        return subprocess.run([self.program, "-c", self.conf, *words], capture_output=True,
                              text=True, check=True, timeout=30, user=self.user.pw_uid,
                              group=self.user.pw_gid, extra_groups=[]).stdout

    def numbers(self, name):
        return json.loads(self.run("history", "--list", name, "--format", "json"))["numbers"]

    def spool(self):
        return list((self.folder / "state" / "spool" / "inbox").glob("[0-9]*"))


STARTED_BY_ROOT = pytest.mark.root("only root starts mail servers that become other users")


@pytest.fixture(params=[pytest.param(PostfixAlias, id="postfix", marks=STARTED_BY_ROOT),
                        pytest.param(EximAlias, id="exim", marks=STARTED_BY_ROOT)])
def served(station, request):
    if why := request.param.missing():
        pytest.skip(why)
    if WRAPPER:
        pytest.skip("mail servers run it without the wrapper")
    publish(station.dns)
    # The servers' users must reach it: a folder of pytest's is its owner's alone.
    with tempfile.TemporaryDirectory(prefix="repmon-alias-") as folder:
        os.chmod(folder, 0o755)
        yield Served(station, request.param, pathlib.Path(folder))


def test_a_report_sent_to_an_alias_is_counted(served):
    day = today(served.station)
    with served.server as server:
        for i in range(5):
            server.send(dmarc([row(100 + i)], day))
        server.send(complaint())
        server.wait()
        assert len(served.spool()) == 6, server.log()
    served.run("run")
    assert served.spool() == []
    assert [n["passed"] for n in served.numbers("dmarc")] == [510]
    assert [n["complaints"] for n in served.numbers("complaints")] == [1]


def test_what_can_not_be_kept_stays_with_the_mail_server_and_comes_later(served):
    day = today(served.station)
    with served.server as server:
        state = served.folder / "state"
        os.chown(state, 0, 0)  # the spool can't be made
        server.send(dmarc([row(100)], day))
        wait_until("a temporary failure", lambda: "status=deferred" in server.log()
                   or "T=intake defer" in server.log(), 20)
        assert server.queued() == 1
        os.chown(state, served.user.pw_uid, served.user.pw_gid)
        server.wait()
        assert len(served.spool()) == 1, server.log()


@pytest.mark.parametrize("name", ["postfix-aliases", "exim-reports"])
def test_the_examples_call_it_as_it_wants_to_be_called(repmon, name):
    text = (pathlib.Path(TOP) / "contrib" / "mail" / name).read_text()
    assert "/usr/bin/repmon intake inbox" in text and '[reports "inbox"]' in text
    assert "spool = yes" in text and "trust = " in text


def test_a_member_of_the_group_may_add_what_the_owner_reads(served):
    """Such as a mail server whose user is in the group of repmon."""
    member, group = pwd.getpwnam("nobody").pw_uid, served.user.pw_gid
    served.run("run")
    done = subprocess.run([served.program, "-c", served.conf, "intake", "inbox"], check=False,
                          input=dmarc([row(5)], today(served.station)), capture_output=True,
                          user=member, group=65534, extra_groups=[group])
    assert done.returncode == 0, done
    (kept,) = served.spool()
    assert kept.stat().st_gid == group and kept.stat().st_uid == member
    served.run("run")
    assert [n["passed"] for n in served.numbers("dmarc")] == [5] and served.spool() == []
