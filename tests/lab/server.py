# SPDX-License-Identifier: ISC
"""What all servers of the lab share: a free port, a folder, a child process and its end."""

import contextlib
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time

import dnslib

HOST = "127.0.0.1"


def free_port(host=HOST):
    """A port that is free for UDP and TCP. Chosen at random below the kernel's own range, so that
    neither a client's socket nor a test running beside takes it between here and its use."""
    for _ in range(200):
        port = random.SystemRandom().randrange(10000, 32000)
        with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as udp, \
                contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as tcp:
            try:
                udp.bind((host, port))
                tcp.bind((host, port))
                return port
            except OSError:
                continue
    raise RuntimeError("no free port")


def has_ended(pid):
    """Gone, or a zombie that somebody still has to reap; a process just killed may be neither."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            return f.read().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def wait_until(what, check, seconds=10.0):
    """Polls check() until it is true; an error that names `what` after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > end:
            raise RuntimeError(f"gave up waiting for {what}")
        time.sleep(0.02)


def ask(port, name, rtype="A", timeout=0.25, host=HOST):
    """One question, for readiness: the reply, or None."""
    question = dnslib.DNSRecord.question(name, rtype)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(timeout)
        try:
            s.connect((host, port))
            s.send(question.pack())
            return dnslib.DNSRecord.parse(s.recv(65535))
        except (OSError, dnslib.DNSError):
            return None


class Server:
    """A child process in a folder of its own. Subclasses give configure() -> argv and ready()."""

    name = "server"

    def __init__(self):
        self.port = None
        self.process = None
        self.folder = None

    @property
    def address(self):
        return f"{HOST}:{self.port}"

    def configure(self):
        raise NotImplementedError

    def ready(self):
        raise NotImplementedError

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.path(name), 0o644)

    def log(self):
        with open(self.path("log"), encoding="utf-8", errors="replace") as f:
            return f.read()

    def start(self):
        # Readable by all: started by root, rbldnsd becomes another user.
        self.folder = tempfile.mkdtemp(prefix="repmon-lab-")
        os.chmod(self.folder, 0o755)
        for attempt in range(3):
            if self.port is None or attempt:
                self.port = free_port()
            argv = self.configure()
            with open(self.path("log"), "ab") as log:
                self.process = subprocess.Popen(argv, cwd=self.folder, stdin=subprocess.DEVNULL,
                                                stdout=log, stderr=log)
            try:
                wait_until(self.name, lambda: self.process.poll() is not None or self.ready())
            except RuntimeError:
                pass
            else:
                if self.process.poll() is None:
                    return self
            self.stop_process()
        text = self.log()
        shutil.rmtree(self.folder, ignore_errors=True)
        raise RuntimeError(f"{self.name} did not start:\n{text}")

    def stop_process(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self):
        self.stop_process()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
