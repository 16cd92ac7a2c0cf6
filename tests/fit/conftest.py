# SPDX-License-Identifier: ISC
"""How repmon fits into other people's programs: Nagios, Icinga, Prometheus, dpkg. The fixtures are
those of tests/cli, and `plugins`: a folder that a monitoring daemon's user can read."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import pytest

CLI = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "cli")
sys.path.insert(0, CLI)
_spec = importlib.util.spec_from_file_location("cli_conftest", os.path.join(CLI, "conftest.py"))
_cli = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_cli)
globals().update({k: v for k, v in vars(_cli).items() if not k.startswith("_")})

from station import BAD, CLEAN, station  # noqa: E402,F401  (a fixture)


def need(*programs):
    for program in programs:
        if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            pytest.skip(f"{program} is not installed")


def wait_for(what, seconds=30):
    """Polls until what() is true; returns it, or None when time is up."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.1)
    return None


def sh(*argv, code=0, **kwargs):
    done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, **kwargs)
    told = f"{argv}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    print(told[-4000:])
    assert code is None or done.returncode == code, told[-4000:]
    return done.stdout + done.stderr


def sources():
    """What git would commit, or all of a source archive."""
    git = shutil.which("git") or "false"
    done = subprocess.run([git, "ls-files", "-co", "--exclude-standard", "-z"], cwd=TOP,
                          capture_output=True, text=True, check=False)
    names = [n for n in done.stdout.split("\0") if n]
    if not names:
        names = [os.path.relpath(os.path.join(base, f), TOP)
                 for base, folders, files in os.walk(TOP) for f in files
                 if "/build" not in base and "/.git" not in base]
    return [n for n in names if os.path.exists(os.path.join(TOP, n))]


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """Folder with the finished package; the sources lay in its subfolder. REPMON_PACKAGE names
    one that is there already."""
    if os.environ.get("REPMON_PACKAGE"):
        return type(tmp_path_factory.getbasetemp())(os.environ["REPMON_PACKAGE"])
    need("dpkg-buildpackage", "dh")
    folder = tmp_path_factory.mktemp("package")
    for name in sources():
        target = folder / "repmon" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(os.path.join(TOP, name), target)
    env = {k: v for k, v in os.environ.items() if k in ("PATH", "LC_ALL", "TZ", "HOME")}
    sh("dpkg-buildpackage", "-us", "-uc", "-b", cwd=folder / "repmon",
       env={**env, "DEB_BUILD_OPTIONS": "parallel=2"})
    return folder


@pytest.fixture(scope="session")
def deb(built):
    (found,) = built.glob("repmon_*.deb")
    return found


class Daemon:
    """A program in the foreground of its own process group, with its output in a file."""

    def __init__(self, folder, argv, user=None):
        self.log = folder / "output"
        self.argv = argv
        self.user = user

    def __enter__(self):
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen(
                self.argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                cwd="/", start_new_session=True, user=self.user, group=self.user,
                extra_groups=[] if self.user else None)
        return self

    def stop(self):
        """SIGTERM to the daemon alone, so that it can save its state; then whoever is left."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(20)

    def __exit__(self, *args):
        self.stop()

    def output(self):
        return self.log.read_text(errors="replace")


class Plugins:
    """A folder with a state that a run has saved, its configuration, and the plugin; `user` (None
    when not root) can read all of it and write to `folder`."""

    def __init__(self, folder, station, user):
        self.folder, self.user = folder, user
        self.bin = folder / "bin"
        self.bin.mkdir()
        shutil.copy(REPMON, self.bin / "repmon")  # noqa: F821
        self.conf = folder / "repmon.conf"
        shutil.copy(station.conf, self.conf)
        shutil.copytree(station.state.parent, folder / "state")
        # The definitions name no configuration: that of /etc is the machine's own.
        self.wrapped = folder / "plugins"
        self.wrapped.mkdir()
        (self.bin / "check_repmon").symlink_to("repmon")
        script = self.wrapped / "check_repmon"
        script.write_text(f'#!/bin/sh\nexec {self.bin}/check_repmon --config {self.conf} "$@"\n')
        script.chmod(0o755)

    def give(self):
        """All of it to the user; called when the files are written."""
        for base, folders, files in os.walk(self.folder):
            for name in [base, *(os.path.join(base, x) for x in folders + files)]:
                if self.user:
                    entry = pwd.getpwnam(self.user)
                    os.chown(name, entry.pw_uid, entry.pw_gid, follow_symlinks=False)


@pytest.fixture
def plugins(station):  # noqa: F811
    """One address that is clear and one that is listed, as a run has just saved them."""
    station.zone().listed[BAD] = "127.0.0.2"
    station.configure(targets=f"ip = {CLEAN} clean.example.org\nip = {BAD} bad.example.org")
    station.run()
    user = None
    if os.getuid() == 0:
        try:
            user = pwd.getpwnam("nagios").pw_name
        except KeyError:
            pytest.skip("there is no user nagios")
    with tempfile.TemporaryDirectory(prefix="repmon-") as name:
        folder = type(station.folder)(name)
        folder.chmod(0o755)
        yield Plugins(folder, station, user)
