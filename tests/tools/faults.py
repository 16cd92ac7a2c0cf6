#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Whether the unit tests of a run's pure steps would notice if these were wrong.

usage: tests/tools/faults.py [NAME...]      all of tests/tools/faults, or these

Each patch there puts one fault, which its first line names, into a copy of the tree. It must apply
and compile, and one of the unit tests below must fail by it.
"""

import glob
import os
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TESTS = ["plan", "cross", "decide", "publish", "proofs", "describe"]
TEST_S = 60  # a fault may make a test hang


def run(argv, folder, **more):
    return subprocess.run(argv, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, **more)


def copy_tree(folder):
    files = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, capture_output=True, check=True)
    subprocess.run(["tar", "-c", "--null", "-T", "-", "-f", f"{folder}/tree.tar"], cwd=TOP,
                   input=files.stdout, check=True)
    subprocess.run(["tar", "-x", "-f", "tree.tar"], cwd=folder, check=True)
    done = run(["meson", "setup", "build", "-Dbuildtype=debug"], folder)
    if done.returncode:
        sys.exit(f"faults: meson setup failed:\n{done.stdout[-2000:]}")


def build(folder):
    return run(["ninja", "-C", "build", *[f"tests/test_{name}" for name in TESTS]], folder)


def failing(folder):
    """The first test that fails; None: all pass."""
    for name in TESTS:
        try:
            if run([f"build/tests/test_{name}"], folder, timeout=TEST_S).returncode:
                return name
        except subprocess.TimeoutExpired:
            return name
    return None


def try_fault(patch, folder):
    """What is wrong with the fault itself, or that nobody noticed it; None: it was caught."""
    done = run(["patch", "-p1", "-s", "--no-backup-if-mismatch", "-i", patch], folder)
    if done.returncode:
        return f"does not apply any more: {done.stdout.strip()}"
    try:
        done = build(folder)
        if done.returncode:
            return f"does not compile:\n{done.stdout[-1000:]}"
        return None if failing(folder) else "no unit test fails"
    finally:
        run(["patch", "-p1", "-s", "-R", "-i", patch], folder)


def main():
    names = sys.argv[1:]
    patches = sorted(glob.glob(os.path.join(TOP, "tests/tools/faults/*.patch")))
    if names:
        patches = [p for p in patches if os.path.basename(p)[:-len(".patch")] in names]
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        copy_tree(folder)
        if build(folder).returncode or failing(folder):
            sys.exit("faults: the tests fail without any fault")
        for patch in patches:
            why = try_fault(patch, folder)
            if why:
                missed += 1
                with open(patch, encoding="utf-8") as f:
                    print(f"{os.path.basename(patch)}: {f.readline().strip()} {why}")
    print(f"{len(patches) - missed} faults caught, {missed} missed")
    return 1 if missed or not patches else 0


if __name__ == "__main__":
    sys.exit(main())
