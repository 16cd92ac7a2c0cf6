# SPDX-License-Identifier: ISC
"""`repmon page` and [html] file: one page of state and history, for people who look. What it says
is compared with what the runs proved; how it looks is for tests/fit/test_page.py."""

import grp
import html.parser
import os
import re
import stat

import pytest

from page_story import MX1, MX2, OUT, Story
from conftest import OK
from lab import servfail, silence
from lab.microsoft import Authority, Microsoft
from lab.reports import OWN, complaint, row
from station import BAD, CLEAN, DAY, HOUR, MAIL, station  # noqa: F401
from test_log import heard  # noqa: F401
from test_ptr import reverse
from test_reports import mailbox  # noqa: F401

VOID = {"meta", "br", "rect", "path"}


class Page(html.parser.HTMLParser):
    """The elements of a page, well nested, and the text of each part by its id."""

    def __init__(self, text):
        super().__init__()
        self.source, self.open, self.tags, self.attributes = text, [], set(), []
        self.parts, self.all, self.headings = {}, "", []
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(tag, *a) for a in attrs]
        if tag not in VOID:
            self.open.append((tag, dict(attrs).get("id")))

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(tag, *a) for a in attrs]

    def handle_endtag(self, tag):
        assert self.open and self.open[-1][0] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data):
        tags = [t for t, _ in self.open]
        if "style" in tags:
            return
        self.all += data
        for tag, part in self.open:
            if tag == "section":
                self.parts[part] = self.parts.get(part, "") + data
        if tags and tags[-1] in ("h1", "h2"):
            self.headings.append((tags[-1], data))

    def says(self, part, *words):
        text = re.sub(r"\s+", " ", self.parts[part] if part else self.all)
        for word in words:
            assert word in text, f"{word!r} is not in {part or 'the page'}: {text}"


def harmless(page):
    """What holds of every page: nothing runs, nothing is fetched, nothing is claimed."""
    assert not page.tags & {"script", "link", "img", "iframe", "object", "embed", "form", "base",
                            "video", "audio", "use", "image", "foreignobject", "animate", "set"}
    for tag, name, value in page.attributes:
        assert not name.startswith("on"), (tag, name)
        assert name not in ("src", "srcset", "style", "xlink:href", "background"), (tag, name)
        if name == "href":
            assert value.startswith(("https://", "http://", "#")), value
    assert "url(" not in re.sub(r"url\(#\w+\)", "", page.source)
    assert "@import" not in page.source and "@font-face" not in page.source
    assert "default-src 'none'" in page.source
    assert "all clear" not in page.source.lower()
    assert [h for h, _ in page.headings].count("h1") == 1
    ids = [v for _, n, v in page.attributes if n == "id"]
    assert len(ids) == len(set(ids))
    assert len(page.source) < 2 << 20
    return page


def page_of(station, **kwargs):
    return harmless(Page(station.command("page", **kwargs).out))


@pytest.fixture(scope="module")
def authority():
    made = Authority()
    yield made
    made.remove()


@pytest.fixture
def listed(station):
    station.bl, station.b2 = station.zone(), station.zone("b2.lab")
    station.bl.listed[BAD] = "127.0.0.2"
    station.bl.reasons[BAD] = "Spam seen, see https://bl.lab/lookup"
    station.configure(targets=f"ip = {CLEAN} mx1.example.org\nip = {BAD} mx2.example.org",
                      channels="", extra="[html]\nfile = state/page.html")
    station.run()
    return station


# ---- what it says ----

def test_the_first_sentence_says_what_is_wrong_and_since_when(listed):
    page = page_of(listed, after=3 * HOUR)
    (_, sentence), = [h for h in page.headings if h[0] == "h1"]
    assert sentence == f"mx2.example.org ({BAD}) is listed on bl.lab (SPAM)."
    top = page.source[:page.source.index('id="findings"')]
    for word in ("critical", "1 finding", "on 1 of 2 addresses", "for 3 h", "last completed run"):
        assert word in top, word


def test_a_finding_has_its_reason_beginning_and_next_step(listed):
    page_of(listed).says("findings", "SPAM", "Spam seen, see https://bl.lab/lookup", "since",
                         "next step", BAD)


def test_without_a_finding_it_says_how_many_lists_said_so_and_never_more(station):
    station.zone()
    station.configure(channels="")
    station.run()
    page = page_of(station)
    assert ("h1", "No open finding for 1 address on the 1 list that answered.") in page.headings
    page.says("unknown", "publish no list", "A receiver that was not heard from is not known to be fine")
    page.says("more", "[log]", "[snds]", "domain")


def headline(page):
    (_, text), = [h for h in page.headings if h[0] == "h1"]
    return text


def test_receivers_that_take_mail_are_no_lists_that_answered(heard):
    log = heard()
    log.taken(ago=HOUR)
    log.station.run()
    page = page_of(log.station)
    assert headline(page) == ("No open finding for 1 address, but no DNS list is queried. "
                              "1 receiver accepted mail.")
    page.says("unknown", "No DNS list is queried")
    assert "proved that it works" not in page.all


def test_nothing_sounds_clean_while_no_list_is_proven(heard, dns):
    log = heard(extra='[dnsbl "silent.lab"]\ncode = 127.0.0.2 SPAM critical')
    dns.zone("silent.lab", rule=lambda q: silence())
    log.taken(ago=HOUR)
    log.station.run(code=None)
    page = page_of(log.station)
    assert headline(page) == ("Whether 1 address is listed is not known: no list could be proven; "
                              "1 list could not be queried or trusted. 1 receiver accepted mail.")


def test_acknowledged_blindness_is_in_title_verdict_and_table(heard, dns):
    log = heard(extra='[dnsbl "silent.lab"]\ncode = 127.0.0.2 SPAM critical')
    dns.zone("silent.lab", rule=lambda q: silence())
    log.taken(ago=HOUR)
    station = log.station
    station.run(code=None)
    station.command("ack", "--blind", "all", "--note", "ticket 7")
    text = re.sub(r"\s+", " ", station.command("status", code=OK).out)
    assert (": no finding, but no list could be proven; 1 list can't be queried (acknowledged)"
            in text), text
    assert "silent.lab (acknowledged)" in text and "nothing bad is known" not in text
    plugin = station.command("status", "--format", "nagios", code=OK).out
    assert ": no list proven; 0 clear, 1 unknown (1 acknowledged)" in plugin, plugin
    page = page_of(station)
    assert headline(page).endswith(
        "1 list could not be queried or trusted (acknowledged). 1 receiver accepted mail.")
    assert "<title>ok, 1 not queried (acknowledged): " in page.source
    assert "1 list can't be queried (acknowledged)" in page.all
    page.says("unknown", "silent.lab", "acknowledged until", "ticket 7")
    assert '<td class="a">?</td>' in page.source


def test_a_list_without_a_name_to_ask_is_named_calmly(station):
    station.zone()
    station.dns.zone("dbl.lab")
    station.dns.hosts[reverse(CLEAN), "PTR"] = servfail()
    station.configure(channels="", extra='[dnsbl "dbl.lab"]\ndomains = yes')
    station.run()
    page = page_of(station)
    assert headline(page) == "No open finding for 1 address on the 1 list that answered."
    page.says("unknown", "Not proven, for a normal reason", "dbl.lab", "could not be looked up")
    page.says("matrix", "dbl.lab")


def test_a_list_that_is_blind_is_in_the_first_view_with_its_cure(listed):
    listed.b2.rule = lambda q: silence()
    listed.run(after=2 * HOUR, code=None)
    listed.run(after=2 * HOUR, code=None)
    page = page_of(listed)
    top = page.source[:page.source.index('id="findings"')]
    assert "b2.lab" in top
    page.says("unknown", "b2.lab", "blind", "no answer in time")


def test_too_old_a_state_is_nothing_known(listed):
    page = page_of(listed, after=3 * DAY)
    assert any(h == "h1" and text.startswith("Nothing is known now") for h, text in page.headings)
    assert "is listed" not in page.parts["findings"]


def test_an_end_is_a_bar_and_a_row_and_days_without_a_run_are_a_gap(listed):
    del listed.bl.listed[BAD]
    for _ in range(2):
        listed.run(after=DAY, code=None)
    listed.run(after=5 * DAY, code=None)
    page = page_of(listed)
    page.says("timeline", "bl.lab", "over", "SPAM", "no run was completed", "before the first run")
    assert "none open" in page.all


# ---- the file ----

def test_every_run_writes_it_with_mode_and_group_of_the_state(listed):
    path = listed.folder / "state" / "page.html"
    first, state = path.stat(), listed.state.stat()
    assert stat.S_IMODE(first.st_mode) == stat.S_IMODE(state.st_mode) == 0o640
    assert first.st_gid == state.st_gid
    listed.run(after=HOUR)
    assert path.stat().st_ino != first.st_ino, "renamed into place, never written over"
    assert not list(path.parent.glob(".*new"))
    harmless(Page(path.read_text()))


@pytest.mark.root("only root can give files to another group")
def test_the_group_of_the_state_may_read_it(listed):
    os.chown(listed.state, -1, grp.getgrnam("games").gr_gid)
    listed.run(after=HOUR)
    assert (listed.folder / "state" / "page.html").stat().st_gid == grp.getgrnam("games").gr_gid


def test_a_page_that_cannot_be_written_is_said_and_the_run_is_saved(listed):
    listed.edit("file = state/page.html", "file = nowhere/page.html")
    ran = listed.run(after=HOUR, code=None)
    assert ran.code == 0
    assert "the page can't be made" in ran.err and "[html] file" in ran.err
    assert listed.rows("SELECT count(*) FROM run") == [(2,)]


def test_output_is_whole_or_not_at_all(listed):
    mine = listed.folder / "page.html.tmp"
    mine.write_text("mine")
    listed.command("page", "-o", "page.html")
    assert mine.read_text() == "mine"
    text = (listed.folder / "page.html").read_text()
    harmless(Page(text))
    ran = listed.command("page", "--output", "nowhere/page.html", code=73)
    assert "--output" in ran.err
    assert listed.command("page", "192.0.2.1", code=64).out == ""


# ---- attached to mail ----

ATTACH = MAIL + "attach_page = yes\n"


@pytest.mark.root("only root can make a device")
def test_a_device_stays_a_device(listed, tmp_path):
    null = tmp_path / "null"
    os.mknod(null, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    null.chmod(0o666)
    before = null.stat()
    listed.command("page", "-o", str(null))
    assert null.stat().st_mode == before.st_mode and null.stat().st_rdev == before.st_rdev
    assert not list(tmp_path.glob(".null*"))


def test_a_pipe_that_nobody_reads_holds_up_no_run(listed):
    os.mkfifo(listed.folder / "state" / "pipe")
    listed.edit("file = state/page.html", "file = state/pipe")
    ran = listed.run(after=HOUR, code=None)
    assert ran.code == 0 and "the page can't be opened" in ran.err
    assert stat.S_ISFIFO((listed.folder / "state" / "pipe").stat().st_mode)


def test_it_can_be_written_to_a_pipe_and_to_what_standard_output_is(listed):
    page = listed.command("page", "-o", "/dev/stdout").out
    assert page.startswith("<!DOCTYPE html>") and page.rstrip().endswith("</html>")
    assert os.path.islink("/dev/stdout"), "and is still what it was"


def test_the_page_is_attached_as_it_is_when_the_mail_is_sent(station):
    bl = station.zone()
    station.configure(channels=ATTACH, extra="[html]\nfile = state/page.html")
    station.run()
    bl.listed[CLEAN] = "127.0.0.2"
    mail, = station.run(after=HOUR).mails
    text, page = mail.message.iter_parts()
    assert text.get_content_type() == "text/plain" and "LISTED" in text.get_content()
    assert page.get_content_type() == "text/html" and page.get_filename() == "repmon.html"
    assert page.get_content_disposition() == "attachment"
    shown = harmless(Page(page.get_content()))
    assert ("h1", f"mx1.example.org ({CLEAN}) is listed on bl.lab (SPAM).") in shown.headings


def test_without_a_page_the_mail_says_so_and_leaves(station):
    bl = station.zone()
    station.configure(channels=ATTACH, extra="[html]\nfile = nowhere/page.html")
    station.run(code=None)
    bl.listed[CLEAN] = "127.0.0.2"
    mail, = station.run(after=HOUR, code=None).mails
    assert not mail.message.is_multipart()
    assert "could not be read, so it is not attached" in mail.message.get_content()


def test_a_page_to_attach_must_be_written_somewhere(station):
    station.zone()
    station.configure(channels=ATTACH)
    ran = station.run(code=78)
    assert "attach_page: needs [html] file" in ran.err


# ---- foreign text ----

HOSTILE = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "'&amp;</style>",
           "]]>--><!--", "W" * 4000]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: t[:12])
def test_foreign_text_is_text(listed, text):
    listed.bl.reasons[BAD] = text[:200]
    listed.edit("mx2.example.org", "".join(c for c in text[:100] if c not in ";#"))
    listed.bl.listed[BAD] = "127.0.0.4"
    listed.run(after=2 * HOUR, code=None)
    page = page_of(listed)
    page.says("findings", text[:60].strip())


def test_marks_that_reorder_text_do_not_reach_it(listed):
    listed.bl.reasons[BAD] = "see \u202egro.elpmaxe\u202c and \u2066x\u2069 \u200b."
    listed.bl.listed[BAD] = "127.0.0.4"
    listed.run(after=2 * HOUR, code=None)
    page = page_of(listed)
    assert not re.search("[\u200b-\u200f\u202a-\u202e\u2066-\u2069]", page.source)
    page.says("findings", "see ?gro.elpmaxe? and ?x? ?.")


# ---- all parts, of six weeks ----

@pytest.mark.weeks
def test_six_weeks_of_a_mail_host(station, authority):
    with Microsoft(authority) as ms:
        story = Story(station, ms).live()
    page = harmless(Page(story.page().read_text()))
    assert ("h1", f"Outlook.com is refusing mail from mx1.example.org ({MX1}).") in page.headings
    page.says("findings", "S3150", "bl.mailspike.net", OUT, "DMARC: missing for example.net")
    page.says("unknown", "psbl.surriel.com", "Not heard from: Microsoft 365, Yahoo")
    page.says("matrix", "DNS lists", "Outlook.com (SNDS)", "Receivers (mail log)", "Gmail", MX2)
    page.says("timeline", "zen.spamhaus.org", "bl.spamcop.net", "main/status", "over",
              "no run was completed")
    page.says("receivers", "Gmail", "9 throttled", "Outlook.com", "refused", "Yahoo")
    page.says("colours", MX1, "4 red, 6 yellow", MX2, "0 red")
    page.says("complaints", "1.2%", MX1)
    page.says("domains", "example.org", "SPF", "covered", "DMARC", "missing")
    assert "more" not in page.parts, "every part is there"


def test_reports_by_mail_are_on_it(mailbox):
    box = mailbox()
    station = box.station
    station.run()
    box.dmarc([row(100), row(20, passed=False)])
    for _ in range(4):
        box.deliver(complaint())
    station.run(after=HOUR, code=None)
    page = page_of(station)
    page.says("findings", OWN, "complaints")
    page.says("complaints", "Complaints", "DMARC reports", OWN)
    cells = re.sub(r"<[^>]*>", " ", page.source[page.source.index("DMARC reports, a table"):])
    assert re.search(r"203\.0\.113\.5\s+DMARC reports\s+\S+\s+100\s+20\s+0\s+120\s", cells), cells
