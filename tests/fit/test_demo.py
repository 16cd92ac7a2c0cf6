# SPDX-License-Identifier: ISC
"""contrib/quickstart/demo, the first command a newcomer types, and what the README shows of it."""

import os
import re
import subprocess

import pytest
from conftest import TOP, need


@pytest.fixture(scope="module")
def demo():
    need("rbldnsd", "unbound", "faketime")
    done = subprocess.run([os.path.join(TOP, "contrib", "quickstart", "demo"), "--no-install"],
                          capture_output=True, text=True, check=False, timeout=500,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def readme():
    with open(os.path.join(TOP, "README.md"), encoding="utf-8") as f:
        return re.findall(r"^```\n(.*?)^```", f.read(), re.S | re.M)


def mails(text):
    return re.findall(r"^---- mail \d+, without some headers\n(.*?)^----$", text, re.S | re.M)


def timeless(text):
    """Without what differs from run to run; one blank between words, because lines then differ."""
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "TIME", text)
    text = re.sub(r"\d{8}-\d+-[0-9a-f]{8}", "ID", text)
    text = re.sub(r"configuration \S+,", "configuration FILE,", text)
    text = re.sub(r"repmon -c \S+ ack", "repmon ack", text)
    return " ".join(text.split())


def test_it_ends_with_the_mails_that_it_sent(demo):
    subjects = [re.search(r"^Subject: (\S+)", m, re.M)[1] for m in mails(demo)]
    assert subjects == ["BASELINE", "LISTED", "DELISTED", "BASELINE", "REFUSED", "ACCEPTED",
                        "BASELINE", "DMARC"]
    assert '"kind": "listed"' in demo.partition("---- hook")[2]
    assert demo.rstrip().splitlines()[-1].startswith("== Done.")


def test_the_manual_that_it_names_was_built(demo):
    manual = re.search(r"== The manual: man -l (\S+)", demo)[1]
    with open(os.path.join(TOP, manual), encoding="utf-8") as page:
        assert ".TH" in page.read()


def test_the_mail_of_the_readme_is_part_of_the_one_that_is_sent(demo, readme):
    """`[...]` alone in a line stands for what the README leaves out."""
    (shown,) = [block for block in readme if block.startswith("Subject:")]
    subject, entry, end = [timeless(part) for part in shown.split("[...]\n")]
    sent = timeless(mails(demo)[4])
    assert sent.find(subject) >= 0 and sent.find(subject) < sent.find(entry) and not end
    assert entry.startswith("1. ") and "Do next:" in entry and "Look up:" in entry


def test_the_picture_of_the_readme_is_what_is_printed(demo, readme):
    (shown,) = [block for block in readme if block.startswith("$ repmon check")]
    assert shown.count("\n[...]\n") == 1, "it shows one of two listings, and says so"
    lines = shown.replace("[...]\n", "").replace(" mx2.lab is", " is").splitlines()[1:]
    assert lines[0].startswith("CRITICAL") and len(lines) > 10
    printed = set(demo.splitlines())
    assert [line for line in lines if line not in printed] == []


def test_a_report_through_the_alias_is_told_and_a_complaint_is_remembered(demo):
    mail = " ".join(mails(demo)[7].split())
    assert "your own mail fails DMARC at google.com (31 of 213)" in mail and "Do next:" in mail
    history = demo.partition("$ repmon history --list complaints")[2]
    assert re.search(r"203\.0\.113\.5 +1 +yahoo 1$", history, re.M), history
