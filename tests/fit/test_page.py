# SPDX-License-Identifier: ISC
"""The page in a real browser, without a window: nothing is cut or wider than the window, in each
width, scheme and on paper; a validator and axe find nothing; nothing is fetched or run.

With REPMON_PICTURES=FOLDER it leaves a picture of each there, for people to look at, and the
README's (story-readme.png)."""

import os
import subprocess

import pytest
from conftest import BAD, CLEAN, need

from lab.chromium import Chromium
from lab.microsoft import Authority, Microsoft
from page_story import Story

AXE = "/usr/local/lib/repmon-lab/axe/package/axe.min.js"  # contrib/install-deps puts it there
WIDTHS = (360, 1280, 3840)
README_HEIGHT = 860
PAPER = 718  # CSS pixels of A4 between the margins

# What is wider than the window, or cut, outside of what may be scrolled by hand; as sentences.
CUT = """(() => {
  const found = [], wide = document.documentElement.scrollWidth
  if (wide > innerWidth) found.push(`the page is ${wide} wide in a window of ${innerWidth}`)
  for (const e of document.body.querySelectorAll('*')) {
    if (e.closest('svg, .skip, details:not([open])')) continue
    const box = e.getBoundingClientRect(), style = getComputedStyle(e)
    const name = `${e.tagName}.${e.className} "${e.textContent.slice(0, 30)}"`
    const scrolls = style.overflowX == 'auto' || style.overflowX == 'scroll'
    const free = MEDIUM == 'print' || !e.closest('.wide')
    if (free && box.width && box.right > innerWidth + 1) found.push(`${name} ends at ${box.right}`)
    if (!scrolls && style.overflowX != 'visible' && e.scrollWidth > e.clientWidth + 1)
      found.push(`${name} is cut`)
  }
  return found.slice(0, 5)
})()"""


@pytest.fixture
def story(station):
    authority = Authority()
    with Microsoft(authority) as ms:
        yield Story(station, ms).live().page()
    authority.remove()


@pytest.fixture
def hostile(station):
    """Names and reasons as long as they get, without a blank, and of another direction."""
    zones = [station.zone(f"{'very-long-name-of-a-list-' * 2}{n}.lab") for n in range(30)]
    for n, zone in enumerate(zones):
        zone.listed[BAD] = "127.0.0.2"
        zone.reasons[BAD] = ("W" * 255, "<script>" + "M" * 200, "\u05d0\u05d1\u05d2 " * 30)[n % 3]
    station.configure(targets=f"ip = {BAD} {'m' * 50}.{'x' * 50}.example.org\n"
                              f"ip = {CLEAN} \u05e9\u05dc\u05d5\u05dd", channels="")
    station.run(code=None)
    station.command("page", "-o", "page.html")
    return station.folder / "page.html"


@pytest.fixture
def quiet(station):
    station.zone()
    station.configure(channels="")
    station.run()
    station.command("page", "-o", "page.html")
    return station.folder / "page.html"


def browsed(path, name):
    """Complaints about the page at each width and scheme, and on paper."""
    complaints, pictures = [], os.environ.get("REPMON_PICTURES")
    ways = [(width, dark, "") for width in WIDTHS for dark in (False, True)]
    with Chromium() as browser:
        for width, dark, medium in [*ways, (PAPER, False, "print")]:
            page = browser.open(path, width=width, dark=dark, medium=medium)
            way = f"{name}-{width}-{medium or ('dark' if dark else 'light')}"
            complaints += [f"{way}: {c}" for c in page.run(CUT.replace("MEDIUM", repr(medium)))]
            complaints += [f"{way}: {c}" for c in page.complaints()]
            complaints += [f"{way}: fetches {u}" for u in page.fetched()[1:]]
            if pictures:
                page.picture(os.path.join(pictures, way + ".png"))
        if pictures:
            browser.open(path, width=1100).picture(
                os.path.join(pictures, f"{name}-readme.png"), height=README_HEIGHT)
    return complaints


def audited(path, name):
    """What axe finds, light and dark: contrast, names, headings, tables, landmarks."""
    with open(AXE, encoding="utf-8") as f:
        axe = f.read()
    found = []
    with Chromium() as browser:
        for dark in (False, True):
            page = browser.open(path, dark=dark)
            page.run("document.querySelectorAll('details').forEach(d => d.open = true)")
            page.run(axe + "; 0")
            found += page.run("axe.run().then(r => r.violations.map(v => "
                              f"`{name} {v_words()}`))")
    return found


def v_words():
    return "${v.impact}: ${v.id}: ${v.nodes[0].html.slice(0, 200)}"


@pytest.mark.parametrize("name", ["story", "hostile", "quiet"])
def test_a_browser_shows_it_whole(name, request):
    need("chromium")
    path = request.getfixturevalue(name)
    assert browsed(path, name) == []


def test_what_is_folded_away_on_the_screen_is_on_paper(story, tmp_path):
    """The numbers of each picture are a table that is closed at first: paper can't open it."""
    need("chromium")
    need("pdftotext")
    pdf = tmp_path / "page.pdf"
    with Chromium() as browser:
        page = browser.open(story)
        wanted = page.run("[...document.querySelectorAll('details')].map(d => "
                          "[...d.querySelectorAll('th, td')].map(c => c.textContent.trim()))")
        assert not page.run("document.querySelector('details').open")
        page.printed(pdf)
    text = subprocess.run(["pdftotext", "-raw", pdf, "-"], capture_output=True, text=True,
                          check=True).stdout
    printed = "".join(text.split())
    assert len(wanted) >= 3
    for cells in wanted:
        missing = [c for c in cells if "".join(c.split()) not in printed]
        assert not missing, missing[:5]


@pytest.mark.parametrize("name", ["story", "hostile", "quiet"])
def test_a_validator_finds_nothing(name, request):
    need("tidy")
    path = request.getfixturevalue(name)
    done = subprocess.run(["tidy", "-q", "-e", "-utf8", path], capture_output=True, text=True,
                          check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["story", "hostile", "quiet"])
def test_axe_finds_nothing(name, request):
    need("chromium")
    if not os.path.exists(AXE):
        pytest.skip("axe-core is not unpacked: contrib/install-deps fit does that, with npm")
    assert audited(request.getfixturevalue(name), name) == []
