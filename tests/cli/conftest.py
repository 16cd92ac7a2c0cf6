# SPDX-License-Identifier: ISC
"""What every black-box test has: `repmon` runs the program and holds each run to the rules that
have no exception; `conf` writes a configuration; `dns` is a scripted resolver."""

import dataclasses
import glob
import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import time

import pytest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TESTS)

import lab  # noqa: E402

TOP = os.path.dirname(TESTS)
BUILD = os.environ.get("REPMON_BUILD", os.path.join(TOP, "build"))
REPMON = os.path.join(BUILD, "cmd", "repmon")
WRAPPER = shlex.split(os.environ.get("REPMON_WRAPPER", ""))
SLOW = 20 if WRAPPER else 4 if "asan" in BUILD else 1  # how much longer things may take here

OK, WARNING, CRITICAL, UNKNOWN = 0, 1, 2, 3


needs_resolved = pytest.mark.root(
    "only root can give systemd-resolved files of its own", have=lab.RESOLVED and subprocess.run(
        ["unshare", "--mount", "true"], capture_output=True, check=False).returncode == 0)


def reachable(folder):
    """Lets every user pass through to this folder; what others can pass already, such as /tmp, stays
    as it is."""
    for path in (folder, *folder.parents):
        mode = path.stat().st_mode
        if not mode & stat.S_IXOTH:
            path.chmod(mode | stat.S_IXOTH)


def become(user):
    """A preexec_fn: another user, in no group but that of the same number."""

    def start():
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)

    return start


NOBODY, DAEMON = 65534, 1


def pytest_configure(config):
    config.addinivalue_line("markers", "valgrind: also run under valgrind by tests/run --all")
    config.addinivalue_line("markers", "weeks: hundreds of runs, too many for the sanitizers")
    config.addinivalue_line("markers", "root(why, have): run as root, all others as nobody")


def pytest_collection_modifyitems(items):
    for item in items:
        mark = item.get_closest_marker("root")
        if mark and os.geteuid() != 0:
            item.add_marker(pytest.mark.skip(reason=mark.args[0]))
        elif mark and not mark.kwargs.get("have", True):
            item.add_marker(pytest.mark.skip(reason="not installed, or not possible here"))


def pytest_make_parametrize_id(val, argname):
    """A case's name must be the same in every worker, and gzip writes the time of day into its
    output; long values would be unreadable names besides."""
    return argname if isinstance(val, (bytes, str)) and len(val) > 60 else None


@dataclasses.dataclass
class Ran:
    code: int
    out: str
    err: str
    seconds: float

    def json(self):
        return json.loads(self.out)

    def target(self, ip):
        return next(t for t in self.json()["targets"] if t["ip"] == ip)

    def result(self, ip, zone):
        return next(r for r in self.target(ip)["results"] if r["list"] == zone)

    def list(self, zone):
        return next(x for x in self.json()["lists"] if x["list"] == zone)

    def verdict(self, ip, zone):
        """The state of one address on one list, or the cause why it is unknown."""
        r = self.result(ip, zone)
        if r["level"] == "unknown":
            # What was not proven is never worded as a state.
            assert r["state"] in (None, ""), r
            assert r["cause"], r
            return r["cause"]
        return r["state"]


ENVELOPE = ["version", "generator", "instance", "time"]


def strict(text):
    """Strict JSON (RFC 8259): no member twice, no character that reorders the text."""

    def unique(pairs):
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), f"a member twice: {names}"
        return dict(pairs)

    def never(word):
        raise AssertionError(f"{word} is no JSON")

    assert "\u202e" not in text and "\ufeff" not in text
    return json.loads(text, object_pairs_hook=unique, parse_constant=never)


def assert_json(args, out):
    """Output requested as JSON is one object with the envelope, or nothing; explain prints one
    object per line."""
    asked = any(a in ("-f", "--format") and b == "json" for a, b in zip(args, args[1:]))
    if not asked or not out:
        return
    if "explain" in args:
        for line in out.splitlines():
            strict(line)
    else:
        assert list(strict(out))[:len(ENVELOPE)] == ENVELOPE


@pytest.fixture
def repmon(tmp_path):
    """repmon(*arguments): runs the program. Its `secrets` may appear in no output."""

    def run(*args, conf=None, env=None, timeout=30, program=REPMON, stdin=subprocess.DEVNULL,
            preexec_fn=None):
        argv = [*WRAPPER, program, *(["-c", str(conf)] if conf else []), *map(str, args)]
        if preexec_fn and os.geteuid() == 0:  # another user may not see the folder of the build
            copy = tmp_path / "copy" / os.path.basename(program)
            copy.parent.mkdir(exist_ok=True)
            if not copy.exists():  # one that just ran may still be busy
                shutil.copy(program, copy)
            argv[len(WRAPPER)] = copy
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC",
                       "HOME": str(tmp_path)}
        environment.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})
        for key, value in (env or {}).items():
            environment.pop(key, None)
            if value is not None:
                environment[key] = value
        start = time.monotonic()
        done = subprocess.run(argv, stdin=stdin, capture_output=True, cwd=tmp_path,
                              env=environment, timeout=timeout * SLOW, check=False,
                              preexec_fn=preexec_fn)
        out, err = (x.decode("utf-8", "strict") for x in (done.stdout, done.stderr))
        ran = Ran(done.returncode, out, err, time.monotonic() - start)
        told = f"{args}: exit {ran.code}\n--- stdout\n{out}\n--- stderr\n{err}"
        print(told)  # pytest shows it with a failure
        assert ran.code >= 0, f"killed by a signal: {told}"
        assert ran.code not in (70, 99), f"a bug: {told}"
        for word in ("Sanitizer", "runtime error", "Assertion", "assertion"):
            assert word not in err, told
        assert "all clear" not in (out + err).lower()
        control = re.compile("[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]")
        assert not control.search(out), f"a control character on stdout: {told}"
        assert not control.search(err), f"a control character on stderr: {told}"
        assert_json(args, out)
        for secret in run.secrets:
            assert secret not in out + err, f"a secret is shown: {told}"
        return ran

    run.secrets = []

    def json_run(*args, **kwargs):
        """check --format json; checks what holds for every report."""
        ran = run("check", "--format", "json", *args, **kwargs)
        assert_report(ran)
        return ran

    run.check = json_run
    return run


EXIT = {"ok": OK, "info": OK, "warning": WARNING, "critical": CRITICAL, "unknown": UNKNOWN}
ORDER = ["ok", "info", "unknown", "warning", "critical"]


def assert_report(ran):
    """Contract section 4, and sums that must agree in any report."""
    report = ran.json()
    assert report["version"] == 1
    assert re.fullmatch(r"repmon \d+\.\d+\.\d+\S*", report["generator"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", report["time"])
    assert report["instance"]
    assert list(report)[-1] == "summary" and list(report)[-2] == "lists"
    summary = report["summary"]
    levels = [t["level"] for t in report["targets"]]
    assert summary["targets"] == len(levels)
    for level in ORDER:
        assert summary[level] == levels.count(level), level
    assert summary["level"] == max(levels, key=ORDER.index)
    assert ran.code == EXIT[summary["level"]]
    names = [(x["source"], x["list"]) for x in report["lists"]]
    assert len(set(names)) == len(names)
    for entry in report["lists"]:
        assert entry["health"] in ("ok", "blind", "untrusted", "off")
    for target in report["targets"]:
        asked = [(r["source"], r["list"]) for r in target["results"]]
        assert len(set(asked)) == len(asked), "a list appears twice"
        for r in target["results"]:
            assert (r["source"], r["list"]) in names
            assert set(r) >= {"source", "list", "level", "state", "cause", "codes"}
            assert r["level"] in ORDER
            if r["level"] == "ok" and r["source"] == "dnsbl":
                # Never a false clean: ok only with a proof, and a proof has its time.
                assert r["proven"], r
                assert r["cause"] in (None, "")
            if r["state"] == "listed":
                assert r["codes"], r
            for code in r["codes"]:
                assert set(code) >= {"answer", "name", "meaning", "severity"}
        if not any(r["level"] != "unknown" for r in target["results"]):
            assert target["level"] == "unknown", "nothing proven, and not unknown"


def preloaded(folder, source):
    """The environment that preloads this C source, compiled, into the program."""
    if WRAPPER or "asan" in BUILD:
        pytest.skip("the sanitizer's library and valgrind don't share a process with this one")
    text, library = folder / "preloaded.c", folder / "preloaded.so"
    text.write_text(source)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, text], check=True)
    return {"LD_PRELOAD": str(library)}


def moved_clock(fake, **more):
    """The environment under which the program sees another time (libfaketime's words); a
    sanitizer's own library must come first."""
    libraries = [glob.glob("/usr/lib/*/faketime/libfaketime.so.1")[0]]
    env = {"FAKETIME": fake, **more}
    if "asan" in BUILD:
        libraries.insert(0, subprocess.run(["gcc", "-print-file-name=libasan.so"], check=True,
                                           capture_output=True, text=True).stdout.strip())
        env["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    return {**env, "LD_PRELOAD": " ".join(libraries)}


@pytest.fixture
def check_repmon(tmp_path):
    """The plugin is the same program under another name, as `meson install` links it."""
    path = tmp_path / "check_repmon"
    path.symlink_to(REPMON)
    return path


@pytest.fixture
def dns():
    with lab.Scripted() as server:
        yield server


@pytest.fixture
def unconfigured():
    """For runs without -c, which read the machine's own configuration."""
    if os.path.exists("/etc/repmon/repmon.conf"):
        pytest.skip("this machine has a configuration")


class Conf:
    """Writes configurations. lists: {zone: {key: value or [values]}}."""

    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    def __call__(self, resolver, lists, top="", use="none", timeout="300ms", tries=2, dns="",
                 extra="", ptr="use = none"):
        resolvers = resolver if isinstance(resolver, (list, tuple)) else [resolver]
        lines = ["[dns]"]
        lines += [f"resolver = {r if isinstance(r, str) else r.address}" for r in resolvers]
        lines += [f"timeout = {timeout}", f"tries = {tries}", dns, "[dnsbl]", f"use = {use}"]
        lines += ["[ptr]", ptr]
        # The default is a folder of the machine's, and whose it is decides who root becomes.
        state = "" if "state =" in top else f"state = {self.folder}/nowhere/state.db"
        lines = ["[repmon]", state, top, *lines]
        for zone, keys in lists.items():
            lines.append(f'[dnsbl "{zone}"]')
            for key, value in keys.items():
                for v in value if isinstance(value, list) else [value]:
                    lines.append(f"{key} = {v}")
        lines.append(extra)
        return self.text("\n".join(lines) + "\n")

    def text(self, text):
        self.count += 1
        path = self.folder / f"repmon{self.count}.conf"
        path.write_text(text)
        return path


OWN = {"code": "127.0.0.2 LAB critical", "test": "127.0.0.2"}  # a list as an administrator adds it


@pytest.fixture
def conf(tmp_path):
    return Conf(tmp_path)


@pytest.fixture
def own():
    return lambda **keys: {**OWN, **keys}
