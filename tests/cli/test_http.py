# SPDX-License-Identifier: ISC
"""The HTTP client itself: which addresses it asks, which redirects it follows and what it takes
along, caps on what comes back, compressed or not."""

import gzip
import json
import os
import subprocess
import time

import pytest

from channels import authority  # noqa: F401
from conftest import BUILD, SLOW, WRAPPER, preloaded
from lab.server import HOST
from lab.sinks import SILENCE, WebhookSink

PROGRAM = os.path.join(BUILD, "tests", "http_get")


@pytest.fixture
def get(authority):  # noqa: F811
    def go(url, *more, ca=True, timeout=3000, max_body=100000):
        done = subprocess.run([*WRAPPER, PROGRAM, url, authority.file if ca is True else ca or "-",
                               str(timeout * SLOW), str(max_body), *more], capture_output=True,
                              text=True, timeout=60 * SLOW, check=False)
        assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return go


@pytest.fixture(scope="module")
def tls(authority):  # noqa: F811
    return authority.context(HOST, "localhost")


@pytest.fixture
def site(tls):
    with WebhookSink(tls=tls) as sink:
        yield sink


@pytest.fixture
def other(tls):
    with WebhookSink(tls=tls) as sink:
        yield sink


def test_an_answer_with_its_type_and_length(site, get):
    site.on_request = lambda r: (200, {"Content-Type": "Text/CSV; charset=x"}, b"a,b\n")
    got = get(site.url("/x"))
    assert (got["how"], got["status"], got["type"], got["len"]) == ("answered", 200, "text/csv", 4)
    assert got["host"] == HOST and got["retry_after"] == -1
    assert site.requests[0].headers["user-agent"].endswith("(+https://github.com/repmon/repmon)")
    assert "cookie" not in site.requests[0].headers


@pytest.mark.parametrize("url", [
    "http://192.0.2.1/", "http://example.org/", "ftp://127.0.0.1/", "file:///etc/passwd",
    "https://user:hunter2@127.0.0.1/", "https://127.0.0.1/a b", "", "127.0.0.1", "https://",
    "gopher://127.0.0.1/", "http://127.0.0.1.example.org/", "https://127.0.0.1/" + "x" * 5000])
def test_addresses_that_are_not_asked(get, url):
    got = get(url)
    assert got["how"] == "unreachable" and got["status"] == 0 and got["error"]
    assert "hunter2" not in got["error"] and "example" not in got["error"]


def test_redirects_are_followed_only_to_named_hosts(site, other, get):
    target = other.url("/end").replace(HOST, "localhost")
    site.on_request = lambda r: (302, {"Location": target}, b"moved")
    other.on_request = lambda r: (200, {}, b"here")
    assert get(site.url("/"))["status"] == 302
    assert get(site.url("/"), "+example.org", "+127.0.0.2")["status"] == 302
    assert not other.requests
    got = get(site.url("/"), "+localhost")
    assert (got["status"], got["len"], got["host"]) == (200, 4, "localhost")


def test_authorization_stays_with_its_host(site, other, get):
    site.on_request = lambda r: (302, {"Location": other.url("/").replace(HOST, "localhost")}, b"")
    other.on_request = lambda r: (200, {}, b"")
    get(site.url("/"), "+localhost", "Authorization: Bearer t0ken", "X-Other: 1")
    assert site.requests[0].headers["authorization"] == "Bearer t0ken"
    assert "authorization" not in other.requests[0].headers
    assert other.requests[0].headers["x-other"] == "1"


def test_a_redirect_from_https_to_http_is_not_followed(site, get):
    with WebhookSink() as plain:
        site.on_request = lambda r: (302, {"Location": plain.url("/")}, b"")
        assert get(site.url("/"), "+" + HOST)["status"] == 302
        assert not plain.requests


def test_redirects_in_a_circle_end(site, get):
    site.on_request = lambda r: (302, {"Location": site.url("/again")}, b"")
    assert get(site.url("/"), "+" + HOST)["status"] == 302
    assert len(site.requests) == 6


def test_a_reply_over_its_maximum_is_too_big(site, get):
    site.on_request = lambda r: (200, {}, b"x" * 5000)
    assert get(site.url("/"), max_body=5000)["how"] == "answered"
    got = get(site.url("/"), max_body=4999)
    assert (got["how"], got["len"]) == ("too-big", 0)


def test_the_maximum_counts_what_comes_out_of_compression(site, get):
    bomb = gzip.compress(b"\0" * (20 << 20))
    site.on_request = lambda r: (200, {"Content-Encoding": "gzip"}, bomb)
    assert len(bomb) < 50000
    assert get(site.url("/"), max_body=100000)["how"] == "too-big"
    site.on_request = lambda r: (200, {"Content-Encoding": "gzip"}, gzip.compress(b"y" * 5000))
    assert get(site.url("/"))["len"] == 5000


def test_silence_is_a_timeout(site, get):
    site.on_request = lambda r: SILENCE
    assert get(site.url("/"), timeout=500)["how"] == "timeout"


def test_without_its_authority_a_site_is_refused(site, get):
    assert get(site.url("/"), ca=None)["how"] == "tls"
    assert not site.requests


@pytest.mark.parametrize("text", [None, "", "no certificate here\n"])
def test_a_ca_file_without_certificates_is_an_error(tmp_path, text):
    path = tmp_path / "ca.pem"
    if text is not None:
        path.write_text(text)
    done = subprocess.run([*WRAPPER, PROGRAM, "https://127.0.0.1:1/", str(path), "500", "10"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 78 and str(path) in done.stderr


# Every turn of curl comes late, so that the answer is always there before anybody waits for it.
LATE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
int curl_multi_perform(void *multi, int *running)
{
    int (*next)(void *, int *) = (int (*)(void *, int *))dlsym(RTLD_NEXT, "curl_multi_perform");
    usleep(30000);
    return next(multi, running);
}
"""


def test_an_answer_that_is_there_already_is_not_waited_for(tmp_path):
    late = preloaded(tmp_path, LATE)
    with WebhookSink() as site:
        start = time.monotonic()
        done = subprocess.run([PROGRAM, site.url(), "-", "20000", "1000"], capture_output=True,
                              text=True, timeout=30, check=True,
                              env={**os.environ, **late})
        assert json.loads(done.stdout)["status"] == 204
        assert time.monotonic() - start < 0.9
