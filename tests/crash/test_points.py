# SPDX-License-Identifier: ISC
"""Dying at every numbered point of a run, for each step of a story, loses and invents nothing.

A step is run once cleanly, which counts its points. Then, from the same state before it, it dies at
each point in turn and is run again: what is believed and what arrived must be as in the clean run,
and one more run must change nothing. A message may come twice, with the same id, only where the
death fell between its acceptance and the commit of it."""

import collections
import json
import shutil
import signal

import pytest

from lab import a
from station import BAD, CLEAN, DAY, HOOK, MAIL, OTHER


def nothing(station, one, two):
    pass


def listed(station, one, two):
    one.listed[CLEAN] = "127.0.0.2"


def blind(station, one, two):
    two.rule = lambda q: a("127.255.255.254")


def back_and_delisted(station, one, two):
    two.rule = None
    one.listed.clear()
    one.listed[BAD] = "127.0.0.4"


def taken_out(station, one, two):
    watch(station, f"ip = {CLEAN} mx1.example.org\nip = {OTHER}")


STEPS = [  # (name, days later, what happens before the run)
    ("baseline", 0, nothing),
    ("listing", 1, listed),
    ("blind list", 1, blind),
    ("delisting", 1, back_and_delisted),
    ("reminder", 8, nothing),
    ("taken out", 1, taken_out),
]


def watch(station, targets):
    station.configure(targets=targets, extra="[prometheus]\ntextfile = state/repmon.prom\n")


def believed(station):
    """What the state means, without the times of a run that was made twice."""
    return {
        "beliefs": station.rows(
            "SELECT list.name, hex(ip), answers, detail, pending, opened > 0, lapsed > 0, held > 0"
            " FROM belief JOIN list ON list.id = list JOIN target ON target.id = target"
            " ORDER BY 1, 2"),
        "lists": station.rows(
            "SELECT list.name, blind_said > 0, blind_cause, opened > 0, expired_said, baseline > 0"
            " FROM list_belief JOIN list ON list.id = list ORDER BY 1"),
        "proven": station.rows("SELECT list.name, rows, length(cells) FROM proof"
                               " JOIN list ON list.id = list ORDER BY 1"),
        "targets": station.rows("SELECT id, hex(ip), prefix, label FROM target ORDER BY 1"),
        "history": station.rows(
            "SELECT list.name, kind, hex(ip), level_from, level_to, answers_from, answers, detail"
            " FROM history JOIN list ON list.id = list ORDER BY 1, 2, 3"),
        "outbox": station.rows("SELECT channel, state FROM outbox ORDER BY id"),
    }


def content(body):
    """A message without what differs from run to run."""
    return json.dumps([{k: v for k, v in c.items() if k not in ("since",)}
                       for c in body["changes"]], sort_keys=True)


def arrived(station, first_mail, first_hook):
    """Message-ID by mail, id and content by web hook, since those counts; with repetitions."""
    mails = [(m.message["Message-ID"].strip("<>").split("@")[0], m.subject)
             for m in station.mail.messages[first_mail:]]
    hooks = [(r.json()["id"], content(r.json())) for r in station.hook.requests[first_hook:]]
    return mails, hooks


class Story:
    def __init__(self, station):
        self.station = station
        self.one = station.zone("one.lab")
        self.two = station.zone("two.lab")
        watch(station, f"ip = {CLEAN} mx1.example.org\nip = {BAD}\nip = {OTHER}")
        self.folder = station.state.parent
        self.saved = station.folder / "saved"

    def advance(self, step):
        _, days, happens = STEPS[step]
        self.station.clock += days * DAY
        happens(self.station, self.one, self.two)

    def save(self):
        shutil.rmtree(self.saved, ignore_errors=True)
        if self.folder.exists():
            shutil.copytree(self.folder, self.saved)

    def restore(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.saved.exists():
            shutil.copytree(self.saved, self.folder)

    def counts(self):
        return len(self.station.mail.messages), len(self.station.hook.requests)


def may_repeat(names, point):
    """Whether the other side may have taken a message that was not yet committed as sent."""
    sends = [i for i, name in enumerate(names[:point]) if name == "after send"]
    commits = [i for i, name in enumerate(names[:point - 1]) if name == "store: after a commit"]
    return bool(sends) and (not commits or commits[-1] < sends[-1])


@pytest.mark.parametrize("step", range(len(STEPS)), ids=[name for name, _, _ in STEPS])
def test_dying_at_any_point_loses_and_invents_nothing(station, step):
    story = Story(station)
    for earlier in range(step):
        story.advance(earlier)
        station.run()
    story.advance(step)
    story.save()

    points = story.folder / "points"  # a run may write nowhere else
    before = story.counts()
    station.run(env={"REPMON_CRASH_COUNT": str(points)})
    names = [line.split(" ", 1)[1] for line in points.read_text().splitlines()]
    points.unlink()
    clean, (clean_mails, clean_hooks) = believed(station), arrived(station, *before)
    assert len(clean_mails) == 1 and len(clean_hooks) == 1
    assert names.count("before send") == names.count("after send") == 2
    assert any("rename" in name for name in names)
    assert len(names) >= 8

    for point in range(1, len(names) + 1):
        where = f"point {point} of {len(names)}: {names[point - 1]}"
        story.restore()
        before = story.counts()
        died = station.start(REPMON_CRASH_AT=str(point))
        died.communicate(timeout=30)
        assert died.returncode == -signal.SIGKILL, where
        station.run(code=None)
        assert believed(station) == clean, where
        mails, hooks = arrived(station, *before)
        assert {subject for _, subject in mails} == {s for _, s in clean_mails}, where
        assert {body for _, body in hooks} == {b for _, b in clean_hooks}, where
        for messages in (mails, hooks):
            assert len({number for number, _ in messages}) == 1, f"{where}: another id"
        repeated = max(collections.Counter(number for number, _ in m).most_common(1)[0][1]
                       for m in (mails, hooks))
        assert repeated <= (2 if may_repeat(names, point) else 1), where
        assert len(mails) + len(hooks) <= 3, where

        again = story.counts()
        ran = station.run()
        assert (ran.out, ran.err) == ("", ""), where
        assert believed(station) == clean, f"{where}: one more run changed something"
        assert story.counts() == again, f"{where}: one more run sent something"
        left = {p.name for p in story.folder.iterdir()}
        assert left <= {"state.db", "state.db.lock", "repmon.prom"}, where
        assert (story.folder / "repmon.prom").read_text().endswith("\n")
