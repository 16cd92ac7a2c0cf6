# SPDX-License-Identifier: ISC
"""Each chat and push service over HTTPS, as its documentation describes it (lab/chats.py): a message
arrives once and within its limits, and what the configuration has wrong holds the channel, with the
cure named and no secret shown."""

import pytest

from channels import authority, run, send  # noqa: F401
from lab.chats import GoogleChat, Gotify, Matrix, Mattermost, Telegram
from lab.server import HOST
from station import CLEAN, DAY, HOUR, station  # noqa: F401

CHATS = {"telegram": Telegram, "matrix": Matrix, "gotify": Gotify, "mattermost": Mattermost,
         "google_chat": GoogleChat}


@pytest.fixture(params=sorted(CHATS))
def chat(request, authority):  # noqa: F811
    with CHATS[request.param](authority.context(HOST)) as service:
        service.format = request.param
        yield service


@pytest.fixture
def config(authority, tmp_path):  # noqa: F811
    """config(chat, token=, room=, url=): its webhook, right where nothing else is given."""

    def write(chat, token=None, room=None, url=None):
        (tmp_path / "its.url").write_text((url or chat.url()) + "\n")
        (tmp_path / "its.token").write_text((token or getattr(chat, "token", "-")) + "\n")
        for name in ("its.url", "its.token"):
            (tmp_path / name).chmod(0o600)
        lines = [f"[repmon]\nca_file = {authority.file}", '[webhook "chat"]',
                 f"format = {chat.format}", "url_file = its.url"]
        if hasattr(chat, "token"):
            lines.append("token_file = its.token")
        if chat.format in ("telegram", "matrix"):
            default = chat.chat if chat.format == "telegram" else chat.room
            lines.append(f"room = {room or default}")
        return "\n".join(lines) + "\n"

    return write


def clean(tried):
    assert "S3CRET" not in tried.reason and "t0k" not in tried.reason
    return tried


def test_a_message_arrives_once(chat, config, send):  # noqa: F811
    tried = send(config(chat), "chat")
    assert (tried.outcome, tried.code, tried.reason) == ("sent", 200, "")
    assert len(chat.taken) == len(chat.requests) == 1
    text = str(chat.taken[0])
    assert text.count("LISTED (critical) mx1.example.org 203.0.113.5 zen.spamhaus.org") == 1
    assert "Reason: " in text  # the list's own words
    assert chat.requests[0].headers["content-type"] == "application/json"


def test_ten_thousand_listings_are_taken(chat, config, send):  # noqa: F811
    assert send(config(chat), "chat", what="flood").outcome == "sent"
    assert "more: repmon history" in str(chat.taken[0])


def test_a_probe_shows_nothing_to_anybody(chat, config, send):  # noqa: F811
    assert send(config(chat), "chat", what="probe").outcome == "sent"
    assert not chat.taken
    asked = [r.method for r in chat.requests]
    assert asked == (["GET"] if chat.format in ("telegram", "matrix") else [])


@pytest.mark.parametrize("kind, token, room, words", [
    (Telegram, "654321:AAnother-t0ken", None, "token_file"), (Telegram, None, "-100999", "room"),
    (Matrix, "syt_another", None, "token_file"), (Matrix, None, "!other:example.org", "room")])
def test_a_probe_finds_what_is_wrong_where_it_can_ask(authority, config, send, kind, token, room,
                                                      words):  # noqa: F811
    with kind(authority.context(HOST)) as chat:
        chat.format = kind.__name__.lower()
        tried = clean(send(config(chat, token=token, room=room), "chat", what="probe"))
        assert tried.outcome == "held" and words in tried.reason and not chat.taken


def test_another_credential_holds_the_channel(chat, config, send):  # noqa: F811
    if hasattr(chat, "token"):
        text = config(chat, token="654321:AAnother-t0ken")
    else:
        text = config(chat, url=chat.url(chat.base.replace("S3CRET", "WR0NG")))
    tried = clean(send(text, "chat"))
    assert tried.outcome == "held" and not chat.taken
    assert "token_file" in tried.reason or "create a new" in tried.reason


@pytest.mark.parametrize("kind, room", [(Telegram, "-100999"), (Matrix, "!other:example.org")])
def test_another_room_holds_the_channel(authority, config, send, kind, room):  # noqa: F811
    with kind(authority.context(HOST)) as chat:
        chat.format = kind.__name__.lower()
        tried = clean(send(config(chat, room=room), "chat"))
        assert tried.outcome == "held" and "room" in tried.reason and not chat.taken


@pytest.mark.parametrize("kind, answer, wait", [
    (Telegram, Telegram.no(429, "Too Many Requests: retry after 35", retry_after=35), 35),
    (Matrix, Matrix.no(429, "M_LIMIT_EXCEEDED", retry_after_ms=41500), 42),
])
def test_the_pause_it_asks_for_is_kept(authority, config, send, kind, answer,
                                       wait):  # noqa: F811
    with kind(authority.context(HOST)) as chat:
        chat.format, chat.answer = kind.__name__.lower(), answer
        tried = clean(send(config(chat), "chat"))
        assert (tried.outcome, tried.retry_after) == ("deferred", wait)


def test_a_group_that_became_a_supergroup_is_named(authority, config, send):  # noqa: F811
    with Telegram(authority.context(HOST)) as chat:
        chat.format = "telegram"
        chat.answer = Telegram.no(400, "Bad Request: group chat was upgraded to a supergroup chat",
                                  migrate_to_chat_id=-1009876543210)
        tried = clean(send(config(chat), "chat"))
        assert tried.outcome == "held" and "room = -1009876543210" in tried.reason


def test_a_repetition_is_no_second_event_in_matrix(authority, config, send):  # noqa: F811
    with Matrix(authority.context(HOST)) as chat:
        chat.format = "matrix"
        for _ in range(2):
            assert send(config(chat), "chat").outcome == "sent"
        assert len(chat.requests) == 2 and len(chat.taken) == 1


def test_a_login_page_takes_no_message(chat, config, send):  # noqa: F811
    chat.answer = (200, "<!DOCTYPE html><title>Log in</title>")
    tried = clean(send(config(chat), "chat"))
    assert tried.outcome == "held" and "web page" in tried.reason


@pytest.mark.parametrize("status, outcome", [(500, "deferred"), (502, "deferred"), (413, "failed"),
                                             (302, "held"), (410, "held")])
def test_other_answers_are_read_by_their_status(chat, config, send, status,
                                                outcome):  # noqa: F811
    chat.answer = (status, "")
    assert clean(send(config(chat), "chat")).outcome == outcome


@pytest.mark.parametrize("room", ["alerts:example.org", "alerts", "-"])
@pytest.mark.parametrize("fmt", ["telegram", "matrix"])
def test_a_room_that_is_none_is_an_error_of_the_configuration(run, tmp_path, fmt,
                                                              room):  # noqa: F811
    (tmp_path / "its.token").write_text("x\n")
    (tmp_path / "its.token").chmod(0o600)
    done = run(f'[webhook "chat"]\nurl = https://chat.example\nformat = {fmt}\n'
               f"token_file = its.token\nroom = {room}\n", "chat")
    assert done.returncode == 78
    assert 'r.conf:5: [webhook "chat"] room: must be the' in done.stderr


def test_a_run_tells_a_chat_and_the_end_makes_no_sound(station):  # noqa: F811
    with Telegram() as chat:
        bl = station.zone()
        token = station.folder / "bot.token"
        token.write_text(chat.token + "\n")
        token.chmod(0o600)
        station.configure(channels=f'[webhook "phone"]\nformat = telegram\nurl = {chat.url("")}\n'
                                   f"token_file = bot.token\nroom = {chat.chat}\n")
        station.run()
        bl.listed[CLEAN] = "127.0.0.2"
        ran = station.run(after=HOUR)
        assert chat.taken[-1]["text"].startswith(f"LISTED (critical) mx1.example.org {CLEAN} bl.lab")
        assert chat.taken[-1]["disable_notification"] is False
        bl.listed.clear()
        station.run(after=DAY)
        assert chat.taken[-1]["text"].startswith(f"DELISTED mx1.example.org {CLEAN} bl.lab")
        assert chat.taken[-1]["disable_notification"] is True
        assert len(chat.taken) == 3
        chat.answer = Telegram.no(403, "Forbidden: bot was kicked from the supergroup chat")
        bl.listed[CLEAN] = "127.0.0.2"
        ran = station.run(after=DAY, code=None)
        assert "webhook phone is held: the bot was removed from the chat" in ran.err
        assert chat.token not in ran.out + ran.err + station.command("status", code=None).out
        assert chat.token.encode() not in station.state.read_bytes()
