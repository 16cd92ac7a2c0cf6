# SPDX-License-Identifier: ISC
"""The measurements of the README. Ratios are of medians of interleaved rounds, because the machine
is shared; each result is read back by this program and compared with what the zones hold."""

import argparse
import base64
import contextlib
import datetime
import gzip
import io
import glob
import ipaddress
import json
import os
import platform
import re
import select
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
import zlib

from lab import Authority, Dnsdist, Rbldnsd, free_port, name_of
from lab.sinks import MailSink, WebhookSink

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
REPMON = os.path.join(TOP, "build", "cmd", "repmon")
BLOCK = "10.9.0.0/20"  # 4,096 addresses
LISTS = 60
ZONES = [f"b{i:02d}.bench" for i in range(1, LISTS + 1)]
ROUNDS = 5
MEASUREMENTS = []  # measurements, in the order of the table


def measurement(function):
    MEASUREMENTS.append(function)
    return function


class Used:
    """A finished child: its exit status, seconds, CPU seconds and peak resident size in MiB."""

    def __init__(self, argv, stdout):
        start = time.monotonic()
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=stdout,
                                   stderr=subprocess.PIPE)
        # ru_maxrss survives fork and exec: it would be that of this program when that is larger.
        self.mib = 0.0
        while select.select([process.stderr], [], [], 0.05)[0] == []:
            with contextlib.suppress(OSError, AttributeError), open(
                    f"/proc/{process.pid}/status", encoding="ascii") as f:
                self.mib = int(re.search(r"VmHWM:\s+(\d+)", f.read()).group(1)) / 1024
        self.err = process.stderr.read().decode(errors="replace")
        _, status, usage = os.wait4(process.pid, 0)
        self.seconds = time.monotonic() - start
        self.code = process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu = usage.ru_utime + usage.ru_stime


def is_listed(address, zone):
    return zlib.crc32(f"{address} {zone}".encode()) % 50 == 0


def expected_listings(block=BLOCK, zones=None):
    return {(str(ip), zone) for zone in zones or ZONES for ip in ipaddress.ip_network(block)
            if is_listed(ip, zone)}


def wrong_verdicts(listed, clear, zones=None):
    """Listed ones called clear, and the other way round; unknown is never wrong."""
    expected = expected_listings(zones=zones)
    return len(clear & expected) + len(listed - expected)


def zone_texts(block=BLOCK):
    addresses = [str(ip) for ip in ipaddress.ip_network(block)]
    return {zone: "$TTL 300\n:127.0.0.2:bench $\n127.0.0.2\n" + "".join(
        f"{ip}\n" for ip in addresses if is_listed(ip, zone)) for zone in ZONES}


def config(folder, server, zones, extra=""):
    path = os.path.join(folder, "bench.conf")
    with open(path, "w", encoding="utf-8") as f:
        f.write(f"[dns]\nresolver = {server.address}\n[ptr]\nuse = none\n"
                f"[dnsbl]\nuse = none\n{extra}")
        for zone in zones:
            f.write(f'[dnsbl "{zone}"]\ncode = 127.0.0.2 B critical\ntest = 127.0.0.2\n')
    return path


def check(folder, conf, block=BLOCK, program=REPMON):
    """One `check --format json` to a file: the whole process, and what it wrote."""
    path = os.path.join(folder, "out.json")
    with open(path, "wb") as out:
        used = Used([program, "-c", conf, "check", "--format", "json", block], out)
    if used.code not in (0, 1, 2, 3):
        raise SystemExit(f"repmon ended with {used.code}: {used.err}")
    return used, path


def read_back(path):
    """(number of results, listed pairs, pairs not known, pairs not listed)"""
    with open(path, encoding="utf-8") as f:
        report = json.load(f)
    listed, unknown, clear = set(), set(), set()
    for target in report["targets"]:
        for r in target["results"]:
            pair = (target["ip"], r["list"])
            if r["level"] == "unknown":
                unknown.add(pair)
            elif r["state"] == "listed":
                listed.add(pair)
            else:
                clear.add(pair)
    return len(listed) + len(unknown) + len(clear), listed, unknown, clear


def dnsperf(server, names):
    """One dnsperf over the names; again when it lost a query."""
    for _ in range(10):
        with tempfile.TemporaryFile() as out:
            used = Used(["dnsperf", "-s", "127.0.0.1", "-p", str(server.port), "-d", names, "-n",
                         "1", "-c", "1", "-T", "1", "-q", "64"], out)
            out.seek(0)
            text = out.read().decode()
        lost = re.search(r"Queries lost:\s+(\d+)", text)
        if used.code == 0 and lost and lost.group(1) == "0":
            return used
    raise SystemExit("dnsperf loses queries in every round")


def median(values):
    return statistics.median(values)


@measurement
def bulk(folder, row):
    """4,096 addresses × 60 lists on rbldnsd, against dnsperf on the same names"""
    with Rbldnsd(zone_texts()) as server:
        names = os.path.join(folder, "names")
        with open(names, "w", encoding="ascii") as f:
            for ip in ipaddress.ip_network(BLOCK):
                f.writelines(f"{name_of(str(ip), zone)} A\n" for zone in ZONES)
        conf = config(folder, server, ZONES)
        ours, theirs, unknown, wrong, counts = [], [], 0, 0, set()
        for _ in range(ROUNDS):
            used, path = check(folder, conf)
            ours.append(used)
            count, listed, lost, clear = read_back(path)
            counts.add(count)
            unknown = max(unknown, len(lost))
            wrong = max(wrong, wrong_verdicts(listed, clear))
            theirs.append(dnsperf(server, names))
    ours_s, theirs_s = median(u.seconds for u in ours), median(u.seconds for u in theirs)
    ours_cpu, theirs_cpu = median(u.cpu for u in ours), median(u.cpu for u in theirs)
    row("bulk: elapsed, repmon / dnsperf", f"{ours_s:.2f} s / {theirs_s:.2f} s = "
        f"{ours_s / theirs_s:.2f}", "≤ 1.0", ours_s <= theirs_s)
    row("bulk: CPU, repmon / dnsperf", f"{ours_cpu:.2f} s / {theirs_cpu:.2f} s = "
        f"{ours_cpu / theirs_cpu:.2f}", "≤ 1.0", ours_cpu <= theirs_cpu)
    row("bulk: results read back, unknown, wrong", f"{min(counts):,}, {unknown}, {wrong}",
        "245,760, 0, 0", counts == {4096 * LISTS} and unknown == 0 and wrong == 0)


API_KEY = "bench"


class Counting(Dnsdist):
    """dnsdist with its statistics, over its own web server."""

    def __init__(self, backend, rules=()):
        self.web = free_port()
        super().__init__(backend, [
            f'webserver("127.0.0.1:{self.web}")',
            f'setWebserverConfig({{password="{API_KEY}", apiKey="{API_KEY}", '
            'acl="127.0.0.0/8"})', *rules])

    def get(self, path):
        request = urllib.request.Request(f"http://127.0.0.1:{self.web}{path}", headers={
            "X-API-Key": API_KEY,
            "Authorization": "Basic " + base64.b64encode(f"x:{API_KEY}".encode()).decode()})
        with urllib.request.urlopen(request, timeout=5) as reply:
            return json.load(reply)

    def queries(self):
        return int(self.get("/jsonstat?command=stats")["queries"])

    def matches(self):
        """How often each rule matched."""
        return [rule["matches"] for rule in self.get("/api/v1/servers/localhost")["rules"]]


def dropped_at(port):
    """Datagrams that the socket on this port had no room for."""
    with open("/proc/net/udp", encoding="ascii") as f:
        return sum(int(line.split()[-1]) for line in f.readlines()[1:]
                   if int(line.split()[1].split(":")[1], 16) == port)


def needed(listed):
    """Questions of a run without any retry: targets, the three points of each list before and
    after, two more random labels on lists with listings, and up to 20 reasons a list."""
    reasons = sum(min(20, sum(1 for pair in listed if pair[1] == zone)) for zone in ZONES)
    return 4096 * LISTS + 8 * LISTS + reasons


@measurement
def delay(folder, row):
    """The same behind 20 ms of delay"""
    rates, shares, worst, wrong = [], [], 0, 0
    with Rbldnsd(zone_texts()) as server, Counting(
            server, ["addAction(AllRule(), DelayAction(20))"]) as front:
        conf = config(folder, front, ZONES)
        for _ in range(ROUNDS):
            before = front.queries() + dropped_at(front.port)
            used, path = check(folder, conf)
            sent = front.queries() + dropped_at(front.port) - before
            count, listed, unknown, clear = read_back(path)
            wrong = max(wrong, wrong_verdicts(listed, clear))
            worst = max(worst, len(unknown))
            rates.append(count / used.seconds)
            shares.append(100 * (sent - needed(listed)) / count)
    row("delay 20 ms: questions a second", f"{median(rates):,.0f}", "≥ 25,000",
        median(rates) >= 25000)
    row("delay 20 ms: retransmissions", f"{max(0, median(shares)):.2f} %", "≤ 1 %",
        median(shares) <= 1)
    row("delay 20 ms: unknown, wrong", f"{worst}, {wrong}", "0, 0", worst == 0 and wrong == 0)


DOMAINS = 500
KEY = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


def domain_zone():
    lines = []
    for i in range(DOMAINS):
        lines += [f"d{i} MX 10 mx.d{i}", f"mx.d{i} A 203.0.113.1",
                  f'd{i} TXT "v=spf1 ip4:203.0.113.2 mx include:_spf{i}.bench -all"',
                  f'_spf{i} TXT "v=spf1 ip4:203.0.113.3 ip4:203.0.113.4 -all"',
                  f'_dmarc.d{i} TXT "v=DMARC1; p=none"']
        lines += [f'k{k}._domainkey.d{i} TXT "{KEY}"' for k in range(3)]
    return "\n".join(lines)


@measurement
def domains(folder, row):
    """500 domains × 3 selectors × 4 addresses behind 20 ms"""
    sections = "".join(f'[domain "d{i}.bench"]\nselectors = k0 k1 k2\nsenders = 203.0.113.1\n'
                       "senders = 203.0.113.2\nsenders = 203.0.113.3\nsenders = 203.0.113.4\n"
                       for i in range(DOMAINS))
    with Authority({"bench": domain_zone()}) as server, Dnsdist(
            server, ["addAction(AllRule(), DelayAction(20))"], "ns.bench", "A") as front:
        path = os.path.join(folder, "domains.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(f"[dns]\nresolver = {front.address}\n[ptr]\nuse = none\n{sections}")
        out = os.path.join(folder, "out")
        with open(out, "wb") as f:
            used = Used([REPMON, "-c", path, "-q", "check", "--only", "domain", "--format", "json",
                         *(f"d{i}.bench" for i in range(DOMAINS))], f)
        with open(out, encoding="utf-8") as f:
            good = json.load(f)["summary"]["ok"]
    row(f"{DOMAINS} domains × 3 selectors × 4 addresses, 20 ms", f"{used.seconds:.1f} s", "< 10 s",
        used.seconds < 10 and good == DOMAINS)


LOSS = ["addAction(ProbaRule(0.05), DropAction())", "addAction(AllRule(), DelayAction(20))"]


@measurement
def loss(folder, row):
    """256 addresses × 60 lists behind 20 ms, with 5 % of the questions dropped"""
    times, worst, wrong = [], 0, 0
    with Rbldnsd(zone_texts()) as server, Counting(server, LOSS) as front:
        conf = config(folder, front, ZONES)
        for _ in range(ROUNDS):
            used, path = check(folder, conf, "10.9.0.0/24")
            count, listed, unknown, clear = read_back(path)
            times.append(used.seconds)
            worst = max(worst, len(unknown))
            wrong = max(wrong, wrong_verdicts(listed, clear))
    row(f"5 % dropped behind 20 ms, {count:,} questions: elapsed", f"{median(times):.2f} s",
        "≤ 2.5 s", median(times) <= 2.5)
    row("5 % dropped: unknown, wrong", f"{worst}, {wrong}", f"≤ {count // 5000}, 0",
        worst <= count // 5000 and wrong == 0)


@measurement
def before(folder, row):
    """The bulk measurement against another build of repmon, named by REPMON_BEFORE"""
    other = os.environ.get("REPMON_BEFORE")
    if not other:
        return
    used = {REPMON: [], other: []}
    with Rbldnsd(zone_texts()) as server:
        conf = config(folder, server, ZONES)
        for _ in range(ROUNDS):
            for program in used:
                used[program].append(check(folder, conf, program=program)[0])
    for what in ("seconds", "cpu"):
        now, then = (median(getattr(u, what) for u in used[p]) for p in (REPMON, other))
        row(f"bulk: {what}, now / before", f"{now:.2f} s / {then:.2f} s = {now / then:.2f}",
            "≤ 1.03", now <= 1.03 * then)


@measurement
def silent(folder, row):
    """One of the 60 lists never answers"""
    without, with_it, asked, others = [], [], [], 0
    with Rbldnsd(zone_texts()) as server, Counting(
            server, [f'addAction("{ZONES[-1]}.", DropAction())']) as front:
        for _ in range(ROUNDS):
            without.append(check(folder, config(folder, front, ZONES[:-1]))[0].seconds)
            before = front.matches()[0]
            used, path = check(folder, config(folder, front, ZONES))
            with_it.append(used.seconds)
            asked.append(front.matches()[0] - before)
            _, listed, unknown, clear = read_back(path)
            others = max(others, len([1 for _, zone in unknown if zone != ZONES[-1]])
                         + wrong_verdicts(listed, clear, ZONES[:-1]))
    limit = 1.2 * median(without) + 5 * 2  # the default timeout and tries
    row("one silent list: elapsed with / without", f"{median(with_it):.2f} s / "
        f"{median(without):.2f} s", f"≤ {limit:.1f} s", median(with_it) <= limit)
    row("one silent list: questions to it", f"{max(asked)}", "≤ 500", max(asked) <= 500)
    row("one silent list: other lists unknown or wrong", f"{others}", "0", others == 0)


def default_zones():
    """{(zone, type): text} of every list of the default set that needs no key, from the catalogue:
    honest, empty but for its test points."""
    with open(os.path.join(TOP, "src/data/dnsbl.json"), encoding="utf-8") as f:
        catalogue = json.load(f)
    zones = {}
    for entry in catalogue["lists"]:
        if not entry.get("default") or entry["needs_key"]:
            continue
        text4 = text6 = "$TTL 300\n"
        for address, answers in test_points(entry):
            for answer in answers:
                line = f"{address} :{answer}:test\n"
                if ":" in address:
                    text6 += line
                else:
                    text4 += line
        zones[entry["zone"], "ip4set"] = text4
        if text6.count("\n") > 1:
            zones[entry["zone"], "ip6trie"] = text6
    return zones


def test_points(entry):
    """(address, answers) of a catalogue entry, per family."""
    for test in entry["test"].values():
        if test["listed"]:
            # A range or prefix is met by one answer in it.
            yield test["listed"], [re.sub(r"-.*", "", re.sub(r"\.0/\d+", ".2", x))
                                   for x in test["answers"]] or ["127.0.0.2"]


@measurement
def single(folder, row):
    """One address × the default set behind 50 ms"""
    zones = default_zones()
    with Rbldnsd(zones) as server, Dnsdist(
            server, ["addAction(AllRule(), DelayAction(50))"]) as front:
        path = os.path.join(folder, "single.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(f"[dns]\nresolver = {front.address}\n[ptr]\nuse = none\n")
        times, unknown, count = [], 0, 0
        for _ in range(20):
            used, out = check(folder, path, "198.51.100.7")
            times.append(used.seconds * 1000)
            count, _, lost, _ = read_back(out)
            unknown = max(unknown, len(lost))
    row(f"one address × default set ({count} lists), 50 ms", f"{median(times):.0f} ms", "≤ 190 ms",
        median(times) <= 190)
    row("one address: unknown", f"{unknown}", "see the catalogue", None)


@measurement
def single_loss(folder, row):
    """One address × the default set behind 20 ms, with 5 % of the questions dropped"""
    with Rbldnsd(default_zones()) as server, Dnsdist(server, LOSS) as front:
        path = os.path.join(folder, "single.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(f"[dns]\nresolver = {front.address}\n[ptr]\nuse = none\n")
        times = [1000 * check(folder, path, "198.51.100.7")[0].seconds for _ in range(20)]
    limit = 4 * 20 + 150
    row("one address × default set, 20 ms, 5 % dropped", f"{median(times):.0f} ms", f"≤ {limit} ms",
        median(times) <= limit)


@measurement
def size(folder, row):
    """65,536 addresses × 60 lists: peak resident size"""
    with Rbldnsd(zone_texts("10.9.0.0/24")) as server:
        conf = config(folder, server, ZONES, "[targets]\nmax_targets = 65536\n")
        with open(os.devnull, "wb") as out:
            used = Used([REPMON, "-c", conf, "check", "--format", "json", "10.9.0.0/16"], out)
    row("65,536 × 60: peak resident", f"{used.mib:.1f} MiB", "≤ 40 MiB", used.mib <= 40)
    row("65,536 × 60: elapsed, exit code", f"{used.seconds:.1f} s, {used.code}", "2",
        used.code == 2)


@measurement
def run_size(folder, row):
    """`run` over 65,536 addresses × 60 lists, the first and a later one: peak resident size"""
    with Rbldnsd(zone_texts("10.9.0.0/24")) as server:
        conf = config(folder, server, ZONES, f"[repmon]\nstate = {folder}/state/state.db\n"
                      "[targets]\nip = 10.9.0.0/16\nmax_targets = 65536\n")
        os.chmod(conf, 0o600)
        runs = []
        for _ in range(2):
            with open(os.devnull, "wb") as out:
                runs.append(Used([REPMON, "-c", conf, "run"], out))
    peak = max(u.mib for u in runs)
    row("run, 65,536 × 60: peak resident", f"{peak:.1f} MiB", "≤ 48 MiB", peak <= 48)
    row("run, 65,536 × 60: elapsed, exit codes", ", ".join(f"{u.seconds:.1f} s" for u in runs),
        "0, 0", [u.code for u in runs] == [0, 0])


@measurement
def state(folder, row):
    """The state of 65,536 addresses × 60 lists: an unchanged run, new listings, `status`, `page`"""
    def work(listings):
        for old in os.listdir(folder):
            if old.startswith("state.db"):
                os.remove(os.path.join(folder, old))
        out = subprocess.run([os.path.join(TOP, "build/tests/state_bench"), folder, "65536",
                              str(LISTS), str(ROUNDS), str(listings)], check=True,
                             capture_output=True, text=True).stdout
        lines = re.findall(r"^(.*?) +([\d.]+) s  file +(\d+) bytes", out, re.M)
        return {name: ([float(s) for n, s, _ in lines if n == name],
                       [int(b) for n, _, b in lines if n == name]) for name, _, _ in lines}

    def status():
        path = os.path.join(folder, "status.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(f"[repmon]\nstate = {folder}/state.db\n[dns]\nresolver = 127.0.0.1\n"
                    "[dnsbl]\nuse = none\n[ptr]\nuse = none\n[targets]\nip = 10.0.0.0/16\n"
                    "max_targets = 65536\n")
            f.writelines(f'[dnsbl "b{i:02d}.bench.example"]\ncode = 127.0.0.2 X critical\n'
                         for i in range(1, LISTS + 1))
        times = []
        for _ in range(20):
            with open(os.path.join(folder, "status.out"), "wb") as out:
                start = time.monotonic()
                subprocess.run([REPMON, "-c", path, "status", "--max-age", "36500d"], stdout=out,
                               stderr=subprocess.DEVNULL, check=False)
                times.append(time.monotonic() - start)
        with open(os.path.join(folder, "status.out"), encoding="utf-8") as f:
            return 1000 * median(times), f.readline()

    def page():
        """As of an hour after the last run of state_bench."""
        library, = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
        env = {**os.environ, "LD_PRELOAD": library, "FAKETIME": "2025-11-25 09:40:00", "TZ": "UTC"}
        times, path = [], os.path.join(folder, "page.html")
        for _ in range(10):
            with open(path, "wb") as out:
                start = time.monotonic()
                subprocess.run([REPMON, "-c", os.path.join(folder, "status.conf"), "page"],
                               stdout=out, env=env, check=True)
                times.append(time.monotonic() - start)
        with open(path, encoding="utf-8") as f:
            return median(times), os.path.getsize(path), f.read()

    plain = work(0)
    seconds, sizes = plain["unchanged run"]
    row("state of 65,536 × 60: unchanged run", f"{median(seconds):.2f} s", "≤ 1 s",
        median(seconds) <= 1)
    row("state: growth of the file by unchanged runs", f"{sizes[-1] - sizes[0]} bytes", "0",
        sizes[-1] == sizes[0])
    used, line = status()
    row("`status` over it", f"{used:.0f} ms", "≤ 100 ms", used <= 100 and "65536 ok" in line)
    seconds, _ = work(MANY)["new listings"]
    row(f"state: a run with {MANY:,} new listings", f"{seconds[0]:.2f} s", "≤ 3 s",
        seconds[0] <= 3)
    used, line = status()
    row(f"`status` with {MANY:,} findings", f"{used:.0f} ms", "",
        None if f"{MANY} critical" in line else False)
    used, size, text = page()
    row(f"`page` with {MANY:,} findings", f"{used:.2f} s, {size:,} bytes", "≤ 1 s, < 2 MiB",
        used <= 1 and size < 2 << 20 and f"{MANY} findings" in text)


WATCHED = "10.9.0.0/17"  # 32,768 addresses
SWEPT = ZONES[:4]
MANY = 10000


def swept(zone):
    """Addresses that a list newly lists: no two are neighbours, and the codes differ."""
    addresses = [str(ip) for ip in ipaddress.ip_network(WATCHED)]
    own = addresses[2 * SWEPT.index(zone)::8][:MANY // len(SWEPT)]
    return [f"{ip} :127.0.0.{2 + i % 3}:swept" for i, ip in enumerate(own)]


@measurement
def run(folder, row):
    """`run` on 32,768 addresses: one in which nothing changed, one with 10,000 new listings"""
    empty = {zone: "$TTL 300\n:127.0.0.2:bench $\n127.0.0.2\n" for zone in SWEPT}
    with Rbldnsd(empty) as server, MailSink() as mail, WebhookSink() as hook:
        code = "".join(f"code = 127.0.0.{i} CODE{i} critical\n" for i in range(2, 5))
        conf = config(folder, server, [])
        with open(conf, "a", encoding="utf-8") as f:
            f.writelines(f'[dnsbl "{zone}"]\n{code}test = 127.0.0.2\n' for zone in SWEPT)
            f.write(f"[repmon]\nstate = state/state.db\n[targets]\nip = {WATCHED}\n"
                    f"max_targets = 65536\n[mail \"ops\"]\nto = a@example.org\n"
                    f"from = r@example.org\nserver = {mail.address}\ntls = off\n"
                    f"[webhook \"chat\"]\nurl = {hook.url()}\n")
        os.chmod(conf, 0o600)

        def once():
            used = Used([REPMON, "-c", conf, "run"], subprocess.DEVNULL)
            if used.code != 0:
                raise SystemExit(f"repmon ended with {used.code}: {used.err}")
            return used

        once()
        quiet = [once() for _ in range(3)]
        silent_runs = len(mail.messages) == len(hook.requests) == 1
        server.replace({zone: empty[zone] + "\n".join(swept(zone)) + "\n" for zone in SWEPT})
        loud = once()
        body = hook.requests[-1]
        entries = body.json()["changes"]
        told = sum(c["count"] for c in entries if c["kind"] == "listed")
        usual = median([u.seconds for u in quiet])
        row("run, 32,768 × 4, unchanged: seconds, resident MiB, silent",
            f"{usual:.2f} s, {max(u.mib for u in quiet):.0f} MiB", "silence", silent_runs)
        row(f"run with {MANY:,} new listings: seconds more", f"{loud.seconds - usual:.2f}", "≤ 3",
            loud.seconds - usual <= 3)
        row("its digest: listings told, entries, bytes of the web hook, lines of the mail",
            f"{told:,}, {len(entries)}, {len(body.body):,}, "
            f"{len(mail.messages[-1].text.splitlines())}", f"{MANY:,}, ≤ 50, < 20,000",
            told == MANY and len(entries) <= 50 and len(body.body) < 20000)


REPORTS = 10000
RECORDS = 20


def dmarc_report(number):
    """An aggregate as receivers write it, with RECORDS records."""
    record = """  <record>
    <row>
      <source_ip>{ip}</source_ip>
      <count>{count}</count>
      <policy_evaluated>
        <disposition>none</disposition>
        <dkim>pass</dkim>
        <spf>{spf}</spf>
      </policy_evaluated>
    </row>
    <identifiers>
      <envelope_to>receiver.example</envelope_to>
      <header_from>example.org</header_from>
    </identifiers>
    <auth_results>
      <dkim>
        <domain>example.org</domain>
        <result>pass</result>
        <selector>s2026</selector>
      </dkim>
      <spf>
        <domain>bounce.example.org</domain>
        <result>{spf}</result>
      </spf>
    </auth_results>
  </record>
"""
    records = "".join(record.format(ip=f"203.0.{number % 250}.{i}", count=number % 90 + i + 1,
                                    spf="fail" if i % 7 else "pass") for i in range(RECORDS))
    return f"""<?xml version="1.0" encoding="UTF-8" ?>
<feedback>
  <report_metadata>
    <org_name>google.com</org_name>
    <email>noreply-dmarc-support@google.com</email>
    <extra_contact_info>https://support.google.com/a/answer/2466580</extra_contact_info>
    <report_id>{number:019d}</report_id>
    <date_range>
      <begin>1795392000</begin>
      <end>1795478399</end>
    </date_range>
  </report_metadata>
  <policy_published>
    <domain>example.org</domain>
    <adkim>r</adkim>
    <aspf>r</aspf>
    <p>reject</p>
    <sp>reject</sp>
    <pct>100</pct>
  </policy_published>
{records}</feedback>
"""


def report_mail(number):
    """The usual mix: half are gzip, most others zip, one in ten plain XML."""
    text, name = dmarc_report(number).encode(), f"google.com!example.org!1795392000!{number}"
    if number % 10 == 0:
        kind, suffix, data = "text/xml", ".xml", text
    elif number % 2:
        kind, suffix, data = "application/gzip", ".xml.gz", gzip.compress(text, mtime=0)
    else:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name + ".xml", text)
        kind, suffix, data = "application/zip", ".zip", packed.getvalue()
    return f"""Return-Path: <noreply-dmarc-support@google.com>
Delivered-To: dmarc@example.org
Received: from mail-ot1-f73.google.com (mail-ot1-f73.google.com [192.0.2.73])
\tby mx1.example.org (Postfix) with ESMTPS id {number:x}
\tfor <dmarc@example.org>; Tue, 24 Nov 2026 10:11:12 +0000 (UTC)
Authentication-Results: mx1.example.org;
\tdkim=pass (2048-bit key; unprotected) header.d=google.com header.i=@google.com
\theader.s=20230601; spf=pass smtp.mailfrom=noreply-dmarc-support@google.com
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=google.com; s=20230601;
\th=content-transfer-encoding:from:subject:message-id:date:mime-version; bh={"x" * 43}=;
\tb={"y" * 340}
Date: Tue, 24 Nov 2026 03:04:05 -0700
MIME-Version: 1.0
Message-ID: <{number}@google.com>
Subject: Report domain: example.org Submitter: google.com Report-ID: {number:019d}
From: noreply-dmarc-support@google.com
To: dmarc@example.org
Content-Type: {kind}; name="{name}{suffix}"
Content-Disposition: attachment; filename="{name}{suffix}"
Content-Transfer-Encoding: base64

""".encode() + base64.encodebytes(data)


@measurement
def reports(folder, row):
    """10,000 mails with a DMARC report of 20 records, beside plain loops over the same"""
    mails = os.path.join(folder, "mails")
    os.mkdir(mails)
    for number in range(REPORTS):
        with open(os.path.join(mails, str(number)), "wb") as f:
            f.write(report_mail(number))
    total = sum(number % 90 + i + 1 for number in range(REPORTS) for i in range(RECORDS))

    def once(way):
        out = subprocess.run([os.path.join(TOP, "build/tests/report_bench"), way, mails],
                             check=True, capture_output=True, text=True).stdout.split()
        return [int(out[0]), int(out[1]), int(out[2]), float(out[3]), int(out[4]) / 1024]

    once("mime")
    mime, xml, ours = [], [], []
    for _ in range(3):
        mime.append(once("mime"))
        xml.append(once("xml"))
        ours.append(once("repmon"))
    seconds = median([o[3] for o in ours])
    right = all(o[:3] == [REPORTS, REPORTS * RECORDS, total] for o in ours) and \
        all(x[1] == REPORTS * RECORDS for x in xml)
    row(f"{REPORTS:,} DMARC report mails of {RECORDS} records: CPU seconds, sums right",
        f"{seconds:.2f} s", "≤ 20 s", right and seconds <= 20)
    row("their peak resident size", f"{max(o[4] for o in ours):.1f} MiB", "≤ 32 MiB",
        max(o[4] for o in ours) <= 32)
    ratio = median([o[3] / x[3] for o, x in zip(ours, xml)])
    row("beside a plain loop over them: GMime, libarchive, xmlTextReader", f"{ratio:.2f} ×",
        "≤ 2 ×", ratio <= 2)
    ratio = median([o[3] / m[3] for o, m in zip(ours, mime)])
    row("beside a loop of GMime that neither unpacks nor reads the XML", f"{ratio:.2f} ×", "", None)


# 300,032 addresses that 16 monitors share.
MANY_BLOCKS = ["10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.4.0.0/17",
               "10.4.128.0/20", "10.4.144.0/22"]
SHARDS = 16


@measurement
def shards(folder, row):
    """300,000 addresses × 60 lists over 16 shards: questions a day, seconds a run, sizes"""
    def configure(number):
        path = config(folder, server, ZONES)
        with open(path, "a", encoding="utf-8") as f:
            f.write("[repmon]\nstate = shard/state.db\n[prometheus]\ntextfile = repmon.prom\n"
                    f"[targets]\nmax_targets = 400000\nshard = {number}/{SHARDS}\n")
            f.writelines(f"ip = {block}\n" for block in MANY_BLOCKS)
        os.chmod(path, 0o600)
        return path

    def run_once(conf):
        used = Used([REPMON, "-c", conf, "run"], subprocess.DEVNULL)
        if used.code != 0:
            raise SystemExit(f"repmon ended with {used.code}: {used.err}")
        return used

    with Rbldnsd(zone_texts("10.3.0.0/24")) as server:
        parts, a_day = [], {zone: 0 for zone in ZONES}
        for number in range(1, SHARDS + 1):
            report = json.loads(subprocess.run(
                [REPMON, "-c", configure(number), "targets", "--format", "json"], check=True,
                capture_output=True).stdout)
            parts.append(len(report["targets"]))
            for cost in report["lists"]:
                a_day[cost["list"]] += cost["a_day"]
        row("300,000 addresses over 16 shards: of each, fewest and most",
            f"{min(parts):,} to {max(parts):,}", "all, within 5 %",
            sum(parts) == 300032 and max(parts) - min(parts) < sum(parts) / SHARDS / 10)
        most = max(a_day.values())
        row("questions a day to each list, hourly, all shards", f"{most:,}",
            "24 each and the self-tests", most < 24 * 300032 + 24 * SHARDS * 10)
        row("the same with every = 24h", f"{300032 + 24 * SHARDS * 6:,}", "", None)
        conf = configure(1)
        first = run_once(conf)
        runs = [run_once(conf) for _ in range(2)]
        row(f"a run of one shard, {parts[0]:,} × {LISTS}: first, usual, resident",
            f"{first.seconds:.1f} s, {median([u.seconds for u in runs]):.1f} s, "
            f"{max(u.mib for u in runs):.0f} MiB", "≤ 60 s, ≤ 60 MiB",
            first.seconds <= 60 and max(u.mib for u in runs) <= 60)
        state_mib = os.path.getsize(os.path.join(folder, "shard", "state.db")) / 2**20
        metrics = os.path.getsize(os.path.join(folder, "repmon.prom"))
        row("its state and its metrics", f"{state_mib:.1f} MiB, {metrics:,} bytes",
            "metrics < 200,000", metrics < 200000)


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        model = re.search(r"model name\s*:\s*(.*)", f.read())
    with open("/etc/os-release", encoding="utf-8") as f:
        system = re.search(r'PRETTY_NAME="(.*)"', f.read())
    return ", ".join([f"{os.cpu_count()} × {model.group(1) if model else platform.machine()}",
                      system.group(1) if system else platform.system()])


def main():
    names = [function.__name__ for function in MEASUREMENTS]
    parser = argparse.ArgumentParser(prog="tests/bench/run", description=__doc__)
    parser.add_argument("name", nargs="*", help="only these measurements")
    parser.add_argument("--list", action="store_true", help="list the measurements")
    args = parser.parse_args()
    for word in args.name:
        if word not in names:
            parser.error(f"no measurement {word!r}; there are: {', '.join(names)}")
    if args.list:
        for function in MEASUREMENTS:
            print(f"{function.__name__:<10} {function.__doc__}")
        return 0
    rows = []

    def row(what, value, limit, good):
        rows.append(good)
        mark = {True: "yes", False: "**no**", None: ""}[good]
        print(f"| {what} | {value} | {limit} | {mark} |", flush=True)

    print(f"{datetime.date.today()}, {machine()}\n")
    print("| measurement | value | goal | met |\n| --- | --- | --- | --- |", flush=True)
    with tempfile.TemporaryDirectory(prefix="repmon-bench-") as folder:
        for function in MEASUREMENTS:
            if not args.name or function.__name__ in args.name:
                with contextlib.suppress(KeyboardInterrupt):
                    function(folder, row)
    return 1 if False in rows or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
