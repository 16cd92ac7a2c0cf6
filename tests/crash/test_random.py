# SPDX-License-Identifier: ISC
"""kill -9 at random times, while real servers list and unlist: 200 rounds from a printed seed.

What is believed and what was told is compared with the truth after each round: every address is
believed and told as it is, both channels got the same messages, and no id has two contents."""

import os
import random
import signal
import subprocess
import time

import pytest

from lab import Rbldnsd, Unbound, block_list
from station import DAY, HOUR

ROUNDS = int(os.environ.get("REPMON_KILLS", "200"))
SEED = int(os.environ.get("REPMON_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)
PARTS = 2
ADDRESSES = [f"198.51.100.{i}" for i in range(1, 9)]
LISTS = ["one.lab", "two.lab"]
CODES = ["127.0.0.2", "127.0.0.4"]


class Truth:
    """Who is listed where, in rbldnsd."""

    def __init__(self, dice):
        self.dice = dice
        self.listed = {zone: {} for zone in LISTS}

    def texts(self):
        return {zone: block_list([f"{ip} :{code}:Listed" for ip, code in listed.items()])
                for zone, listed in self.listed.items()}

    def change(self):
        for _ in range(self.dice.randint(0, 3)):
            listed, ip = self.listed[self.dice.choice(LISTS)], self.dice.choice(ADDRESSES)
            if ip in listed and self.dice.random() < 0.6:
                del listed[ip]
            else:
                listed[ip] = self.dice.choice(CODES)


class Heard:
    """What a reader of the web hooks believes, each message once."""

    def __init__(self):
        self.bodies = {}
        self.listed = {zone: {} for zone in LISTS}

    def read(self, requests):
        for request in requests:
            body = request.json()
            if body["id"] in self.bodies:
                assert self.bodies[body["id"]] == request.body, "one id, two contents"
                continue
            self.bodies[body["id"]] = request.body
            for change in body["changes"]:
                self.apply(change)

    def apply(self, change):
        if not change["list"]:
            return
        listed = self.listed[change["list"]]
        for ip in addresses(change):
            if change["kind"] in ("listed", "baseline"):
                assert ip not in listed, f"listed twice: {change}"
                listed[ip] = change["codes"][0]["answer"]
            elif change["kind"] == "changed":
                assert ip in listed, f"changed before it was listed: {change}"
                listed[ip] = change["codes"][0]["answer"]
            elif change["kind"] == "delisted":
                assert listed.pop(ip, None), f"delisted before it was listed: {change}"
            else:
                raise AssertionError(f"nobody did this: {change}")


def addresses(change):
    for text in change["addresses"]:
        first, _, last = text.partition("-")
        head, low = first.rsplit(".", 1)
        high = last.rsplit(".", 1)[1] if last else low
        yield from (f"{head}.{i}" for i in range(int(low), int(high) + 1))


def kill_at_random(station, dice, usual):
    process = station.start()
    try:
        process.wait(dice.uniform(0.0, usual))
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode in (0, -signal.SIGKILL)
    return process.returncode != 0


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_random_nothing_is_lost_or_invented(station, part):
    seed = SEED + part
    print(f"REPMON_SEED={SEED} (part {part})")
    dice = random.Random(seed)
    truth, heard = Truth(dice), Heard()
    for zone in LISTS:
        station.zone(zone)
    extra = "cache-max-ttl: 0\ncache-max-negative-ttl: 0"
    killed = 0
    with Rbldnsd(truth.texts()) as server, \
            Unbound({zone: server for zone in LISTS}, extra=extra) as resolver:
        station.configure(targets="\n".join(f"ip = {ip}" for ip in ADDRESSES),
                          top="confirm_cleared = 1\nflap = 16/1m\nremind = 0",
                          dns="timeout = 2s\ntries = 3")
        station.edit(station.dns.address, resolver.address)
        start = time.monotonic()
        station.run()
        usual = 1.2 * (time.monotonic() - start)
        for number in range(ROUNDS // PARTS):
            where = f"REPMON_SEED={SEED}, part {part}, round {number}"
            truth.change()
            server.replace(truth.texts())
            station.clock += dice.randint(HOUR, DAY)
            for _ in range(dice.choice((1, 1, 2))):
                killed += kill_at_random(station, dice, usual)
            start = time.monotonic()
            station.run()
            usual = 0.9 * usual + 0.1 * 1.2 * (time.monotonic() - start)
            heard.read(station.hook.requests)
            station.hook.requests.clear()
            assert heard.listed == truth.listed, where
            believed = {zone: {} for zone in LISTS}
            for zone, ip, answers in station.rows(
                    "SELECT name, ip, answers FROM belief JOIN list ON list.id = list"
                    " JOIN target ON target.id = target WHERE answers <> ''"):
                believed[zone][".".join(map(str, ip))] = answers
            assert believed == truth.listed, where
            mails = {m.message["Message-ID"].strip("<>").split("@")[0]
                     for m in station.mail.messages}
            assert mails == set(heard.bodies), where
            assert not station.rows("SELECT id FROM outbox WHERE state <> 'sent'"), where
    assert killed >= ROUNDS // PARTS // 4, "hardly any round was killed"
    assert len(heard.bodies) > ROUNDS // PARTS // 4
    told = [c for c in station.rows("SELECT kind FROM history") if c[0] != "baseline"]
    assert told
