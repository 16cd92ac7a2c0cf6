# SPDX-License-Identifier: ISC
"""A configuration with mistakes: all of them at once, each with file, line and key, and nothing
asked. For check they are exit code 3 (contract section 2)."""

import pytest

from conftest import OK, UNKNOWN

CLEAN = "192.0.2.10"
GOOD = {
    "repmon": ["state = nowhere/state.db"],
    "dns": ["resolver = {resolver}", "timeout = 300ms"],
    "dnsbl": ["use = none"],
    "ptr": ["use = none"],
    'dnsbl "bl.lab"': ["code = 127.0.0.2 LAB critical", "test = 127.0.0.2"],
}


def merged(text, resolver):
    """The good configuration with `text` worked in: what follows a section of its own stands in
    it, and all else at the end. Gives the text and the line of each of text's lines."""
    parts = {name: [("", line.format(resolver=resolver)) for line in lines]
             for name, lines in GOOD.items()}
    rest, here = [], None
    for i, line in enumerate(text.split("\n")):
        name = line[1:-1] if line.startswith("[") and line.endswith("]") else None
        if name in parts:
            here = parts[name]
        elif name is not None or here is None:
            here = rest
            here.append((i, line))
        else:
            here.append((i, line))
    lines = []
    for name, part in parts.items():
        lines += [("", f"[{name}]"), *part]
    lines += rest
    return ("\n".join(line for _, line in lines) + "\n",
            {i: n for n, (i, _) in enumerate(lines, 1) if i != ""})


@pytest.fixture
def with_text(repmon, conf, dns):
    def run(text, code=UNKNOWN, names=".conf:"):
        dns.zone("bl.lab")
        whole, lines = merged(text, dns.address)
        path = conf.text(whole)
        ran = repmon("check", CLEAN, conf=path)
        assert ran.code == code, ran.err
        if code == UNKNOWN:
            assert not dns.log, "nothing is asked with a broken configuration"
            assert not ran.out
            assert names in ran.err
        ran.lines = lines
        return ran

    return run


@pytest.mark.parametrize("folder, file, warned", [
    (0o755, 0o644, True), (0o755, 0o640, False), (0o750, 0o644, False)])
def test_an_address_in_a_file_that_others_can_read_is_warned_of(repmon, conf, dns, tmp_path,
                                                               folder, file, warned):
    """The package's own file is 0644 in a folder that only repmon's group can enter; a warning
    about it would be a mail from cron every hour."""
    dns.zone("bl.lab")
    hook = '[webhook "chat"]\nurl = https://chat.example.org/secret\n'
    path = conf.text(merged(hook, dns.address)[0])
    path.chmod(file)
    tmp_path.chmod(folder)
    ran = repmon("check", CLEAN, conf=path)
    assert ran.code == OK
    assert ("may contain a secret" in ran.err) == warned, ran.err
    assert "chat.example.org/secret" not in ran.err


def test_the_good_configuration_is_good(with_text):
    """Otherwise no test here could fail for the right reason."""
    with_text("[dns]\ntries = 3\n[dnsbl]\nreasons = no\n[targets]\nip = 192.0.2.1", code=OK)


TEN = """[targets]
ip = 300.1.1.1
max_targets = many
[dns]
tries = 0
resolver = nameserver.example
timeout = 5s
[repmon]
deadline = -1m
blind_severity = terrible
colour = blue
[dnsbl "x.lab"]
severity = fatal
test = somewhere
code = 127.0.0.2
[tagrets]"""
MISTAKES = {i: line for i, line in enumerate(TEN.split("\n"))
            if not line.startswith("[") or "tagrets" in line}


@pytest.mark.valgrind
def test_ten_mistakes_are_told_in_one_go_with_their_lines(with_text):
    ran = with_text(TEN)
    for i, line in MISTAKES.items():
        told = [x for x in ran.err.splitlines() if f".conf:{ran.lines[i]}:" in x]
        assert len(told) == 1, line
        key = line.split(" ")[0]
        assert key in told[0]
    assert len(MISTAKES) == 12


def test_a_typo_in_a_section_name(with_text):
    ran = with_text("[tagrets]")
    assert "[targets]" in ran.err, "the nearest name is offered"


@pytest.mark.parametrize("line", [
    "[dns]\nresolver 127.0.0.1", "[dns]\nresolver : 127.0.0.1", "[ping] url_file = x",
    " [repmon]", "[dns]\n  tries = 2", "[repmon", "[dnsbl \"a]", "[dnsbl \"a\" x]",
    "[dnsbl bl2.lab]", "[dns]\n= 5s", "[dns]\ntries =", "[repmon]\ndeadline = 5s # five",
    "[repmon]\nkeep = 1d\nkeep = 2d", "[dnsbl]\nuse = none", "[dnsbl \"a ;b\"]", "[]", "[ ]",
    "[dnsbl \"\"]", "[dnsbl \"-x-.lab\"]", "[dnsbl \"a..b\"]", "[repmon]\ninstance = a\x00b",
    "[repmon]\ninstance = a\x1b[2Jb", "x = 1\n[repmon]", "[repmon]\ninstance = " + "x" * 5000,
    "[repmon]\ndeadline = 99999999999999999999h", "[dns]\ntries = 3.5", "[dnsbl]\nuse = some",
    "[prometheus]\ntextfile = m.prom\n[prometheus]", "[dnsbl \"x.lab\"]\n[dnsbl \"X.LAB\"]",
    "[mail \"ops\"]\nto = a@example.org\nfrom = b@example.org\nserver = s.example.org:465\ntls = off"])
def test_what_is_no_configuration_is_an_error_in_its_line(with_text, line):
    ran = with_text(line)
    told = [x for x in ran.err.splitlines() if ".conf:" in x]
    assert told
    assert any(f".conf:{n}:" in x for x in told for n in ran.lines.values())


@pytest.mark.parametrize("name", ["bad name", "mon1\tb", "mon\u00e41", "a\"b", "<mon1>", "a,b"])
def test_the_name_of_a_monitor_is_one_word(with_text, name):
    """It becomes part of subjects, keys of incidents and labels."""
    ran = with_text(f"[repmon]\ninstance = {name}")
    told, = [x for x in ran.err.splitlines() if "instance" in x]
    assert f".conf:{max(ran.lines.values())}:" in told and "one word" in told and "mon1" in told


@pytest.mark.parametrize("name", ["mon1", "mx-1.example.org", "eu/rack_2:b", "kubernetes@a+b"])
def test_a_usual_name_of_a_monitor_is_taken(with_text, name):
    with_text(f"[repmon]\ninstance = {name}\n", code=OK)


@pytest.mark.parametrize("path", [".", "..", "metrics/", "/var/lib/node_exporter/", "a/..", "/"])
@pytest.mark.parametrize("key", ["[prometheus]\ntextfile", "[html]\nfile"])
def test_a_file_that_can_only_be_a_folder_is_an_error_in_its_line(with_text, key, path):
    ran = with_text(f"{key} = {path}")
    told, = [x for x in ran.err.splitlines() if key.split()[1] + ":" in x or "must name a file" in x]
    assert "must name a file" in told and f".conf:{max(ran.lines.values())}:" in told


def test_an_empty_talos_section_is_not_invisible(with_text):
    """Either it needs a method and says so, or it means the default; never a crash."""
    ran = with_text("[talos]\n", code=UNKNOWN)
    assert "talos" in ran.err


def test_port_465_is_tls_from_the_first_byte(with_text):
    mail = '[mail "ops"]\nto = a@example.org\nfrom = b@example.org\nserver = '
    with_text(mail + "smtp.example.org:465\n", code=OK)
    with_text(mail + "smtp.example.org:2465\ntls = implicit\n", code=OK)


def test_port_465_without_tls_is_a_contradiction(with_text):
    ran = with_text('[mail "ops"]\nto = a@example.org\nfrom = b@example.org\n'
                    "server = smtp.example.org:465\ntls = off\n")
    assert "465" in ran.err and "first byte" in ran.err


def test_comments_blank_lines_crlf_and_utf8(with_text):
    with_text("; a comment\r\n# another\r\n\r\n[targets]\r\nip = 192.0.2.1  mäil ; inline\r\n",
              code=OK)


def test_a_value_may_hold_a_semicolon_without_blank(with_text):
    with_text('[targets]\nip = 192.0.2.1 a;b\n', code=OK)


def test_a_file_that_is_not_there(repmon, tmp_path):
    ran = repmon("check", CLEAN, conf=tmp_path / "missing.conf")
    assert ran.code == UNKNOWN and "missing.conf" in ran.err and not ran.out


def test_a_folder_as_configuration(repmon, tmp_path):
    ran = repmon("check", CLEAN, conf=tmp_path)
    assert ran.code == UNKNOWN and ran.err


def test_a_configuration_over_one_mebibyte(repmon, conf):
    ran = repmon("check", CLEAN, conf=conf.text("# x\n" * (300 << 10)))
    assert ran.code == UNKNOWN and ran.err and len(ran.err) < 2000


def test_a_hundred_thousand_mistakes_do_not_flood_the_terminal(repmon, conf):
    ran = repmon("check", CLEAN, conf=conf.text("bad\n" * 100000))
    assert ran.code == UNKNOWN
    assert len(ran.err.splitlines()) <= 110


@pytest.mark.parametrize("command", [["run"], ["login", "x"], ["accounts"],
                                     ["explain", "--replay", "mail.log"]])
def test_a_configuration_that_is_not_there_has_its_cure(repmon, tmp_path, command):
    ran = repmon(*command, conf=tmp_path / "none.conf")
    assert ran.code == 66
    assert "name one with --config FILE, or copy config.example there" in ran.err


def test_binary_rubbish(repmon, conf, tmp_path):
    path = tmp_path / "rubbish.conf"
    for data in (bytes(range(1, 256)) * 64, b"\x7fELF\x02\x01\n" + b"\0key = x\n\0\0" * 50):
        path.write_bytes(data)
        ran = repmon("check", CLEAN, conf=path)
        assert ran.code == UNKNOWN
        told = [x for x in ran.err.splitlines() if "rubbish.conf" in x]
        assert len(told) == 1 and "is not a text file" in told[0]


def test_a_catalogue_file_replaces_the_built_in_one(with_text, tmp_path):
    (tmp_path / "bad.json").write_text('{"lists": [')
    ran = with_text("[dnsbl]\ncatalogue = bad.json", names="bad.json:1:")
    assert "see catalogue in [dnsbl]" in ran.err
    with_text("[dnsbl]\ncatalogue = none.json", names="none.json: No such file")


@pytest.mark.parametrize("exotic", ["[dnsbl \"bl2.lab\"]\ncode = 127.0.0.300 X minor",
                                    "[dnsbl \"bl2.lab\"]\ncode = 127.0.0.9-127.0.0.2 X minor",
                                    "[dnsbl \"bl2.lab\"]\ncode = 192.0.2.1 X minor",
                                    "[dnsbl \"bl2.lab\"]\ncode = 127.0.0.4-128.0.0.1 X minor",
                                    "[dnsbl \"bl2.lab\"]\ncode = 127.0.0.2 X",
                                    "[dnsbl \"bl2.lab\"]\nerror = 127.0.0",
                                    "[dnsbl \"bl2.lab\"]\nfamilies = 5",
                                    "[dnsbl \"bl2.lab\"]\nkind = grey"])
def test_bad_codes_and_words_of_a_list(with_text, exotic):
    with_text(exotic + "\n")


@pytest.mark.parametrize("key, secret, words", [
    ("routing_key_file", b"R0UTING\xffKEY", "printable ASCII"),
    ("routing_key_file", b"R0UTING\xc3\xa9KEY", "printable ASCII"),
    ("routing_key_file", b"R0UTING KEY", "printable ASCII"),
    ("token_file", b"t0k\xe9n", "printable ASCII"), ("token_file", b"t0k en", "printable ASCII"),
    ("secret_file", b"no base64", "openssl rand -base64"),
    ("secret_file", b"whsec_no_base64", "openssl rand -base64"),
    ("secret_file", b"whsec_", "openssl rand -base64"),
    ("secret_file", b"aGVs=bG8", "openssl rand -base64"),
    ("url_file", b"https://user:hunter2@hook.example/", "must not contain a user name or password"),
])
def test_a_secret_that_cannot_be_used_is_an_error_before_anything_is_sent(repmon, conf, tmp_path,
                                                                         key, secret, words):
    (tmp_path / "hook.key").write_bytes(secret + b"\n")
    (tmp_path / "hook.key").chmod(0o600)
    form = "pagerduty" if key == "routing_key_file" else "repmon"
    url = "" if key == "url_file" or form == "pagerduty" else "url = https://hook.example/x"
    ran = repmon("targets", conf=conf.text(f'[webhook "w"]\nformat = {form}\n{url}\n'
                                           f"{key} = {tmp_path}/hook.key\n[targets]\nip = 192.0.2.1"))
    assert ran.code == 78 and key in ran.err and words in " ".join(ran.err.split())
    assert secret == b"whsec_" or secret.decode("latin-1") not in ran.err
