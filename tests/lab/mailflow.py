#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A real mail server sends to receivers that refuse, throttle and accept by script, its log is
rotated by the real logrotate while mail flows, and repmon runs now and then, killed at times.

usage (as root): unshare -mn tests/lab/mailflow.py postfix|exim WAY FOLDER REPMON MAILS ROTATIONS SEED

WAY is one of logrotate's (WAYS below). In a network of its own, so that receivers have addresses of the outside world (RFC 5737) and names
of real ones, and port 25. Prints one JSON object: what the receivers gave, and what repmon counted.
"""

import collections
import glob
import json
import os
import pwd
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OWN = "203.0.113.5"
RECEIVERS = {  # address: (name, domain)
    "198.51.100.20": ("gmail-smtp-in.l.google.com", "gmail.test"),
    "198.51.100.21": ("outlook-com.olc.protection.outlook.com", "outlook.test"),
}
REFUSED = ("550 5.7.1 Unfortunately, messages from [203.0.113.5] weren't sent. Please contact your "
           "Internet service provider since part of their network is on our block list (S3150).")
THROTTLED = ("421-4.7.28 Our system has detected an unusual rate of unsolicited mail\r\n"
             "421 4.7.28 originating from your IP address [203.0.113.5]. To protect our users, "
             "mail sent from it has been temporarily rate limited.")
TAKEN = "250 2.0.0 OK"
EXIM_ID = 64998  # of a user that exists in this namespace alone
EXIM = next((p for p in ("/usr/sbin/exim4", "/usr/local/lib/repmon-lab/exim/usr/sbin/exim4")
             if os.path.exists(p)), None)


class Receivers:
    """Every message has a number in its recipient; what was said last of it is what counts."""

    def __init__(self, seed, throttled):
        self.throttled = throttled
        self.seed, self.last, self.tries = seed, {}, collections.Counter()
        self.lock = threading.Lock()
        for address in RECEIVERS:
            listener = socket.create_server((address, 25), backlog=64)
            threading.Thread(target=self.listen, args=(listener, address), daemon=True).start()

    def decide(self, address, number):
        """A throttled message is taken at its second try, but one of three never is."""
        kind = random.Random(f"{self.seed} {number}").random()
        with self.lock:
            self.tries[number] += 1
            if kind < 0.2:
                word = "refused"
            elif kind < 0.4 and (kind < 0.27 or self.tries[number] == 1):
                word = "throttled"
            else:
                word = "taken"
            self.last[number] = (RECEIVERS[address][0], word)
        return {"refused": REFUSED, "throttled": self.throttled, "taken": TAKEN}[word]

    def listen(self, listener, address):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=self.serve, args=(connection, address), daemon=True).start()

    def serve(self, connection, address):
        stream = connection.makefile("rwb")

        def say(text):
            stream.write(text.encode() + b"\r\n")
            stream.flush()

        number = None
        try:
            say(f"220 {RECEIVERS[address][0]} ESMTP")
            while line := stream.readline():
                word = line[:4].upper()
                if word == b"EHLO":
                    say(f"250 {RECEIVERS[address][0]}")
                elif word == b"RCPT":
                    number = int(re.search(rb"<n(\d+)@", line)[1])
                    say("250 2.1.5 OK")
                elif word == b"DATA":
                    say("354 go on")
                    while stream.readline().rstrip(b"\r\n") != b".":
                        pass
                    say(self.decide(address, number))
                elif word == b"QUIT":
                    say("221 2.0.0 bye")
                    break
                else:
                    say("250 2.0.0 OK")
        except OSError:
            pass
        connection.close()


class Postfix:
    """`clock` is an environment in which time is another (libfaketime)."""

    def __init__(self, folder, clock=None):
        self.etc, self.log = f"{folder}/etc", f"{folder}/log/mail.log"
        self.user = pwd.getpwnam("postfix")
        for name in ("etc", "spool", "data", "log"):
            os.makedirs(f"{folder}/{name}")
        for name in ("data", "log"):
            os.chown(f"{folder}/{name}", self.user.pw_uid, self.user.pw_gid)
        with open(f"{self.etc}/transport", "w") as f:
            for name, domain in RECEIVERS.values():
                f.write(f"{domain} smtp:[{name}]:25\n")
            f.write("example.org discard:\n")
        with open(f"{self.etc}/main.cf", "w") as f:
            f.write(f"""compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
maillog_file = {self.log}
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx1.example.org
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
smtp_bind_address = {OWN}
smtp_host_lookup = native
smtp_dns_support_level = disabled
transport_maps = texthash:{self.etc}/transport
smtp_tls_security_level = none
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 2s
smtp_destination_concurrency_failed_cohort_limit = 0
smtp_destination_concurrency_limit = 50
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions =
smtputf8_enable = no
bounce_queue_lifetime = 0
notify_classes =
soft_bounce = no
import_environment = MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ {" ".join(clock or ())}
""")
        with open(f"{self.etc}/master.cf", "w") as f:
            f.write("""127.0.0.1:2525 inet n - n - - smtpd
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 discard
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
smtp unix - - n - 50 smtp
discard unix - - n - - discard
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
""".replace("0 discard", "0 bounce"))
        subprocess.run(["postfix", "-c", self.etc, "check"], capture_output=True, check=False)
        self.process = subprocess.Popen(
            ["setsid", "/usr/lib/postfix/sbin/master", "-c", self.etc, "-d"],
            env={**os.environ, **(clock or {})}, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: socket.create_connection(("127.0.0.1", 2525), 1).close() or True)
        self.session = None

    def send(self, number, domain):
        """One session for all, so that sending is quick."""
        if not self.session:
            self.session = socket.create_connection(("127.0.0.1", 2525), 10).makefile("rwb")
            self.session.readline()
            self.say("EHLO here", last=True)
        for words in ("MAIL FROM:<news@example.org>", f"RCPT TO:<n{number}@{domain}>", "DATA",
                      "Subject: test\r\n\r\nhello\r\n."):
            self.say(words, last=True)

    def say(self, text, last=False):
        self.session.write(text.encode() + b"\r\n")
        self.session.flush()
        while True:
            line = self.session.readline()
            if line[3:4] != b"-":
                break
        assert line[:1] in b"23", (text, line)

    def run_queue(self):
        subprocess.run(["postqueue", "-c", self.etc, "-f"], check=True)

    def after_rotation(self):
        """As Debian's rule does: postlogd opens its file anew for each of its processes."""
        return f"postfix -c {self.etc} reload >/dev/null 2>&1 || true"

    def stop(self):
        subprocess.run(["postfix", "-c", self.etc, "stop"], capture_output=True, check=False)
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(10)


class Exim:
    def __init__(self, folder, clock=None):
        self.spool, self.log = f"{folder}/spool", f"{folder}/log/mainlog"
        self.conf, self.program, self.clock = f"{folder}/exim.conf", EXIM, clock
        if clock:  # a copy that is not setuid: the dynamic linker forgets libfaketime in those
            self.program = shutil.copy(EXIM, f"{folder}/exim")
        self.user = pwd.getpwnam("Debian-exim")
        for name in ("spool", "log"):
            os.makedirs(f"{folder}/{name}")
            os.chown(f"{folder}/{name}", self.user.pw_uid, self.user.pw_gid)
        routes = " ; ".join(f"{domain} {name} byname" for name, domain in RECEIVERS.values())
        with open(self.conf, "w") as f:
            f.write(f"""exim_path = {self.program}
keep_environment = {" : ".join(clock or ())}
deliver_drop_privilege = {"true" if clock else "false"}
exim_user = {self.user.pw_uid}
exim_group = {self.user.pw_gid}
spool_directory = {self.spool}
log_file_path = {folder}/log/%slog
primary_hostname = mx1.example.org
log_selector = +smtp_confirmation +incoming_interface +outgoing_interface
log_timezone = true
local_interfaces = 127.0.0.1
daemon_smtp_ports = 2525
queue_run_max = 10
remote_max_parallel = 10
never_users =
acl_smtp_rcpt = accept
domainlist relay = *
hostlist relay_hosts = *
host_lookup =
rfc1413_hosts =
tls_advertise_hosts =
smtp_accept_queue_per_connection = 0
ignore_bounce_errors_after = 0s
begin acl
begin routers
out:
  driver = manualroute
  domains = *.test
  route_list = "{routes}"
  transport = out
  host_find_failed = defer
nowhere:
  driver = redirect
  data = :blackhole:
begin transports
out:
  driver = smtp
  interface = {OWN}
  hosts_try_fastopen =
  hosts_avoid_tls = *
  max_rcpt = 1
begin retry
* * F,4d,1s
""")
        os.chmod(self.conf, 0o644)
        self.process = subprocess.Popen(
            ["setsid", self.program, "-C", self.conf, "-bdf", *([] if clock else ["-q2s"])],
            env={**os.environ, **(clock or {})}, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: socket.create_connection(("127.0.0.1", 2525), 1).close() or True)
        self.session = None

    send, say = Postfix.send, Postfix.say

    def run_queue(self):
        subprocess.run([self.program, "-C", self.conf, "-q"], check=True, stdin=subprocess.DEVNULL,
                       env={**os.environ, **(self.clock or {})})

    def after_rotation(self):
        return "true"  # each process opens its log when it writes

    def stop(self):
        """The daemon only: a delivery that was taken is still to be logged by its process."""
        if self.session:
            self.say("QUIT", last=True)
            self.session.close()
        os.kill(self.process.pid, signal.SIGTERM)
        self.process.wait(10)
        wait_for(lambda: not group_lives(self.process.pid))


def group_lives(group):
    """Whether a process of it runs; one that has ended and is waited for by nobody does not."""
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, encoding="utf-8", errors="replace") as f:
                state, _, pgrp = f.read().rpartition(") ")[2].split()[:3]
        except (OSError, ValueError):
            continue
        if int(pgrp) == group and state != "Z":
            return True
    return False


def has_user(name):
    try:
        return bool(pwd.getpwnam(name))
    except KeyError:
        return False


def wait_for(what, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if what():
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise SystemExit(f"mailflow: waited in vain: {what}")


# ---- rotation, by each of the ways that logrotate has ----

WAYS = {
    "create": "create 0666",
    "compress": "create 0666\ncompress",
    "copytruncate": "copytruncate",
    "delaycompress": "create 0666\ncompress\ndelaycompress",
    "dateext": "create 0666\ndateext\ndateformat -%Y%m%d-%s",
}


class Rotation:
    def __init__(self, folder, mta, way):
        self.state, self.rules = f"{folder}/rotate.state", f"{folder}/rotate.conf"
        self.way, self.last = way, 0
        self.stops = mta.process.pid if way == "copytruncate" else None
        with open(self.rules, "w") as f:
            f.write(f"{mta.log} {{\nsu root root\nrotate 99\nsize 1\nmissingok\n{WAYS[way]}\n"
                    f"postrotate\n{'true' if self.stops else mta.after_rotation()}\nendscript\n}}\n")
        os.chmod(self.rules, 0o600)

    def turn(self):
        """What is written between copy and truncation is lost to everybody: nobody writes then."""
        if self.way == "dateext":  # the suffix counts seconds
            wait_for(lambda: int(time.time()) > self.last)
        self.last = int(time.time())
        if self.stops:
            os.killpg(self.stops, signal.SIGSTOP)
        try:
            self.rotate()
        finally:
            if self.stops:
                os.killpg(self.stops, signal.SIGCONT)

    def rotate(self):
        ran = subprocess.run(["logrotate", "-f", "-s", self.state, self.rules],
                             capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            raise SystemExit(f"mailflow: logrotate: {ran.stderr}")


# ---- repmon ----

class Repmon:
    def __init__(self, folder, program, log):
        self.program, self.conf, self.state = program, f"{folder}/repmon.conf", f"{folder}/state/s.db"
        with open(self.conf, "w") as f:
            f.write(f"[repmon]\nstate = {self.state}\n[targets]\nip = {OWN}\n[dns]\n"
                    "resolver = 127.0.0.1:9\n[dnsbl]\nuse = none\n[ptr]\nuse = none\n"
                    f'[log "mx1"]\nfile = {log}\naddress = {OWN}\n')
        os.chmod(self.conf, 0o600)
        self.kills = self.runs = 0
        self.gap = False

    def run(self, kill_after=None):
        p = subprocess.Popen([self.program, "-v", "-c", self.conf, "run"], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if kill_after is not None:
            time.sleep(kill_after)
            if p.poll() is None:
                p.kill()
                self.kills += 1
        out, err = p.communicate(timeout=60)
        self.runs += 1
        self.gap = self.gap or "(gap)" in err
        return out, err

    def counted(self):
        """What the source remembers: messages by receiver and outcome; and the sums by hour."""
        with sqlite3.connect(f"file:{self.state}?mode=ro", uri=True) as db:
            rows = db.execute("select value from meta where key = 'memory.log'"
                              " or key glob 'memory.log *' order by key").fetchall()
        text = "".join(value for (value,) in rows)
        with open(f"{TOP}/src/source/log/pair.h", encoding="utf-8") as f:
            enum = re.search(r"enum pair_outcome \{(.*?)PAIR_OUTCOMES", f.read(), re.S)[1]
        names = re.findall(r"PAIR_([A-Z]+)", re.sub(r"/\*.*?\*/", "", enum, flags=re.S))
        words = {"TAKEN": "taken", "REFUSED": "refused", "DECISIVE": "refused",
                 "THROTTLED": "throttled"}
        pairs, messages, hours = [], collections.Counter(), collections.Counter()
        for line in text.splitlines():
            field = line.split()
            if line.startswith("pair "):
                pairs.append(field[2])
            elif line.startswith("message "):
                messages[f"{pairs[int(field[3])]} {words.get(names[int(field[4])], 'other')}"] += 1
            elif line.startswith("hour "):
                for name, count in zip(names, field[2:]):
                    if int(count):
                        hours[f"{pairs[-1]} {words.get(name, 'other')}"] += int(count)
        return dict(messages), dict(hours)


def world(folder):
    """A network with the receivers' addresses, a hosts file with their names, and the user that
    Debian's Exim wants: seen by this process and its children only."""
    with open("/etc/passwd", encoding="utf-8") as f:
        users = f.read()
    with open("/etc/group", encoding="utf-8") as f:
        groups = f.read()
    if not has_user("Debian-exim"):
        users += f"Debian-exim:x:{EXIM_ID}:{EXIM_ID}::/nonexistent:/usr/sbin/nologin\n"
        groups += f"Debian-exim:x:{EXIM_ID}:\n"
    hosts = "127.0.0.1 localhost\n"
    hosts += "".join(f"{address} {name}\n" for address, (name, _) in RECEIVERS.items())
    for name, text in (("hosts", hosts), ("passwd", users), ("group", groups)):
        with open(f"{folder}/{name}", "w", encoding="utf-8") as f:
            f.write(text)
        subprocess.run(["mount", "--bind", f"{folder}/{name}", f"/etc/{name}"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in (OWN, *RECEIVERS):
        subprocess.run(["ip", "addr", "add", f"{address}/32", "dev", "lo"], check=True)


def main():
    kind, way, folder, program, mails, rotations, seed = sys.argv[1:]
    mails, rotations, chance = int(mails), int(rotations), random.Random(seed)
    os.makedirs(folder, exist_ok=True)
    os.chmod(folder, 0o755)
    world(folder)
    # After 421 Exim leaves the whole host alone for a while: then the test would take long.
    receivers = Receivers(seed, THROTTLED.replace("421", "451") if kind == "exim" else THROTTLED)
    mta = {"postfix": Postfix, "exim": Exim}[kind](folder)
    repmon = Repmon(folder, program, mta.log)
    domains = [domain for _, domain in RECEIVERS.values()]
    turns = sorted(chance.sample(range(1, mails), rotations))
    rotation = Rotation(folder, mta, way)
    try:
        done = 0
        for number in range(mails):
            mta.send(number, domains[number % len(domains)])
            if done < rotations and number == turns[done]:
                rotation.turn()
                done += 1
            if chance.random() < 60 / mails:
                repmon.run(chance.choice([None, 0.005, 0.02, 0.05, 0.1]))
        wait_for(lambda: len(receivers.last) == mails, 60)
    finally:
        mta.stop()
    repmon.run()
    out, err = repmon.run()
    messages, hours = repmon.counted()
    given = collections.Counter(f"{name} {word}" for name, word in receivers.last.values())
    print(json.dumps({"given": dict(given), "messages": messages, "hours": hours,
                      "rotations": done, "kills": repmon.kills, "runs": repmon.runs,
                      "gap": repmon.gap, "tries": sum(receivers.tries.values()), "last": err}))


if __name__ == "__main__":
    main()
