# SPDX-License-Identifier: ISC
"""The Debian package: built from a clean copy of the sources, installed on this machine, used as
its user would, removed and purged. Does nothing on a machine that has repmon installed."""

import grp
import os
import pwd
import re
import shutil
import subprocess

import pytest
from conftest import BAD, CLEAN, CRITICAL, TOP, UNKNOWN, need, sh

CONF, STATE = "/etc/repmon", "/var/lib/repmon"


def installed():
    return subprocess.run(["dpkg-query", "-W", "-f=${db:Status-Status}", "repmon"],
                          capture_output=True, text=True, check=False).stdout


def apt(*words):
    return sh("apt-get", "-y", "-qq", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0",
              "-o", "DPkg::Lock::Timeout=120", *words,
              env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


@pytest.fixture
def machine(deb):
    """repmon installed; purged at the end, whatever happened."""
    if os.getuid() != 0:
        pytest.skip("installing needs root")
    if installed() or os.path.exists(CONF) or os.path.exists(STATE):
        pytest.skip("repmon is installed on this machine")
    try:
        apt("install", str(deb))
        yield deb
    finally:
        sh("dpkg", "--purge", "repmon", code=None)
        for folder in (CONF, STATE):
            shutil.rmtree(folder, ignore_errors=True)
        sh("deluser", "--quiet", "--system", "repmon", code=None)


def owner(path):
    st = os.stat(path)
    return (pwd.getpwuid(st.st_uid).pw_name, grp.getgrgid(st.st_gid).gr_name, st.st_mode & 0o777)


def as_user(*argv, code=0, user="repmon", group="repmon"):
    return sh("setpriv", f"--reuid={user}", f"--regid={group}", "--init-groups", *argv,
              code=code, cwd="/", env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin"})


def cron():
    """The one line of the cron file as (user, command)."""
    with open("/etc/cron.d/repmon", encoding="utf-8") as f:
        (line,) = [x for x in f if re.match(r"[0-9*]", x)]
    assert "%" not in line  # cron would make a line break of it
    return line.rstrip("\n").split(None, 6)[5:]


def run_cron():
    user, command = cron()
    assert user == "repmon"
    return as_user("/bin/sh", "-c", command, code=None)


def test_lintian_has_nothing_to_say(built):
    need("lintian")
    (changes,) = built.glob("repmon_*.changes")
    # A multiplication of x86 reads "IiF" (49 69 46), which lintian takes for a misspelt "If".
    out = sh("lintian", "--fail-on", "error,warning,info", "--display-info",
             "--suppress-tags", "spelling-error-in-binary", changes)
    assert not re.search(r"^[EWI]:", out, re.M), out


def test_the_package_holds_manuals_completion_examples_and_the_plugin(deb):
    listing = sh("dpkg-deb", "-c", deb)
    for path in ("usr/bin/repmon", "usr/bin/check_repmon -> repmon",
                 "usr/lib/nagios/plugins/check_repmon -> ../../../bin/repmon",
                 "usr/share/man/man1/repmon.1.gz", "usr/share/man/man5/repmon.conf.5.gz",
                 "usr/share/man/man7/repmon-alerts.7.gz",
                 "usr/share/man/man7/repmon-many.7.gz", "usr/share/man/man8/check_repmon.8.gz",
                 "usr/share/bash-completion/completions/repmon",
                 "usr/share/bash-completion/completions/check_repmon",
                 "usr/share/zsh/vendor-completions/_repmon",
                 "usr/share/doc/repmon/config.example",
                 "usr/share/doc/repmon/examples/icinga/repmon.conf",
                 "usr/share/doc/repmon/examples/mail/exim-reports",
                 "usr/share/doc/repmon/examples/mail/postfix-aliases",
                 "usr/share/doc/repmon/examples/prometheus/repmon.rules.yml",
                 "usr/share/doc/repmon/examples/prometheus/dashboard.json",
                 "usr/share/doc/repmon/examples/container/indexed-job.yaml"):
        assert re.search(r"\./" + re.escape(path) + "$", listing, re.M), path
    assert re.search(r"\./(usr/)?lib/systemd/system/repmon\.timer$", listing, re.M)


def test_an_upgrade_stops_no_run_and_leaves_the_timer_going(deb, tmp_path):
    sh("dpkg-deb", "-e", deb, tmp_path)
    scripts = {p.name: p.read_text() for p in tmp_path.iterdir() if p.name.startswith(("p", "P"))}
    assert not any("repmon.service" in text for text in scripts.values())
    assert "stop" not in scripts.get("preinst", "")
    assert re.search(r'if \[ -n "\$2" \]; then\s+_dh_action=restart\s.*'
                     r"deb-systemd-invoke \$_dh_action '?repmon\.timer", scripts["postinst"], re.S)
    assert re.search(r"= remove .*deb-systemd-invoke stop '?repmon\.timer", scripts["prerm"], re.S)
    # Without a cron nothing would ever run it: systemd alone does not, until its timer is enabled.
    assert sh("dpkg-deb", "-f", deb, "Recommends").startswith("cron | cron-daemon\n")


def test_from_installation_to_a_cron_job_that_finds_something(machine, station):
    with open(os.path.join(TOP, "meson.build"), encoding="utf-8") as f:
        version = re.search(r"version: '([^']+)'", f.read())[1]
    assert sh("repmon", "--version") == f"repmon {version}\n"
    assert version in machine.name
    assert sh("/usr/lib/nagios/plugins/check_repmon", "--version",
              code=UNKNOWN) == f"check_repmon {version}\n"  # as the guidelines of plugins say
    assert owner(CONF) == ("root", "repmon", 0o750)
    assert owner(STATE) == ("repmon", "repmon", 0o750)
    assert pwd.getpwnam("repmon").pw_shell.endswith("nologin")
    assert sh("dpkg", "--verify", "repmon") == ""

    # As long as nobody has edited the configuration, nothing happens.
    with open(os.path.join(CONF, "repmon.conf"), encoding="utf-8") as f:
        assert f.read() == open(os.path.join(TOP, "config.example"), encoding="utf-8").read()
    assert run_cron() == ""
    assert os.listdir(STATE) == []

    # No channel: cron mails what is printed.
    station.zone().listed[BAD] = "127.0.0.2"
    station.configure(targets=f"ip = {CLEAN} clear\nip = {BAD} listed", channels="")
    text = station.conf.read_text().replace("state = state/state.db\n", "")
    with open(os.path.join(CONF, "repmon.conf"), "w", encoding="utf-8") as f:
        f.write(text)
    as_user("repmon", "doctor", "--offline")
    out = run_cron()
    assert BAD in out and "bl.lab" in out
    assert owner(os.path.join(STATE, "state.db")) == ("repmon", "repmon", 0o640)
    assert run_cron() == ""

    # The user of a monitoring system needs the group and nothing else.
    plugin = ("/usr/lib/nagios/plugins/check_repmon", "--state", "-H", BAD)
    out = as_user(*plugin, code=UNKNOWN, user="nobody", group="nogroup")
    assert out.startswith("REPMON UNKNOWN - /var/lib/repmon/state.db: ") and "group" in out
    sh("adduser", "--quiet", "nobody", "repmon")
    try:
        out = as_user(*plugin, code=CRITICAL, user="nobody", group="nogroup")
    finally:
        sh("deluser", "--quiet", "nobody", "repmon", code=None)
    assert out.startswith(f"REPMON CRITICAL - {BAD} listed: bl.lab")

    # The timer takes over from cron by being enabled.
    wants = "/etc/systemd/system/timers.target.wants"
    made = not os.path.isdir(wants)
    os.makedirs(wants, exist_ok=True)
    link = os.path.join(wants, "repmon.timer")
    os.symlink("/lib/systemd/system/repmon.timer", link)
    try:
        os.unlink(os.path.join(STATE, "state.db"))
        assert run_cron() == ""
        assert not os.path.exists(os.path.join(STATE, "state.db"))
    finally:
        os.unlink(link)
        if made:
            os.removedirs(wants)
    assert BAD in run_cron()

    # A new version leaves the administrator's file alone; removing keeps the state.
    apt("install", "--reinstall", str(machine))
    with open(os.path.join(CONF, "repmon.conf"), encoding="utf-8") as f:
        assert f.read() == text
    sh("dpkg", "--remove", "repmon")
    assert os.path.exists(os.path.join(STATE, "state.db"))
    assert os.path.exists(os.path.join(CONF, "repmon.conf"))
    assert run_cron() == ""  # the cron file stays until the purge, and is quiet
    sh("dpkg", "--purge", "repmon")
    assert not os.path.exists(STATE)
    assert not os.path.exists(CONF)
    assert not os.path.exists("/etc/cron.d/repmon")


def test_a_purge_leaves_the_administrators_secrets(machine):
    secret = os.path.join(CONF, "dqs.key")
    with open(secret, "w", encoding="utf-8") as f:
        f.write("0123456789abcdefghijklmnop\n")
    sh("dpkg", "--purge", "repmon")
    assert os.listdir(CONF) == ["dqs.key"]


def test_the_service_may_do_what_the_configuration_can_ask_for():
    """[repmon] group needs chown, which is not among what systemd takes for harmless."""
    need("systemd-analyze")
    with open(os.path.join(TOP, "contrib", "systemd", "repmon.service"), encoding="utf-8") as f:
        lines = re.findall(r"^SystemCallFilter=(.*)$", f.read(), re.M)
    allowed = set()
    for line in lines:
        words = line.lstrip("~").split()
        calls = set()
        while words:
            word = words.pop()
            if word[0] != "@":
                calls.add(word)
                continue
            listed = sh("systemd-analyze", "syscall-filter", word)
            words += [x.strip() for x in listed.splitlines()[1:] if x.strip()[:1] not in ("#", "")]
        allowed = allowed - calls if line[0] == "~" else allowed | calls
    assert {"fchown", "fchmod", "fsync", "renameat", "connect", "prlimit64",
            "landlock_restrict_self"} <= allowed
    assert not {"setuid", "mount", "ptrace", "reboot"} & allowed


def test_the_units_are_what_systemd_understands(machine):
    need("systemd-analyze")
    out = sh("systemd-analyze", "verify", "repmon.service", "repmon.timer", code=None)
    ours = [line for line in out.splitlines() if "repmon" in line and "man repmon" not in line]
    assert not ours, out
    score = sh("systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager",
               "repmon.service", code=None)
    assert "OK" in score.splitlines()[-1], score
