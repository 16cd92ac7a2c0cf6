# SPDX-License-Identifier: ISC
"""The parts of tests/run: each builds or runs something, counts, and must count more than nothing.

To add a part: a function here with @part, which returns a Count or raises Broken.
"""

import argparse
import concurrent.futures
import contextlib
import dataclasses
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as xml

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LOGS = os.path.join(TOP, "build-logs")
JOBS = str(max(2, os.cpu_count() or 2))
TAIL = 60  # lines shown of a part that failed


class Broken(Exception):
    """The part could not count: a build failed, a report is missing, nothing was run."""


@dataclasses.dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    notes: list = dataclasses.field(default_factory=list)

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.notes += other.notes
        return self


@dataclasses.dataclass
class Place:
    """Where tests run, and as whom: a command that becomes somebody else, or none."""
    top: str = TOP
    logs: str = LOGS
    build: str = os.path.join(TOP, "build")
    become: tuple = ()


HERE = Place()
PARTS = []  # (name, only with --all, function)
NEED_ROOT = set()  # names of parts that nobody else can run; all others run as anybody


def part(name, all_only=False, root=False):
    def keep(function):
        PARTS.append((name, all_only, function))
        if root:
            NEED_ROOT.add(name)
        return function

    return keep


def log_path(name):
    return os.path.join(LOGS, name + ".log")


def sh(log, *args, env=None, timeout=1500, cwd=TOP):
    """Runs a command with output to the log file; returns its exit status."""
    with open(log_path(log), "a", encoding="utf-8") as out:
        out.write("$ " + " ".join(args) + "\n")
        out.flush()
        try:
            return subprocess.run(
                args, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})}, timeout=timeout, check=False).returncode
        except subprocess.TimeoutExpired:
            out.write(f"timed out after {timeout} s\n")
            return 124
        except FileNotFoundError as e:
            out.write(f"{e}\n")
            return 127


def build(log, folder, *options, env=None):
    """Configures (once, or again when options changed) and compiles."""
    path = os.path.join(TOP, folder)
    stamp = os.path.join(path, "options")
    wanted = json.dumps([options, env])
    try:
        with open(stamp, encoding="utf-8") as f:
            known = f.read() == wanted
    except OSError:
        known = False
    if not known:
        if folder != "build":
            shutil.rmtree(path, ignore_errors=True)
        again = ["--reconfigure"] if os.path.exists(os.path.join(path, "build.ninja")) else []
        if sh(log, "meson", "setup", *again, folder, *options, env=env) != 0:
            raise Broken("meson setup failed")
        with open(stamp, "w", encoding="utf-8") as f:
            f.write(wanted)
    if sh(log, "ninja", "-C", folder) != 0:
        raise Broken("the build failed")


def read_junit(path):
    """Counts a JUnit report of pytest or meson; the names of what failed become notes."""
    try:
        root = xml.parse(path).getroot()
    except (OSError, xml.ParseError) as e:
        raise Broken(f"no test report: {e}") from e
    count = Count()
    for case in root.iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            count.failed += 1
            count.notes.append(f"failed: {case.get('classname') or ''} {case.get('name')}")
        elif case.find("skipped") is not None:
            count.skipped += 1
            why = case.find("skipped").get("message") or ""
            count.notes.append(f"skipped: {case.get('name')} {why}".rstrip())
        else:
            count.passed += 1
    return count


def meson_test(log, folder, *options, env=None, name="testlog"):
    report = os.path.join(TOP, folder, "meson-logs", name + ".junit.xml")
    if os.path.exists(report):
        os.unlink(report)
    status = sh(log, "meson", "test", "-C", folder, "--no-rebuild", "--print-errorlogs",
                *options, env=env)
    count = read_junit(report)
    if status != 0 and count.failed == 0:
        raise Broken(f"meson test ended with {status}")
    return count


SECOND_LOOK = 3  # at most so many failures may be a matter of the machine


def pytest_once(log, *options, env=None, place=HERE):
    report = os.path.join(place.logs, log + ".junit.xml")
    if os.path.exists(report):
        os.unlink(report)
    cache = "cache_dir=" + os.path.join(place.logs, "cache-" + log.removesuffix("-again"))
    status = sh(log, *place.become, sys.executable, "-m", "pytest", "-q", "-o", cache,
                "--junitxml", report, *options, cwd=place.top,
                env={"CI": "true", "REPMON_BUILD": place.build, **(env or {})})
    count = read_junit(report)
    if status not in (0, 1) or (status == 1 and count.failed == 0):
        raise Broken(f"pytest ended with {status}")
    return count


def pytest(log, *options, env=None, place=HERE):
    """Four tests at once share two cores with real servers, and a server that gets no time is a
    server that is slow. So the few that failed run once more, alone; what fails again has failed,
    and what does not is named."""
    count = pytest_once(log, "-n", "4", *options, env=env, place=place)
    if not 0 < count.failed <= SECOND_LOOK:
        return count
    alone = pytest_once(log + "-again", "--last-failed", *options, env=env, place=place)
    first = [note for note in count.notes if note.startswith("failed: ")]
    count.notes = [note for note in count.notes if note not in first] + [
        f"failed beside others, passed alone: {note.removeprefix('failed: ')}"
        for note in first if note not in alone.notes] + [
        note for note in alone.notes if note.startswith("failed: ")]
    count.passed += count.failed - alone.failed
    count.failed = alone.failed
    return count


def sources(*patterns):
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "--", *patterns],
                         cwd=TOP, capture_output=True, text=True, check=False).stdout.split()
    if not out:  # a source archive without git
        out = [os.path.relpath(p, TOP) for pattern in patterns
               for p in glob.glob(os.path.join(TOP, "**", pattern.split("/")[-1]), recursive=True)
               if "/build" not in p]
    return sorted(p for p in out if os.path.exists(os.path.join(TOP, p)))


def per_file(log, files, command):
    """One check per file, two at a time: passes when the command ends with 0."""
    count = Count()
    with concurrent.futures.ThreadPoolExecutor(int(JOBS)) as pool:
        for name, status in zip(files, pool.map(lambda f: sh(log, *command, f), files)):
            if status == 0:
                count.passed += 1
            else:
                count.failed += 1
                count.notes.append(f"failed: {name}")
    return count


# ---- always ----------------------------------------------------------------------------------


@part("build")
def part_build():
    build("build", "build")
    with open(log_path("build"), encoding="utf-8") as f:
        warnings = len(re.findall(r"\bwarning:", f.read()))
    return Count(1, 1 if warnings else 0, 0, [f"failed: {warnings} warnings"] if warnings else [])


@part("unit")
def part_unit():
    return meson_test("unit", "build")


@contextlib.contextmanager
def somebody_else(log):
    """A copy of the sources and of what was built that belongs to nobody: root may do what others
    may not, and that hides mistakes."""
    with tempfile.TemporaryDirectory(prefix="repmon-tests-") as top:
        place = Place(os.path.join(top, "repmon"), os.path.join(top, "logs"),
                      os.path.join(top, "repmon", "build"),
                      ("runuser", "-u", "nobody", "--", "env", f"HOME={top}/home"))
        for name in sources("*"):
            to = os.path.join(place.top, name)
            os.makedirs(os.path.dirname(to), exist_ok=True)
            shutil.copy2(os.path.join(TOP, name), to)
        shutil.copytree(HERE.build, place.build, symlinks=True,
                        ignore=shutil.ignore_patterns("*.p", "meson-*"))
        for folder in ("logs", "home"):
            os.makedirs(os.path.join(top, folder))
        sh(log, "chown", "-R", "nobody:nogroup", top)
        yield place


@part("cli")
def part_cli():
    build("cli", "build")
    if os.geteuid() != 0:
        return pytest("cli", "tests/cli")
    with somebody_else("cli") as place:
        return pytest("cli", "-m", "not root", "tests/cli", place=place)


@part("root", root=True)
def part_root():
    """Those that become other users, mount, or start servers that do."""
    build("root", "build")
    return pytest("root", "-m", "root", "tests/cli")


# ---- only with --all -------------------------------------------------------------------------

SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99:allocator_may_return_null=0",
    "UBSAN_OPTIONS": "halt_on_error=1:exitcode=99:print_stacktrace=1",
}


@part("sanitizers", all_only=True)
def part_sanitizers():
    build("sanitizers", "build-asan", "-Db_sanitize=address,undefined", "-Db_lundef=false",
          "-Ddebug=true", "-Doptimization=1")
    count = meson_test("sanitizers", "build-asan", "--timeout-multiplier", "4", env=SANITIZERS)
    return count.add(pytest("sanitizers", "-m", "not weeks", "tests/cli", env={
        "REPMON_BUILD": os.path.join(TOP, "build-asan"), **SANITIZERS}))


VALGRIND = ["valgrind", "--quiet", "--error-exitcode=99", "--leak-check=full",
            "--errors-for-leak-kinds=definite,indirect", "--show-leak-kinds=definite,indirect"]


@part("crash points")
def part_crash():
    build("crash", "build-crash", "-Dcrash_points=true", "-Dtests=disabled")
    return pytest("crash", "tests/crash", env={"REPMON_BUILD": os.path.join(TOP, "build-crash")})


@part("faults", all_only=True)
def part_faults():
    """Faults put into the pure steps of a run, one after the other: the unit tests must notice."""
    sh("faults", "tests/tools/faults.py")
    with open(log_path("faults"), encoding="utf-8") as f:
        found = re.search(r"^(\d+) faults caught, (\d+) missed$", f.read(), re.M)
    if not found:
        raise Broken("nothing was tried")
    return Count(passed=int(found.group(1)), failed=int(found.group(2)))


@part("valgrind", all_only=True)
def part_valgrind():
    build("valgrind", "build")
    count = meson_test("valgrind", "build", "--wrapper", " ".join(VALGRIND),
                       "--timeout-multiplier", "10", name="testlog-valgrind")  # meson names it so
    return count.add(pytest("valgrind", "tests/cli", "-m", "valgrind", env={
        "REPMON_WRAPPER": " ".join(VALGRIND)}))


@part("clang -Werror", all_only=True)
def part_clang():
    build("clang", "build-clang", "-Dwerror=true", env={"CC": "clang"})
    return meson_test("clang", "build-clang")


def edges_of(objects):
    """Places whose passing the fuzzer counts, in object files: a byte each in one section."""
    out = subprocess.run(["objdump", "-h", *objects], capture_output=True, text=True,
                         check=False).stdout
    return sum(int(size, 16) for size in re.findall(r"__sancov_cntrs +([0-9a-f]+)", out))


def fuzz(driver, *options):
    """Runs a driver; gives its exit status and how many edges it had seen in the end."""
    with subprocess.Popen([driver, "-timeout=5", "-rss_limit_mb=1024", *options], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace",
                          env={**os.environ, **SANITIZERS}) as process:
        out = process.communicate()[0]
    with open(log_path("fuzz"), "a", encoding="utf-8") as log:
        log.write(f"$ {driver} {' '.join(options)}\n{out}")
    return process.returncode, int((re.findall(r"\bcov: (\d+)", out) or [0])[-1])


def fuzz_one(driver):
    """What was wrong with it, in words; nothing when all was well."""
    name = os.path.basename(driver)
    seeds = os.path.join(TOP, "tests/fuzz/seeds", name[len("fuzz_"):])
    own = edges_of(glob.glob(driver + ".p/*.o"))
    first = fuzz(driver, "-runs=0")[1]
    with tempfile.TemporaryDirectory() as corpus:
        status, seen = fuzz(driver, "-max_total_time=5", f"-artifact_prefix={LOGS}/{name}-",
                            corpus, seeds)
    if status != 0:
        yield f"ended with {status}"
    if not own or seen < 2 * own:  # then it sees nothing of the library
        yield f"saw {seen} edges, and its driver alone has {own}"
    if seen <= first:
        yield f"got nowhere: {first} edges with no input, {seen} in the end"


@part("fuzz", all_only=True)
def part_fuzz():
    build("fuzz", "build-fuzz", "-Dfuzz=true", "-Db_sanitize=address,undefined",
          "-Db_lundef=false", "-Dtests=disabled", env={"CC": "clang"})
    drivers = [path for path in sorted(glob.glob(os.path.join(TOP, "build-fuzz/tests/fuzz_*")))
               if os.path.isfile(path) and os.access(path, os.X_OK)]
    count = Count()
    with concurrent.futures.ThreadPoolExecutor(int(JOBS)) as pool:
        for driver, wrong in zip(drivers, pool.map(lambda d: list(fuzz_one(d)), drivers)):
            note = f"failed: {os.path.basename(driver)} {', '.join(wrong)}"
            count.add(Count(0, 1, 0, [note]) if wrong else Count(1))
    return count


@part("clang-format", all_only=True)
def part_format():
    return per_file("clang-format", sources("*.c", "*.h"),
                    ["clang-format", "--dry-run", "-Werror"])


@part("cppcheck", all_only=True)
def part_cppcheck():
    build("cppcheck", "build")
    files = sources("src/*.c", "cmd/*.c")
    status = sh("cppcheck", "cppcheck", "--quiet", "--inline-suppr", "--error-exitcode=1", "-j",
                JOBS, "--std=c11", "--enable=warning,performance,portability", "-Iinclude",
                "-D_GNU_SOURCE", '-DREPMON_VERSION="0"', "--suppress=missingIncludeSystem",
                "--suppress=checkersReport",
                # Wrong across functions in 2.10; the compilers, ASan and valgrind look for the same.
                "--suppress=autoVariables", "--suppress=identicalInnerCondition",
                "--suppress=uninitvar", *files)
    return Count(len(files)) if status == 0 else Count(0, 1, 0, ["failed: cppcheck"])


@part("clang-tidy", all_only=True)
def part_tidy():
    build("clang-tidy", "build-clang", "-Dwerror=true", env={"CC": "clang"})
    return per_file("clang-tidy", sources("src/*.c", "cmd/*.c"),
                    ["clang-tidy", "--quiet", "-p", "build-clang", "--warnings-as-errors=*"])


# Not with all the others in tests/cli: these need other people's programs.
@part("integrations", all_only=True)
def part_integrations():
    build("integrations", "build")
    return pytest("integrations", "--dist", "loadfile", "tests/fit",
                  "--ignore", "tests/fit/test_package.py")


@part("ordinary user", all_only=True, root=True)
def part_ordinary_user():
    """Builds and unit tests, too, need no rights."""
    with somebody_else("ordinary") as place:
        shutil.rmtree(place.build)
        sh("ordinary", *place.become, os.path.join(place.top, "tests/run"), "--no-install", "build",
           "unit", cwd=place.top)
    with open(log_path("ordinary"), encoding="utf-8", errors="replace") as f:
        lines = f.read().splitlines()
    ended = re.fullmatch(r"(\d+) passed, (\d+) failed", lines[-1] if lines else "")
    if not ended:
        raise Broken("its run did not end")
    return Count(int(ended[1]), int(ended[2]), 0, [x.strip() for x in lines if "failed: " in x])


# Installs the package on this machine and purges it again.
@part("package", all_only=True, root=True)
def part_package():
    return pytest("package", "--dist", "loadfile", "tests/fit/test_package.py")


# ---- the run ---------------------------------------------------------------------------------


def run_part(name, function):
    for old in glob.glob(log_path(name.split()[0]) + "*"):
        os.unlink(old)
    start = time.monotonic()
    try:
        count = function()
        if count.passed + count.failed == 0:
            raise Broken("it ran no test at all")
    except Broken as e:
        count = Count(0, 1, 0, [f"failed: {e}"])
    minutes = (time.monotonic() - start) / 60
    skipped = f", {count.skipped} skipped" if count.skipped else ""
    print(f"{name:<16} {minutes:6.2f} min  {count.passed} passed, {count.failed} failed{skipped}",
          flush=True)
    for note in count.notes:
        print("    " + note)
    log = log_path(name.split()[0])
    if count.failed and os.path.exists(log):
        with open(log, encoding="utf-8", errors="replace") as f:
            lines = f.read().splitlines()
        print(f"    ---- the end of {os.path.relpath(log, TOP)}")
        print("\n".join("    " + line for line in lines[-TAIL:]), flush=True)
    return count


def main():
    parser = argparse.ArgumentParser(prog="tests/run", description="Runs repmon's tests.")
    parser.add_argument("--all", action="store_true", help="also sanitizers, valgrind, clang with -Werror, fuzzing, linters, "
                        "Icinga, Nagios and promtool, and the package, which it installs and purges")
    parser.add_argument("--list", action="store_true", help="list the parts")
    parser.add_argument("--no-install", action="store_true", help="install no packages")
    parser.add_argument("part", nargs="*", help="only these parts")
    args = parser.parse_args()
    names = [name for name, _, _ in PARTS]
    if args.list:
        for name, all_only, _ in PARTS:
            print(name + ("  (--all)" if all_only else "") +
                  ("  (root)" if name in NEED_ROOT else ""))
        return 0
    for word in args.part:
        if word not in names:
            parser.error(f"no part {word!r}; there are: {', '.join(names)}")
    os.makedirs(LOGS, exist_ok=True)
    total = Count()
    start = time.monotonic()
    for name, all_only, function in PARTS:
        if name not in args.part if args.part else (all_only and not args.all):
            continue
        if name in NEED_ROOT and os.geteuid() != 0:
            print(f"{name:<16} skipped: it needs root", flush=True)
            total.skipped += 1
            continue
        total.add(run_part(name, function))
    print(f"{(time.monotonic() - start) / 60:.1f} minutes")
    print(f"{total.passed} passed, {total.failed} failed")
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main())
