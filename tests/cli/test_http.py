# SPDX-License-Identifier: ISC
"""The HTTP client itself: which addresses it asks, which redirects it follows and what it takes
along, caps on what comes back, compressed or not."""

import gzip
import json
import os
import ssl
import subprocess
import time
import zlib

import pytest

from channels import authority  # noqa: F401
from conftest import BUILD, SLOW, WRAPPER, preloaded
from lab.raw_web import Raw, http2
from lab.server import HOST, free_port
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
    "https://user:hunter2@127.0.0.1/", "https://hunter2@127.0.0.1/", "https://127.0.0.1:0/",
    "https://127.0.0.1:99999/", "https://127.0.0.1\\@example.org/", "https://[::1/", "https://127.0.0.1/a b", "", "127.0.0.1", "https://",
    "gopher://127.0.0.1/", "http://127.0.0.1.example.org/", "https://127.0.0.1/" + "x" * 5000])
def test_addresses_that_are_not_asked(get, url):
    got = get(url)
    assert got["how"] == "unreachable" and got["status"] == 0 and got["error"]
    assert "hunter2" not in got["error"] and "example" not in got["error"]


def test_redirects_are_followed_only_to_named_origins(site, other, get):
    target = other.url("/end").replace(HOST, "localhost")
    site.on_request = lambda r: (302, {"Location": target}, b"moved")
    other.on_request = lambda r: (200, {}, b"here")
    assert get(site.url("/"))["status"] == 302
    for elsewhere in ("https://example.org", "https://127.0.0.2", "https://localhost",
                      f"https://localhost:{site.port}", f"http://localhost:{other.port}"):
        assert get(site.url("/"), "+" + elsewhere)["status"] == 302
    assert not other.requests
    got = get(site.url("/"), "+" + target)
    assert (got["status"], got["len"], got["host"]) == (200, 4, "localhost")


@pytest.mark.parametrize("name", ["localhost", HOST], ids=["another host", "another port"])
def test_nothing_of_a_request_goes_to_another_origin(site, other, get, name):
    target = other.url("/").replace(HOST, name)
    site.on_request = lambda r: (302, {"Location": target}, b"")
    other.on_request = lambda r: (302, {"Location": other.url("/again").replace(HOST, name)}, b"")
    get(site.url("/"), "+" + target, "Authorization: Bearer t0ken", "X-Key: t0ken", "Accept: a/b")
    assert site.requests[0].headers["authorization"] == "Bearer t0ken"
    assert len(other.requests) > 1
    for request in other.requests:
        assert "t0ken" not in str(request.headers) and request.headers["accept"] == "a/b"


def test_a_redirect_that_looks_like_the_own_origin_takes_nothing_along(site, other, get):
    """What comes before an @ is no host."""
    origin = site.url("").removeprefix("https://")
    for target in (f"https://{origin}@localhost:{other.port}/", f"//localhost:{other.port}/"):
        site.on_request = lambda r, target=target: (302, {"Location": target}, b"")
        get(site.url("/"), f"+https://localhost:{other.port}", "Authorization: Bearer t0ken")
    for request in other.requests:
        assert "t0ken" not in str(request.headers)


def test_on_its_own_origin_a_redirect_takes_the_token_along(site, get):
    site.on_request = lambda r: ((302, {"Location": "/end"}, b"") if r.path == "/"
                                 else (200, {}, b""))
    get(site.url("/"), "+" + site.url(), "Authorization: Bearer t0ken")
    assert site.requests[1].headers["authorization"] == "Bearer t0ken"


def test_a_redirect_from_https_to_http_is_not_followed(site, get):
    with WebhookSink() as plain:
        site.on_request = lambda r: (302, {"Location": plain.url("/")}, b"")
        assert get(site.url("/"), "+" + plain.url())["status"] == 302
        assert not plain.requests


def test_redirects_in_a_circle_end(site, get):
    site.on_request = lambda r: (302, {"Location": site.url("/again")}, b"")
    assert get(site.url("/"), "+" + site.url())["status"] == 302
    assert len(site.requests) == 6


def test_a_reply_over_its_maximum_is_too_big(site, get):
    site.on_request = lambda r: (200, {}, b"x" * 5000)
    assert get(site.url("/"), max_body=5000)["how"] == "answered"
    got = get(site.url("/"), max_body=4999)
    assert (got["how"], got["len"]) == ("too-big", 0)


# ---- bodies ----

OK = b"HTTP/1.1 200 OK\r\n"
ROWS = b"a,b\n" * 300


def reply(*headers, body=ROWS, first=OK):
    return first + b"".join(h.encode() + b"\r\n" for h in headers) + b"\r\n" + body


def chunks(body, end=b"0\r\n\r\n"):
    return b"%x\r\n%s\r\n" % (len(body), body) + end


LENGTH = f"Content-Length: {len(ROWS)}"
CHUNKED = "Transfer-Encoding: chunked"


@pytest.mark.parametrize("sent, length", [
    (reply(LENGTH), len(ROWS)),
    (reply(LENGTH, "Content-Encoding: identity"), len(ROWS)),
    (reply(CHUNKED, body=chunks(ROWS)), len(ROWS)),
    (reply(CHUNKED, body=chunks(ROWS) + b"HTTP/1.1 200 OK\r\n\r\nmore"), len(ROWS)),
    (reply("Content-Length: 4"), 4),
    (reply("Content-Length: 0"), 0),
    (reply(first=b"HTTP/1.1 204 No Content\r\n", body=b""), 0),
    (reply(LENGTH, first=b"HTTP/1.0 200 OK\r\n"), len(ROWS)),
], ids=["length", "identity", "chunks", "behind the chunks", "behind the length", "empty", "204",
        "HTTP/1.0"])
def test_a_body_whose_end_was_announced_is_whole(tls, get, sent, length):
    with Raw(sent, tls) as site:
        got = get(site.url())
    assert (got["how"], got["len"], got["doubt"]) == ("answered", length, "")
    assert b"accept-encoding: identity" in site.requests[0].lower()


PACKED = gzip.compress(ROWS)


@pytest.mark.parametrize("sent, word", [
    (reply(), "length"), (reply(first=b"HTTP/1.0 200 OK\r\n"), "length"), (reply(body=b""), "length"),
    (reply(first=b"HTTP/1.0 200 OK\r\n", body=b""), "length"),
    (reply(LENGTH, "Content-Length: 4"), "more than once"), (reply("Content-Length: 4, 1200"), "more than once"),
    (reply(f"Content-Length: {len(PACKED)}", "Content-Encoding: gzip", body=PACKED), "compressed"),
    (reply("Content-Length: 10", "Content-Encoding: gzip", body=PACKED[:10]), "compressed"),
    (reply("Content-Length: 9", "Content-Encoding: deflate", body=zlib.compress(ROWS)[:9]),
     "compressed"),
    (reply(LENGTH, "Content-Encoding: br"), "compressed"),
    (reply(LENGTH, "Content-Encoding: x-unheard-of"), "compressed"),
    (reply(LENGTH, "Content-Encoding: identity", "Content-Encoding: gzip"), "compressed"),
    (reply("Transfer-Encoding: gzip, chunked", body=chunks(PACKED[:10])), "transfer"),
    (reply("Transfer-Encoding: identity"), "transfer"),
])
def test_a_body_that_may_not_be_whole_is_in_doubt(tls, get, sent, word):
    with Raw(sent, tls) as site:
        got = get(site.url())
    assert got["how"] != "answered" or word in got["doubt"]


@pytest.mark.parametrize("sent", [
    reply(f"Content-Length: {len(ROWS) + 1}"), reply("Content-Length: 100", body=b""),
    reply(CHUNKED, body=chunks(ROWS, b"")), reply(CHUNKED, body=chunks(ROWS, b"0\r\n")),
    reply(CHUNKED, body=b"fff\r\na,b\n"), reply(CHUNKED, body=b""), reply(CHUNKED, body=b"a,b\n"),
])
def test_a_body_cut_off_is_no_answer(tls, get, sent):
    with Raw(sent, tls) as site:
        got = get(site.url())
    assert (got["how"], got["len"]) == ("unreachable", 0)


@pytest.fixture(scope="module")
def tls2(authority):  # noqa: F811
    context = authority.context(HOST)
    context.set_alpn_protocols(["h2"])
    return context


def test_an_http2_stream_counts_when_it_ended(tls2, get):
    with Raw(http2(ROWS, ended=True), tls2) as site:
        got = get(site.url())
        assert (got["how"], got["len"], got["doubt"]) == ("answered", len(ROWS), "")
    with Raw(http2(ROWS, ended=False), tls2) as site:
        assert get(site.url())["how"] == "unreachable"
    # content-encoding: gzip, as a literal with the name of the static table (RFC 7541, entry 26)
    with Raw(http2(PACKED[:10], True, b"\x0f\x0b\x04gzip"), tls2) as site:
        assert "compressed" in get(site.url())["doubt"]


# ---- what is wrong with TLS, by its name ----


def test_silence_is_a_timeout(site, get):
    site.on_request = lambda r: SILENCE
    assert get(site.url("/"), timeout=500)["how"] == "timeout"


def test_without_its_authority_a_site_is_refused(site, get):
    assert get(site.url("/"), ca=None)["how"] == "certificate"
    assert not site.requests


ALERT = b"\x15\x03\x03\x00\x02\x02"  # RFC 8446 6: fatal


@pytest.mark.parametrize("sent, how", [
    (ALERT + b"\x50", "tls-alert"),     # internal_error
    (ALERT + b"\x70", "tls-alert"),     # unrecognized_name
    (ALERT + b"\x28", "tls-version"),   # handshake_failure
    (ALERT + b"\x46", "tls-version"),   # protocol_version
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", "not-tls"),
    (b"220 mail.example.org ESMTP\r\n", "not-tls"),
    (b"SSH-2.0-OpenSSH_9.2\r\n", "not-tls"),
    (b"", "unreachable"),
])
def test_trouble_before_the_handshake_is_named_as_what_it_is(get, sent, how):
    with Raw(sent, talk=True) as site:
        assert get(site.url())["how"] == how


def test_a_server_of_old_tls_has_no_version_in_common(authority, get):  # noqa: F811
    context = authority.context(HOST)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        context.minimum_version, context.maximum_version = (ssl.TLSVersion.TLSv1,
                                                            ssl.TLSVersion.TLSv1_1)
    with WebhookSink(tls=context) as site:
        assert get(site.url("/"))["how"] == "tls-version"


def test_a_client_certificate_that_is_wanted_is_no_certificate_refused(authority, get):  # noqa: F811
    context = authority.context(HOST)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.file)
    with WebhookSink(tls=context) as site:
        assert get(site.url("/"))["how"] in ("tls-alert", "tls-version", "unreachable")


def test_a_proxy_of_the_environment_that_fails_is_named(get, monkeypatch):
    monkeypatch.setenv("https_proxy", f"http://{HOST}:{free_port()}")
    assert get("https://192.0.2.1/")["how"] in ("proxy", "unreachable")
    with WebhookSink(on_request=lambda r: 403) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url(""))
        assert get("https://192.0.2.1/")["how"] == "proxy"


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
