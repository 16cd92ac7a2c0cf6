# SPDX-License-Identifier: ISC
"""Dropped privileges: who it runs as, and where it can write, seen from outside."""

import ctypes
import os
import pwd
import stat
import subprocess

import pytest

from conftest import OWN, REPMON, preloaded, reachable

LANDLOCK = ctypes.CDLL(None).syscall(444, None, 0, 1) > 0  # landlock_create_ruleset, its version

# What a fault in a library could do: on every socket it tries to make a file elsewhere.
INTRUDER = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int socket(int domain, int type, int protocol)
{
    char path[4096];
    static const char *const names[] = {"INTRUDE_INSIDE", "INTRUDE_ELSEWHERE"};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/intruder", getenv(names[i]));
        int fd = open(path, O_CREAT | O_WRONLY, 0600);
        if (fd >= 0)
            close(fd);
    }
    int (*next)(int, int, int) = (int (*)(int, int, int))dlsym(RTLD_NEXT, "socket");
    return next(domain, type, protocol);
}
"""


@pytest.fixture
def intruder(tmp_path):
    library = preloaded(tmp_path, INTRUDER)
    (tmp_path / "elsewhere").mkdir()
    return {**library, "INTRUDE_INSIDE": str(tmp_path / "state"),
            "INTRUDE_ELSEWHERE": str(tmp_path / "elsewhere")}


def write(conf, dns, top="", extra="", targets="ip = 192.0.2.10"):
    dns.zone("bl.lab")
    return conf(dns, {"bl.lab": OWN}, top=f"state = state/state.db\n{top}",
                extra=f"[targets]\n{targets}\n{extra}")


def test_a_run_can_write_beside_its_state_and_nowhere_else(repmon, conf, dns, tmp_path, intruder):
    config = write(conf, dns)
    assert repmon("run", conf=config, env=intruder).code == 0
    assert (tmp_path / "state" / "intruder").exists(), "the intruder did not try"
    told = " ".join(repmon("doctor", "--offline", conf=config).out.split())
    if LANDLOCK:
        assert not (tmp_path / "elsewhere" / "intruder").exists()
        assert "lets it write only next to the state" in told
    else:
        assert "no Landlock" in told


def test_reading_and_looking_are_confined_too(repmon, conf, dns, tmp_path, intruder,
                                              check_repmon):
    if not LANDLOCK:
        pytest.skip("this kernel has no Landlock")
    config = write(conf, dns)
    assert repmon("run", conf=config).code == 0
    repmon("check", "192.0.2.10", conf=config, env=intruder)
    repmon("-H", "192.0.2.10", "--config", config, program=check_repmon, env=intruder)
    assert (tmp_path / "state" / "intruder").exists()
    assert not (tmp_path / "elsewhere" / "intruder").exists()


def test_the_folder_of_the_metrics_can_be_written_too(repmon, conf, dns, tmp_path):
    (tmp_path / "metrics").mkdir()
    config = write(conf, dns, extra="[prometheus]\ntextfile = metrics/repmon.prom")
    assert repmon("run", conf=config).code == 0
    assert (tmp_path / "metrics" / "repmon.prom").exists()


def test_a_program_of_the_administrators_is_not_confined_and_doctor_says_so(
        repmon, conf, dns, tmp_path, intruder):
    mail = ('[mail "ops"]\nto = ops@example.org\nfrom = a@example.org\n'
            f"command = /usr/bin/tee {tmp_path}/elsewhere/mail")
    config = write(conf, dns, extra=mail)
    assert repmon("run", conf=config, env=intruder).code == 0
    assert "Subject:" in (tmp_path / "elsewhere" / "mail").read_text()
    assert (tmp_path / "elsewhere" / "intruder").exists(), "the intruder can't be caught at all"
    told = repmon("doctor", "--offline", conf=config)
    assert "not confined" in told.out and "command" in told.out


@pytest.mark.root("only root can become somebody else")
def test_root_becomes_the_user_before_any_file_is_made(repmon, conf, dns, tmp_path):
    nobody = pwd.getpwnam("nobody")
    house = tmp_path / "house"
    house.mkdir()
    os.chown(house, nobody.pw_uid, nobody.pw_gid)
    (tmp_path / "metrics").mkdir()
    os.chown(tmp_path / "metrics", nobody.pw_uid, nobody.pw_gid)
    reachable(tmp_path)
    dns.zone("bl.lab")
    config = conf(dns, {"bl.lab": OWN}, top="state = house/state/state.db\nuser = nobody",
                  extra="[targets]\nip = 192.0.2.10\n[prometheus]\n"
                        "textfile = metrics/repmon.prom")
    config.chmod(0o600)  # read as root, before
    assert repmon("run", conf=config).code == 0
    made = [*house.rglob("*"), *(tmp_path / "metrics").rglob("*")]
    assert {p.name for p in made} >= {"state", "state.db", "state.db.lock", "repmon.prom"}
    for path in made:
        assert path.stat().st_uid == nobody.pw_uid, path
        assert path.stat().st_gid == nobody.pw_gid, path
    assert stat.S_IMODE((house / "state").stat().st_mode) == 0o750
    assert stat.S_IMODE((house / "state" / "state.db").stat().st_mode) == 0o640


@pytest.mark.root("only root can become somebody else")
def test_who_lost_root_can_not_use_what_is_roots(repmon, conf, dns, tmp_path):
    reachable(tmp_path)
    (tmp_path / "state").mkdir(mode=0o700)
    config = write(conf, dns, top="user = nobody")
    assert repmon("run", conf=config).code in (73, 77)
    assert not list((tmp_path / "state").iterdir())


@pytest.mark.root("only root can become somebody else")
@pytest.mark.parametrize("words", [("run",), ("doctor", "--offline"), ("check", "192.0.2.10")])
def test_a_user_that_does_not_exist_stops_it_before_anything(repmon, conf, dns, tmp_path, words):
    config = write(conf, dns, top="user = no-such-user")
    ran = repmon(*words, conf=config)
    assert ran.code == (3 if words[0] == "check" else 77)
    assert "no-such-user" in ran.err
    assert not (tmp_path / "state").exists() and not dns.log


def test_the_process_can_gain_nothing_and_leaves_no_core(conf, dns, tmp_path):
    """What the kernel says of the running process, read from inside by a preloaded library."""
    status = tmp_path / "state" / "status"
    library = preloaded(tmp_path, INTRUDER.split("int socket")[0] + r"""
int socket(int domain, int type, int protocol)
{
    char line[256];
    FILE *in = fopen("/proc/self/status", "r"), *out = fopen(getenv("LOOK"), "w");
    while (in && out && fgets(line, sizeof line, in))
        fputs(line, out);
    if (out) {
        FILE *limits = fopen("/proc/self/limits", "r");
        while (limits && fgets(line, sizeof line, limits))
            fputs(line, out);
        fclose(out);
    }
    return ((int (*)(int, int, int))dlsym(RTLD_NEXT, "socket"))(domain, type, protocol);
}
""")
    config = write(conf, dns)
    subprocess.run([REPMON, "-c", config, "run"], check=True, capture_output=True, timeout=30,
                   env={**library, "LOOK": str(status), "PATH": "/usr/bin"})
    text = status.read_text()
    assert "NoNewPrivs:\t1" in text
    core = next(row for row in text.splitlines() if row.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]
    assert "Umask:\t0027" in text


READER = 4321  # a user of nobody's group, and of the group that may read the state


@pytest.mark.root("only root can be two users")
def test_membership_of_the_group_is_enough_to_read_and_what_writes_names_the_cure(
        repmon, conf, dns, tmp_path):
    owner = pwd.getpwnam("nobody")
    config = write(conf, dns, top=f"user = {owner.pw_name}\n")
    (tmp_path / "state").mkdir(mode=0o750)
    os.chown(tmp_path / "state", owner.pw_uid, owner.pw_gid)
    reachable(tmp_path)
    config.chmod(0o640)
    os.chown(config, 0, owner.pw_gid)
    assert repmon("run", conf=config).code == 0

    def reader():
        os.setgroups([owner.pw_gid])
        os.setgid(READER)
        os.setuid(READER)

    for words in ("status", "history", "targets", "lists", "ack", "doctor --offline"):
        ran = repmon(*words.split(), conf=config, preexec_fn=reader)
        assert "permission" not in ran.err.lower() and ran.code in (0, 1, 3), words
    for words in ("ack all all", "run", "run -n", "deliver"):
        ran = repmon(*words.split(), conf=config, preexec_fn=reader)
        assert ran.code == 77, words
        assert f"type `sudo -u {owner.pw_name}` before the command" in ran.err, words
