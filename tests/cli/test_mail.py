# SPDX-License-Identifier: ISC
"""Mail, against a real Postfix and against servers that misbehave on purpose: each row of the
contract's table of outcomes, and the number of mails that arrived."""

import contextlib
import signal
import socket
import ssl
import stat
import threading

import pytest

from channels import SECRETS, authority, run, send  # noqa: F401
from lab.postfix import Postfix
from lab.server import HOST, free_port, has_ended, wait_until
from lab.sinks import SILENCE, MailSink

PASSWORD = SECRETS[0]
WITH_LOGIN = "user = repmon\npassword_file = smtp.pass\n"
needs_postfix = pytest.mark.root("Postfix's master runs as root only",
                                 have=Postfix.missing() is None)


def config(port, ca=None, more="", host=HOST, to=("postmaster@example.org", "second@example.org")):
    top = f"[repmon]\nca_file = {ca}\n" if ca else ""
    recipients = "".join(f"to = {a}\n" for a in to)
    return (f'{top}[mail "ops"]\n{recipients}from = repmon@mon1.example.org\n'
            f"server = {host}:{port}\n{more}")


@contextlib.contextmanager
def scripted(*steps):
    """One connection, step by step: bytes are sent, a str is what the next line must begin with,
    None is silence until the test is over, and a function gets the socket and returns another."""
    listener = socket.create_server((HOST, free_port()))
    over = threading.Event()
    seen = []

    def serve():
        with contextlib.suppress(OSError, ValueError):
            connection, _ = listener.accept()
            reader = connection.makefile("rb")
            for step in steps:
                if step is None:
                    over.wait(30)
                elif callable(step):
                    connection = step(connection)
                    reader = connection.makefile("rb")
                elif isinstance(step, bytes):
                    connection.sendall(step)
                else:
                    line = reader.readline().decode()
                    seen.append(line.strip())
                    while step == "." and line and line.strip() != ".":
                        line = reader.readline().decode()
                    if not line.startswith(step):
                        break
            connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], seen
    finally:
        over.set()
        listener.close()
        thread.join(5)


# ---- a real server ----


@pytest.fixture(scope="module", params=["starttls", "smtps"])
def postfix(authority, request):  # noqa: F811
    """By STARTTLS libesmtp speaks, with TLS from the first byte libcurl: the same must hold."""
    smtps = request.param == "smtps"
    with Postfix(authority, users={"repmon": PASSWORD}, wrapper=smtps) as server:
        server.login = WITH_LOGIN + ("tls = implicit\n" if smtps else "")
        yield server


@needs_postfix
def test_postfix_takes_the_digest_after_starttls_and_login(postfix, authority, send):  # noqa: F811
    before = len(postfix.mails())
    tried = send(config(postfix.port, authority.file, postfix.login))
    assert (tried.outcome, tried.code, tried.refused) == ("sent", 250, "")
    mails = postfix.wait(before + 2)[before:]
    assert len(mails) == 2  # one for each recipient
    mail = mails[0]
    assert mail["Subject"] == ("LISTED (critical) mx1.example.org 203.0.113.5 zen.spamhaus.org SBL"
                               " (+3) [mon1]")
    assert mail["Message-ID"] == "<mon1-20261121-060000-cd34@mon1.example.org>"
    assert mail["References"] == "<mon1-20261118-060000-ab12@mon1.example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Return-Path"] == "<repmon@mon1.example.org>"
    assert mail["To"] == "postmaster@example.org, second@example.org"
    for header in ("Date", "From", "To", "Subject", "Message-ID", "MIME-Version"):
        assert len(mail.get_all(header)) == 1
    text = mail.get_content()
    assert "Do next:" in text and "STILL OPEN" in text
    assert max(len(line) for line in text.splitlines() if "repmon -c" not in line) <= 78
    log = postfix.log()
    assert "sasl_method=PLAIN, sasl_username=repmon" in log
    assert "ESMTPSA" in mails[0]["Received"]


@needs_postfix
def test_ten_sessions_in_a_row_never_hang(postfix, authority, send):  # noqa: F811
    for _ in range(10):
        tried = send(config(postfix.port, authority.file, postfix.login), what="probe")
        assert tried.outcome == "sent" and tried.seconds < 2.5


@needs_postfix
def test_a_probe_logs_in_and_sends_nothing(postfix, authority, send):  # noqa: F811
    before = len(postfix.mails())
    assert send(config(postfix.port, authority.file, postfix.login), what="probe").outcome == "sent"
    assert not postfix.queued() and len(postfix.mails()) == before


@needs_postfix
def test_a_wrong_password_holds_the_channel_and_sends_nothing(
        postfix, authority, send, tmp_path):  # noqa: F811
    (tmp_path / "smtp.pass").write_text("wrong\n")
    before, failures = len(postfix.mails()), postfix.log().count("authentication failed")
    for what in ("send", "probe"):
        tried = send(config(postfix.port, authority.file, postfix.login), what=what)
        assert (tried.outcome, tried.code) == ("held", 535)
        assert "login is refused" in tried.reason
    # One failed login a try, although LOGIN was offered too: servers lock out on more.
    assert postfix.log().count("authentication failed") == failures + 2
    assert not postfix.queued() and len(postfix.mails()) == before


@needs_postfix
@pytest.mark.parametrize("smtps", [False, True])
def test_a_server_with_the_old_login_only(authority, send, smtps):  # noqa: F811
    with Postfix(authority, users={"repmon": PASSWORD}, mechanisms=("LOGIN",),
                 wrapper=smtps) as server:
        more = WITH_LOGIN + ("tls = implicit\n" if smtps else "")
        assert send(config(server.port, authority.file, more)).outcome == "sent"
        server.wait(2)
        assert "sasl_method=LOGIN" in server.log()


@needs_postfix
def test_an_untrusted_certificate_holds_the_channel(postfix, send):  # noqa: F811
    tried = send(config(postfix.port, None, postfix.login))
    assert tried.outcome == "held" and "certificate" in tried.reason
    assert "127.0.0.1" in tried.reason


@needs_postfix
@pytest.mark.parametrize("smtps", [False, True])
def test_a_message_too_large_for_the_server_is_dead(authority, send, smtps):  # noqa: F811
    with Postfix(authority, size=1500, wrapper=smtps) as server:
        tried = send(config(server.port, authority.file, "tls = implicit\n" if smtps else ""))
        assert tried.outcome == "failed" and tried.code == 552
        assert not server.mails()


@needs_postfix
def test_a_digest_of_ten_thousand_listings_arrives_whole(postfix, authority, send):  # noqa: F811
    before = len(postfix.mails())
    assert send(config(postfix.port, authority.file, postfix.login), what="flood").outcome == "sent"
    text = postfix.wait(before + 2)[-1].get_content()
    assert "list49.example.org" in text and "repmon history" in text


@needs_postfix
def test_postfix_sendmail_takes_the_digest_by_command(postfix, authority, send):  # noqa: F811
    before = len(postfix.mails())
    tried = send(f"""[mail "ops"]
to = postmaster@example.org
from = repmon@mon1.example.org
command = /usr/sbin/sendmail -C {postfix.config} -t -i
""")
    assert tried.outcome == "sent", tried
    mails = postfix.wait(before + 1)
    assert len(mails) == before + 1
    assert mails[-1]["Subject"].startswith("LISTED (critical) mx1.example.org 203.0.113.5")
    assert mails[-1]["Message-ID"] == "<mon1-20261121-060000-cd34@mon1.example.org>"
    assert "Do next:" in mails[-1].get_content()


# ---- certificates and STARTTLS ----


def test_a_certificate_for_another_name_holds_the_channel(authority, send):  # noqa: F811
    with MailSink(tls=authority.context("mx.example.net")) as sink:
        tried = send(config(sink.port, authority.file))
        assert tried.outcome == "held" and "certificate" in tried.reason
        assert not sink.attempts


def test_the_name_is_the_configured_one_and_the_server_hears_it(authority, send):  # noqa: F811
    names = []
    context = authority.context("localhost")
    context.sni_callback = lambda sock, name, ctx: names.append(name)
    with MailSink(tls=context) as sink:
        tried = send(config(sink.port, authority.file, host="localhost"))
        assert tried.outcome == "sent", tried
        assert names == ["localhost"] and len(sink.messages) == 1


def test_an_expired_certificate_holds_the_channel(authority, send):  # noqa: F811
    with MailSink(tls=authority.context(HOST, days=0)) as sink:
        tried = send(config(sink.port, authority.file))
        assert tried.outcome == "held" and "expired" in tried.reason
        assert not sink.attempts


def test_a_server_without_starttls_holds_the_channel(authority, send):  # noqa: F811
    with MailSink() as sink:
        tried = send(config(sink.port, authority.file))
        assert tried.outcome == "held" and "STARTTLS" in tried.reason
        assert not sink.attempts


def test_tls_off_works_with_a_loopback_server(send):  # noqa: F811
    with MailSink() as sink:
        tried = send(config(sink.port, more="tls = off\n"))
        assert tried.outcome == "sent"
        assert sink.messages[0].recipients == ["postmaster@example.org", "second@example.org"]
        assert sink.messages[0].sender == "repmon@mon1.example.org"


def test_a_server_that_speaks_tls_1_3_only_is_named_as_such(authority, send):  # noqa: F811
    context = authority.context(HOST)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    with MailSink(tls=context) as sink:
        tried = send(config(sink.port, authority.file))
        assert tried.outcome == "held" and "TLS 1.2" in tried.reason
        assert not sink.attempts


def test_bytes_smuggled_in_before_the_handshake_are_noticed(authority, send):  # noqa: F811
    with scripted(b"220 hi\r\n", "EHLO", b"250-x\r\n250 STARTTLS\r\n", "STARTTLS",
                  b"220 go\r\n250-x\r\n250 AUTH PLAIN\r\n", None) as (port, seen):
        tried = send(config(port, authority.file, WITH_LOGIN))
        assert tried.outcome == "held" and "outside TLS" in tried.reason
        assert seen[-1] == "STARTTLS"


# ---- login ----


@pytest.mark.parametrize("offer", [b"250 HELP\r\n", b"250 AUTH GSSAPI XOAUTH2\r\n"])
def test_a_server_without_a_usable_login_gets_no_mail(send, offer):  # noqa: F811
    with scripted(b"220 hi\r\n", "EHLO", b"250-x\r\n" + offer, "MAIL") as (port, seen):
        tried = send(config(port, more="tls = off\n" + WITH_LOGIN))
        assert tried.outcome == "held" and "no supported login" in tried.reason
    assert not any(line.startswith("MAIL") for line in seen)


def test_ntlm_is_never_tried(send):  # noqa: F811
    with scripted(b"220 hi\r\n", "EHLO", b"250-x\r\n250 AUTH NTLM PLAIN\r\n", "AUTH PLAIN ",
                  b"235 ok\r\n", "MAIL") as (port, seen):
        send(config(port, more="tls = off\n" + WITH_LOGIN))
    assert seen[1].startswith("AUTH PLAIN ") and seen[2].startswith("MAIL FROM:")


def test_a_login_that_is_down_for_now_is_tried_later(send):  # noqa: F811
    with scripted(b"220 hi\r\n", "EHLO", b"250-x\r\n250 AUTH PLAIN\r\n", "AUTH",
                  b"454 4.7.0 try again\r\n", None) as (port, _):
        tried = send(config(port, more="tls = off\n" + WITH_LOGIN))
        assert (tried.outcome, tried.code) == ("deferred", 454)


# ---- replies ----


class Way:
    """A server that misbehaves, spoken to in clear text by libesmtp, or inside TLS by libcurl."""

    def __init__(self, context=None, ca=None):
        self.context, self.ca = context, ca

    def config(self, port, **options):
        return config(port, self.ca, more="tls = implicit\n" if self.context else "tls = off\n",
                      **options)

    def sink(self):
        return MailSink(implicit=self.context)

    def scripted(self, *steps):
        wrap = [lambda c: self.context.wrap_socket(c, server_side=True)] if self.context else []
        return scripted(*wrap, *steps)


@pytest.fixture(params=["libesmtp", "libcurl"])
def way(authority, request):  # noqa: F811
    return Way(authority.context(HOST), authority.file) if request.param == "libcurl" else Way()


@pytest.mark.parametrize("reply, outcome", [("451 4.3.0 busy", "deferred"), ("450 greylisted", "deferred"),
                                            ("550 5.1.1 nobody", "held")])
def test_every_recipient_refused(way, send, reply, outcome):  # noqa: F811
    with way.sink() as sink:
        sink.on_rcpt = lambda address: reply
        tried = send(way.config(sink.port))
        assert (tried.outcome, tried.code) == (outcome, int(reply[:3]))
        assert "every recipient" in tried.reason and reply[4:] in tried.reason
        assert "postmaster@example.org" in tried.refused
        assert not sink.attempts


def test_one_of_two_recipients_refused_is_sent_and_the_other_is_named(way, send):  # noqa: F811
    with way.sink() as sink:
        sink.on_rcpt = lambda a: "550 5.1.1 nobody" if a.startswith("second") else None
        tried = send(way.config(sink.port))
        assert tried.outcome == "sent"
        assert tried.refused == "second@example.org (550 5.1.1 nobody)"
        assert [m.recipients for m in sink.messages] == [["postmaster@example.org"]]


@pytest.mark.parametrize("reply, outcome", [("451 4.3.0 full", "deferred"), ("552 5.3.4 big", "failed"),
                                            ("554 5.7.1 spam", "failed")])
def test_a_message_refused_after_data(way, send, reply, outcome):  # noqa: F811
    with way.sink() as sink:
        sink.on_data = lambda mail: reply
        tried = send(way.config(sink.port))
        assert (tried.outcome, tried.code) == (outcome, int(reply[:3]))
        assert reply[4:] in tried.reason and not tried.may_have_arrived
        assert len(sink.attempts) == 1 and not sink.messages


@pytest.mark.parametrize("greeting, outcome", [(b"421 busy\r\n", "deferred"), (b"554 no\r\n", "held")])
def test_a_greeting_that_refuses_us(way, send, greeting, outcome):  # noqa: F811
    with way.scripted(greeting, None) as (port, _):
        tried = send(way.config(port), timeout=2000)
        assert tried.outcome == outcome and tried.code == int(greeting[:3])


def test_a_sender_that_is_refused_holds_the_channel(way, send):  # noqa: F811
    with way.scripted(b"220 hi\r\n", "EHLO", b"250 x\r\n", "MAIL", b"553 not yours\r\n",
                  None) as (port, _):
        tried = send(way.config(port), timeout=2000)
        assert (tried.outcome, tried.code) == ("held", 553) and "sender" in tried.reason


# ---- silence ----


def test_silence_before_the_greeting_is_tried_later(way, send):  # noqa: F811
    with way.scripted(None) as (port, _):
        tried = send(way.config(port), timeout=2000)
        assert tried.outcome == "deferred" and not tried.may_have_arrived
        assert "greeting" in tried.reason and tried.seconds < 10


def test_silence_after_the_message_may_have_arrived(way, send):  # noqa: F811
    with way.sink() as sink:
        sink.on_data = lambda mail: SILENCE
        tried = send(way.config(sink.port), timeout=2000)
        assert tried.outcome == "deferred" and tried.may_have_arrived
        assert "final reply" in tried.reason
        assert len(sink.attempts) == 1


def test_a_cut_connection_after_the_message_may_have_arrived(way, send):  # noqa: F811
    with way.scripted(b"220 hi\r\n", "EHLO", b"250 x\r\n", "MAIL", b"250 ok\r\n", "RCPT", b"250 ok\r\n",
                  "RCPT", b"250 ok\r\n", "DATA", b"354 go\r\n", ".") as (port, _):
        tried = send(way.config(port))
        assert tried.outcome == "deferred" and tried.may_have_arrived


def test_a_cut_connection_before_the_message_did_not_arrive(way, send):  # noqa: F811
    with way.scripted(b"220 hi\r\n", "EHLO", b"250 x\r\n", "MAIL", b"250 ok\r\n") as (port, _):
        tried = send(way.config(port))
        assert tried.outcome == "deferred" and not tried.may_have_arrived


def test_chunking_is_not_used_because_its_first_reply_looks_like_the_last(way, send):  # noqa: F811
    with way.scripted(b"220 hi\r\n", "EHLO", b"250-x\r\n250-CHUNKING\r\n250 8BITMIME\r\n", "MAIL",
                  b"250 ok\r\n", "RCPT", b"250 ok\r\n", "RCPT", b"250 ok\r\n", "DATA",
                  b"354 go\r\n", ".", b"250 taken\r\n", "QUIT") as (port, seen):
        assert send(way.config(port)).outcome == "sent"
        assert "DATA" in seen and not any(line.startswith("BDAT") for line in seen)


def test_a_closed_port_is_tried_later(way, send):  # noqa: F811
    tried = send(way.config(free_port()))
    assert tried.outcome == "deferred" and "refused" in tried.reason.lower()


def test_a_server_that_trickles_for_ever_is_ended_by_the_watchdog(way, send):  # noqa: F811
    def trickle(connection):
        for _ in range(100):
            connection.sendall(b"220-wait\r\n")
            if over.wait(0.2):
                break
        return connection

    over = threading.Event()
    with way.scripted(trickle) as (port, _):
        tried = send(way.config(port), timeout=1500)
        over.set()
        assert tried.outcome == "deferred" and tried.seconds < 10


def test_hostile_replies_reach_nobody_raw(way, send):  # noqa: F811
    with way.sink() as sink:
        sink.on_data = lambda mail: "554 \x1b[2Jevil \x07" + "x" * 400
        tried = send(way.config(sink.port))
        assert tried.outcome == "failed" and len(tried.reason) < 320
        assert "\x1b" not in tried.reason and "\x07" not in tried.reason


def test_a_repeat_after_doubt_is_marked(way, send):  # noqa: F811
    with way.sink() as sink:
        assert send(way.config(sink.port), what="again").outcome == "sent"
        mail = sink.messages[0]
        assert mail.message["X-Repmon-Repeat"] == "may have arrived"
        assert "may have received this message already" in mail.text



@pytest.mark.parametrize("offer", [b"250 HELP\r\n", b"250 AUTH GSSAPI XOAUTH2\r\n"])
def test_inside_tls_a_server_without_a_usable_login_gets_no_mail(send, authority,  # noqa: F811
                                                                 offer):
    way = Way(authority.context(HOST), authority.file)
    with way.scripted(b"220 hi\r\n", "EHLO", b"250-x\r\n" + offer, "MAIL", None) as (port, seen):
        tried = send(way.config(port) + WITH_LOGIN, timeout=2000)
        assert tried.outcome == "held" and "login" in tried.reason
    assert "DATA" not in seen and not any(line.startswith("RCPT") for line in seen)


def test_inside_tls_the_plain_login_is_used_and_a_refused_one_ends_it(send, authority):  # noqa: F811
    way = Way(authority.context(HOST), authority.file)
    for reply, outcome, code in ((b"535 5.7.8 no", "held", 535), (b"454 4.7.0 later", "deferred", 454)):
        with way.scripted(b"220 hi\r\n", "EHLO", b"250-x\r\n250 AUTH NTLM LOGIN PLAIN\r\n",
                          "AUTH PLAIN ", reply + b"\r\n", None) as (port, seen):
            tried = send(way.config(port) + WITH_LOGIN, timeout=2000)
            assert (tried.outcome, tried.code) == (outcome, code), tried
            assert seen[1].startswith("AUTH PLAIN ")


# ---- TLS from the first byte ----


def smtps(port, ca, host=HOST):
    return config(port, ca, "tls = implicit\n", host=host)


def test_inside_tls_the_certificate_is_that_of_the_configured_name(authority, send):  # noqa: F811
    for context, word in ((authority.context("mx.example.net"), "certificate"),
                          (authority.context(HOST, days=0), "expired")):
        with MailSink(implicit=context) as sink:
            tried = send(smtps(sink.port, authority.file))
            assert tried.outcome == "held" and word in tried.reason, tried
            assert not sink.attempts
    names = []
    context = authority.context("localhost")
    context.sni_callback = lambda sock, name, ctx: names.append(name)
    with MailSink(implicit=context) as sink:
        assert send(smtps(sink.port, authority.file, "localhost")).outcome == "sent"
        assert "localhost" in names and len(sink.messages) == 1


def test_a_server_that_speaks_starttls_there_holds_the_channel(authority, send):  # noqa: F811
    with MailSink(tls=authority.context(HOST)) as sink:
        tried = send(smtps(sink.port, authority.file))
        assert tried.outcome == "held" and "587" in tried.reason, tried


def test_tls_1_3_works_where_libcurl_speaks(authority, send):  # noqa: F811
    context = authority.context(HOST)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    with MailSink(implicit=context) as sink:
        assert send(smtps(sink.port, authority.file)).outcome == "sent"


def test_a_probe_inside_tls_goes_as_far_as_the_greeting(authority, send):  # noqa: F811
    with MailSink(implicit=authority.context(HOST)) as sink:
        assert send(smtps(sink.port, authority.file), what="probe").outcome == "sent"
        assert not sink.attempts


# ---- command ----


def script(tmp_path, text):
    path = tmp_path / "mailer"
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(stat.S_IRWXU)
    return path


def by_command(command):
    return (f'[mail "ops"]\nto = postmaster@example.org\nfrom = repmon@mon1.example.org\n'
            f"command = {command}\n")


def test_a_command_gets_the_whole_mail_and_its_words(send, tmp_path):  # noqa: F811
    mailer = script(tmp_path, 'cat > got\nprintf "%s\\n" "$@" > words\n')
    assert send(by_command(f"{mailer} -t 'two words' $HOME")).outcome == "sent"
    assert (tmp_path / "words").read_text() == "-t\ntwo words\n$HOME\n"
    got = (tmp_path / "got").read_bytes()
    assert got.startswith(b"Date: ") and b"\r" not in got
    assert b"\nTo: postmaster@example.org\n" in got and got.endswith(b"\n")


@pytest.mark.parametrize("status, outcome", [(0, "sent"), (1, "deferred"), (64, "held"), (65, "failed"),
                                             (67, "held"), (69, "deferred"), (75, "deferred"),
                                             (78, "held")])
def test_exit_statuses_of_a_command(send, tmp_path, status, outcome):  # noqa: F811
    tried = send(by_command(script(tmp_path, f"echo why not >&2\nexit {status}\n")))
    assert (tried.outcome, tried.code) == (outcome, status)
    assert status == 0 or "why not" in tried.reason


def test_of_a_command_one_line_of_stderr_is_heard_and_never_its_stdout(send, tmp_path):  # noqa: F811
    words = "cat\nprintf '\\n no\\tluck\\r\\nTo: more\\n' >&2\nexit 75\n"
    assert send(by_command(script(tmp_path, words))).reason.endswith(" status 75: no luck")
    assert send(by_command(script(tmp_path, "cat\nexit 1\n"))).reason.endswith(" status 1")


@pytest.mark.parametrize("status", [0, 1, 75])
def test_a_command_whose_end_cannot_be_told_was_not_sent(send, tmp_path, status):  # noqa: F811
    tried = send(by_command(script(tmp_path, f"exit {status}\n")),
                 before=("env", "--ignore-signal=CHLD"))
    assert tried.outcome == "deferred" and tried.may_have_arrived and "its exit status is unknown" in tried.reason


def test_the_program_hears_of_its_children_whoever_started_it(repmon, conf, tmp_path):
    mailer = script(tmp_path, "echo no luck >&2\nexit 75\n")
    ran = repmon("doctor", "--send", conf=conf.text(by_command(mailer)),
                 preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    assert "status 75: no luck" in " ".join(ran.out.split())


def test_a_command_that_is_missing_holds_the_channel(send, tmp_path):  # noqa: F811
    for what in ("send", "probe"):
        tried = send(by_command(tmp_path / "nothing"), what=what)
        assert tried.outcome == "held" and "No such file" in tried.reason


def test_a_command_that_does_not_read_or_end_is_killed(send, tmp_path):  # noqa: F811
    tried = send(by_command(script(tmp_path, "echo $$ > pid\nsleep 60\n")), timeout=500)
    assert tried.outcome == "deferred" and tried.may_have_arrived and tried.seconds < 10
    pid = int((tmp_path / "pid").read_text())
    wait_until("the command's end", lambda: has_ended(pid), 5)


def test_a_command_inherits_nothing_but_its_mail(send, tmp_path):  # noqa: F811
    tried = send(by_command(script(tmp_path, "ls -l /proc/$$/fd > fds\ncat > /dev/null\n")))
    assert tried.outcome == "sent"
    links = [line.split(" -> ")[1] for line in (tmp_path / "fds").read_text().splitlines()[1:]]
    mine = [x for x in links if not x.startswith(("/memfd:repmon-mail", "pipe:", "/dev/null",
                                                     str(tmp_path)))]
    assert not mine and len({x for x in links if x.startswith("pipe:")}) == 1, links
