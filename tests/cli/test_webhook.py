# SPDX-License-Identifier: ISC
"""Webhooks and the ping over real HTTPS with a private authority: each row of the contract's table
of outcomes, redirects, certificates, and receivers that hang, break off or never stop."""

import base64
import contextlib
import hashlib
import hmac
import json
import socket
import ssl
import threading
import time

import pytest

from channels import SECRETS, authority, run, send  # noqa: F401
from lab.raw_web import Raw
from lab.server import HOST, free_port
from lab.sinks import SILENCE, WebhookSink

PATH = "/services/" + SECRETS[1]


@pytest.fixture(scope="module")
def tls(authority):  # noqa: F811
    return authority.context(HOST, "localhost")


@pytest.fixture
def hook(tls):
    with WebhookSink(tls=tls) as sink:
        yield sink


@pytest.fixture
def config(authority, tmp_path):  # noqa: F811
    """config(url, format, more, ca): a configuration with that webhook; the URL stands in a file."""

    def write(url, fmt="repmon", more="", ca=True):
        (tmp_path / "chat.url").write_text(url + "\n")
        top = f"[repmon]\nca_file = {authority.file}\n" if ca else ""
        return f'{top}[webhook "chat"]\nurl_file = chat.url\nformat = {fmt}\n{more}'

    return write


def test_a_signed_post_arrives_once_in_the_shape_of_the_contract(hook, config, send):  # noqa: F811
    tried = send(config(hook.url(PATH), more="secret_file = hook.key\n"), "chat")
    assert (tried.outcome, tried.code, tried.reason) == ("sent", 204, "")
    assert len(hook.requests) == 1
    request = hook.requests[0]
    assert (request.method, request.path) == ("POST", PATH)
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"].startswith("repmon/")
    body = request.json()
    assert body["version"] == 1 and body["type"] == "repmon.alert"
    assert body["id"] == request.headers["webhook-id"] == "mon1-20261121-060000-cd34"
    change = body["changes"][0]
    assert change["kind"] == "listed" and change["targets"] == ["203.0.113.5"]
    assert [c["name"] for c in change["codes"]] == ["SBL", "XBL"]
    stamp = request.headers["webhook-timestamp"]
    assert abs(int(stamp) - time.time()) < 60
    key = base64.b64decode(SECRETS[2].removeprefix("whsec_"))
    signed = f"{body['id']}.{stamp}.".encode() + request.body
    mac = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert request.headers["webhook-signature"] == "v1," + mac


def test_a_retry_has_the_same_id_and_its_own_time(hook, config, send):  # noqa: F811
    for _ in range(2):
        send(config(hook.url(PATH)), "chat")
    first, second = hook.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert "webhook-signature" not in first.headers


def test_a_token_is_sent_as_bearer(hook, config, send):  # noqa: F811
    send(config(hook.url(PATH), more="token_file = bearer\n"), "chat")
    assert hook.requests[0].headers["authorization"] == "Bearer " + SECRETS[3]


@pytest.mark.parametrize("status, outcome", [
    (200, "sent"), (201, "sent"), (202, "sent"), (204, "sent"), (300, "held"), (301, "held"),
    (307, "held"), (400, "failed"), (401, "held"), (403, "held"), (404, "held"), (408, "deferred"),
    (410, "held"), (413, "failed"), (415, "failed"), (422, "failed"), (429, "deferred"), (500, "deferred"),
    (502, "deferred"), (503, "deferred"), (504, "deferred")])
def test_each_status_has_the_outcome_of_the_contract(hook, config, send, status,
                                                     outcome):  # noqa: F811
    hook.on_request = lambda request: (status, {}, b"said to nobody " + PATH.encode())
    tried = send(config(hook.url(PATH)), "chat")
    assert (tried.outcome, tried.code) == (outcome, status)
    assert (tried.reason == "") == (outcome == "sent")
    assert "said to nobody" not in tried.reason
    assert len(hook.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(hook, tls, config, send, status):  # noqa: F811
    with WebhookSink(tls=tls) as elsewhere:
        hook.on_request = lambda r: (status, {"Location": elsewhere.url("/stolen")}, b"")
        tried = send(config(hook.url(PATH), more="token_file = bearer\n"), "chat")
        assert tried.outcome == "held" and "redirect" in tried.reason
        assert not elsewhere.requests


@pytest.mark.parametrize("value, least, most", [("120", 120, 120), ("0", 0, 0), ("soon", 0, 0),
                                                ("date", 250, 301), ("-5", 0, 0)])
def test_retry_after_is_read_in_both_forms(hook, config, send, value, least, most):  # noqa: F811
    if value == "date":
        value = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 300))
    hook.on_request = lambda request: (429, {"Retry-After": value}, b"")
    tried = send(config(hook.url(PATH)), "chat")
    assert tried.outcome == "deferred" and least <= tried.retry_after <= most


def test_a_word_of_the_receiver_is_passed_on_but_nothing_longer(hook, config, send):  # noqa: F811
    hook.on_request = lambda request: (404, {}, b"no_service")
    assert "no_service" in send(config(hook.url(PATH)), "chat").reason
    hook.on_request = lambda request: (404, {}, b"<b>no</b> \x1b[2J")
    assert send(config(hook.url(PATH)), "chat").reason.endswith("(HTTP 404)")


# ---- receivers that misbehave ----


def test_a_receiver_that_hangs_is_tried_later(hook, config, send):  # noqa: F811
    hook.on_request = lambda request: SILENCE
    tried = send(config(hook.url(PATH)), "chat", timeout=700)
    assert tried.outcome == "deferred" and "in time" in tried.reason and tried.seconds < 10


def test_a_huge_reply_is_cut_and_its_status_counts(hook, config, send):  # noqa: F811
    for status, outcome in ((200, "sent"), (500, "deferred")):
        hook.on_request = lambda r, s=status: (s, {}, b"x" * (8 << 20))
        assert send(config(hook.url(PATH)), "chat").outcome == outcome


@contextlib.contextmanager
def raw(tls, reply):
    """A receiver that reads the request, sends these bytes and closes."""
    listener = socket.create_server((HOST, free_port()))

    def serve():
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            if tls:
                connection = tls.wrap_socket(connection, server_side=True)
            got = b""
            while b"\r\n\r\n" not in got:
                got += connection.recv(65536)
            length = int(got.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            while len(got.split(b"\r\n\r\n", 1)[1]) < length:
                got += connection.recv(65536)
            connection.sendall(reply)
            connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"https://{HOST}:{listener.getsockname()[1]}{PATH}"
    finally:
        listener.close()
        thread.join(5)


@pytest.mark.parametrize("reply, outcome", [
    (b"", "deferred"), (b"HTTP/1.1 20", "deferred"), (b"HTTP/1.1 500 no\r\n", "deferred"),
    (b"HTTP/1.1 200 OK\r\nX: y", "deferred"),
    (b"\x00\x01garbage\r\n\r\n", "deferred"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", "sent")])
def test_a_reply_that_breaks_off(tls, config, send, reply, outcome):  # noqa: F811
    with raw(tls, reply) as url:
        assert send(config(url), "chat").outcome == outcome


def test_headers_without_end_are_cut(tls, config, send):  # noqa: F811
    with raw(tls, b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * (2 << 20)) as url:
        assert send(config(url), "chat").outcome == "deferred"


def test_a_closed_port_is_tried_later(config, send):  # noqa: F811
    tried = send(config(f"https://{HOST}:{free_port()}{PATH}"), "chat")
    assert tried.outcome == "deferred" and "connection" in tried.reason


# ---- certificates and schemes ----


def test_an_untrusted_certificate_holds_the_channel(hook, config, send):  # noqa: F811
    tried = send(config(hook.url(PATH), ca=False), "chat")
    assert tried.outcome == "held" and "certificate" in tried.reason
    assert not hook.requests


def test_a_certificate_for_another_name_holds_the_channel(authority, config, send):  # noqa: F811
    with WebhookSink(tls=authority.context("hooks.example.net")) as sink:
        tried = send(config(sink.url(PATH)), "chat")
        assert tried.outcome == "held" and "certificate" in tried.reason
        assert not sink.requests


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tls_before_1_2_is_not_spoken(authority, config, send):  # noqa: F811
    context = authority.context(HOST)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with WebhookSink(tls=context) as sink:
        assert send(config(sink.url(PATH)), "chat").outcome == "held"
        assert not sink.requests


@pytest.mark.parametrize("sent, outcome, words", [
    (b"\x15\x03\x03\x00\x02\x02\x50", "deferred", "alert"),  # internal_error
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", "held", "does not speak TLS"),
    (b"220 mail.example.org ESMTP\r\n", "held", "does not speak TLS"),
    (b"\x15\x03\x03\x00\x02\x02\x46", "held", "no TLS version"),
])
def test_trouble_with_tls_is_no_bad_certificate(config, send, sent, outcome, words):  # noqa: F811
    with Raw(sent, talk=True) as site:
        tried = send(config(site.url(PATH)), "chat")
    assert tried.outcome == outcome and words in tried.reason
    assert "certificate" not in tried.reason


def test_plain_http_is_for_loopback_only(config, run, send):  # noqa: F811
    with WebhookSink() as sink:
        assert send(config(sink.url(PATH)), "chat").outcome == "sent"
    done = run(config("http://192.0.2.1" + PATH), "chat")
    text = done.stdout + done.stderr
    assert "https" in text and '"sent"' not in text


def test_a_proxy_of_the_environment_is_not_asked_for_loopback(hook, config, send):  # noqa: F811
    dead = f"http://{HOST}:{free_port()}"
    env = {"http_proxy": dead, "https_proxy": dead, "HTTPS_PROXY": dead, "ALL_PROXY": dead}
    assert send(config(hook.url(PATH)), "chat", env=env).outcome == "sent"


# ---- formats ----


def test_ten_thousand_listings_stay_under_20_kb_in_every_format(hook, config, send,
                                                                tmp_path):  # noqa: F811
    (tmp_path / "routing.key").write_text("R" * 32 + "\n")
    (tmp_path / "routing.key").chmod(0o600)
    for fmt in ("repmon", "slack", "discord", "teams", "ntfy", "pagerduty"):
        more = "routing_key_file = routing.key\n" if fmt == "pagerduty" else ""
        hook.requests.clear()
        hook.on_request = lambda request: 202
        tried = send(config(hook.url(PATH), fmt, more), "chat", what="flood")
        assert tried.outcome == "sent", fmt
        assert hook.requests and all(len(r.body) < 20000 for r in hook.requests), fmt
        for request in hook.requests:
            json.loads(request.body)


def test_each_format_goes_where_its_service_wants_it(hook, config, send, tmp_path):  # noqa: F811
    (tmp_path / "routing.key").write_text("R" * 32 + "\n")
    (tmp_path / "routing.key").chmod(0o600)
    paths = {}
    for fmt, more in (("slack", ""), ("discord", ""), ("teams", ""), ("ntfy", ""),
                      ("pagerduty", "routing_key_file = routing.key\n")):
        hook.requests.clear()
        send(config(hook.url(PATH), fmt, more), "chat")
        paths[fmt] = [r.path for r in hook.requests]
        assert hook.requests[0].headers["content-type"] == "application/json"
        assert "webhook-id" not in hook.requests[0].headers
    assert paths["slack"] == paths["teams"] == [PATH]
    assert paths["discord"] == [PATH + "?wait=true"]
    assert paths["ntfy"] == ["/services/"]
    assert paths["pagerduty"] == [PATH] * 3  # one incident a list; a delisting alone is none


def test_the_first_failure_of_several_requests_is_the_outcome(hook, config, send,
                                                              tmp_path):  # noqa: F811
    (tmp_path / "routing.key").write_text("R" * 32 + "\n")
    (tmp_path / "routing.key").chmod(0o600)
    hook.on_request = lambda r: 202 if len(hook.requests) == 1 else 503
    tried = send(config(hook.url(PATH), "pagerduty", "routing_key_file = routing.key\n"), "chat")
    assert (tried.outcome, tried.code) == ("deferred", 503)
    assert len(hook.requests) == 2


def test_a_probe_posts_nothing(hook, config, send):  # noqa: F811
    assert send(config(hook.url(PATH)), "chat", what="probe").outcome == "sent"
    assert not hook.requests
    tried = send(config("https://ntfy.example/", "ntfy"), "chat", what="probe")
    assert tried.outcome == "held" and "topic" in tried.reason


# ---- ping ----


@pytest.fixture
def ping(hook, authority, run, tmp_path):  # noqa: F811
    """ping(what): the ping's URL lies in a file that only its owner reads, as any secret."""
    path = tmp_path / "ping.url"
    path.write_text(hook.url(PATH) + "\n")
    path.chmod(0o600)
    return lambda what: run(f"[repmon]\nca_file = {authority.file}\n[ping]\nurl_file = ping.url\n",
                            what=what)


@pytest.mark.parametrize("what, path", [("ping", PATH), ("ping-fail", PATH + "/fail")])
def test_a_ping_says_success_or_failure(hook, ping, what, path):
    hook.on_request = lambda request: (200, {}, b"OK")
    done = ping(what)
    assert done.returncode == 0 and done.stdout == "ok\n"
    assert [r.path for r in hook.requests] == [path]


def test_a_ping_that_fails_says_so_without_its_address(hook, ping):
    hook.on_request = lambda request: 404
    done = ping("ping")
    assert done.returncode == 1 and "HTTP 404" in done.stdout
    hook.on_request = lambda request: 302
    assert "HTTP 302" in ping("ping").stdout
