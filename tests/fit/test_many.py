# SPDX-License-Identifier: ISC
"""Many monitors, one view: the shipped rules in the real Prometheus and Alertmanager."""

import datetime
import functools
import http.server
import json
import os
import re
import threading
import urllib.parse
import urllib.request

import pytest
import yaml
from conftest import TOP, Daemon, need, wait_for
from lab.server import HOST, free_port
from lab.shards import shard_of
from lab.sinks import WebhookSink
from station import Station

POOL = [f"192.0.2.{i}" for i in range(1, 61)]
# Nobody waits here: scrapes and evaluations follow one another, and what the rules wait for so that
# an hour without a run is no alert is shortened. Nothing else differs from what is shipped.
SHORT = "200ms"
HASTE = {"RepmonInstanceGone": "1s", "RepmonShardMissing": "1s"}
PROMETHEUS = """
global: {{ scrape_interval: {short}, scrape_timeout: {short}, evaluation_interval: {short} }}
rule_files: [ "{rules}" ]
alerting:
  alertmanagers:
    - static_configs: [ {{ targets: [ "{alertmanager}" ] }} ]
scrape_configs:
  - job_name: hosts
    metrics_path: /metrics
    file_sd_configs: [ {{ files: [ "{hosts}" ], refresh_interval: 1s }} ]
    relabel_configs: &by_path
      - {{ source_labels: [ __address__ ], target_label: instance }}
      - {{ source_labels: [ __address__ ], target_label: __metrics_path__, replacement: "/$1" }}
      - {{ target_label: __address__, replacement: "{metrics}" }}
  - job_name: shards
    file_sd_configs: [ {{ files: [ "{shards}" ], refresh_interval: 1s }} ]
    relabel_configs: *by_path
"""
ALERTMANAGER = """
route:
  receiver: hook
  group_by: [ alertname, target, list ]
  group_wait: 300ms
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: hook
    webhook_configs: [ {{ url: "{url}", send_resolved: true }} ]
"""


class Metrics(http.server.BaseHTTPRequestHandler):
    """What node_exporter's textfile collector does: /NAME gives the metrics of that monitor."""

    def __init__(self, monitors, *args):
        self.monitors = monitors
        super().__init__(*args)

    def do_GET(self):
        monitor = self.monitors.get(self.path[1:])
        textfile = monitor and monitor.folder / "repmon.prom"
        if not textfile or not textfile.exists():
            self.send_error(503)
            return
        body = textfile.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class View:
    """The monitors by name, and what Prometheus knows and Alertmanager told."""

    def __init__(self, station, folder, hook):
        self.station, self.folder, self.hook = station, folder, hook
        self.monitors = {}  # that can be scraped
        self.seen = 0

    def write_targets(self, job, names):
        path = self.folder / f"{job}.json"
        whole = path.with_suffix(".tmp")
        whole.write_text(json.dumps([{"targets": sorted(names)}]))
        whole.rename(path)

    def monitor(self, name, targets, **keys):
        folder = self.folder / name
        if not folder.exists():
            folder.mkdir()
            self.monitors[name] = Station(self.station.repmon, folder, self.station.dns,
                                          self.station.mail, self.station.hook)
            self.monitors[name].lists = self.station.lists
        made = self.monitors[name]
        made.configure(targets=targets, top="confirm_cleared = 1\nconfirm_gap = 0", channels="",
                       extra="[prometheus]\ntextfile = repmon.prom", **keys)
        made.edit("instance = mon1", f"instance = {name}")
        return made

    def query(self, expression):
        """{labels: value}, the labels without their names, in the order of their names."""
        url = f"http://{self.prometheus}/api/v1/query?" + \
            urllib.parse.urlencode({"query": expression})
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                found = json.load(answer)["data"]["result"]
        except OSError:
            return {}
        return {tuple(v for _, v in sorted(r["metric"].items())): float(r["value"][1])
                for r in found}

    def wait(self, expression, expected, what="query"):
        """Until Prometheus says so."""
        found = None

        def holds():
            nonlocal found
            found = self.query(expression)
            return found == expected
        assert wait_for(holds, 15), f"{expression}: {found}, not {expected}"

    def scraped(self):
        """Until Prometheus has what the monitors wrote last, and has looked at the rules since."""
        for name, monitor in self.monitors.items():
            text = (monitor.folder / "repmon.prom").read_text()
            last = float(re.search(r"^repmon_last_run_timestamp_seconds (\S+)", text, re.M)[1])
            listed = len(re.findall(r"^repmon_listed\{", text, re.M))
            select = f'{{instance="{name}"}}'
            self.wait(f"max(repmon_last_run_timestamp_seconds{select})", {(): last})
            self.wait(f"count(repmon_listed{select}) or vector(0)", {(): listed})
        begun = self.evaluated()
        assert wait_for(lambda: self.evaluated() > begun + 0.5, 15)

    def evaluated(self):
        with urllib.request.urlopen(f"http://{self.prometheus}/api/v1/rules", timeout=5) as answer:
            last = json.load(answer)["data"]["groups"][0]["lastEvaluation"]
        seconds, fraction = re.fullmatch(r"(.*?)(\.\d+)?(?:Z|\+00:00)", last).groups()
        whole = datetime.datetime.fromisoformat(seconds + "+00:00").timestamp()
        return whole + float(fraction or 0)

    def told(self, count):
        """The next notifications, exactly so many: [(status, alert name, target or "")]."""
        wait_for(lambda: len(self.hook.requests) >= self.seen + count, 15)
        wait_for(lambda: len(self.hook.requests) > self.seen + count, 2)  # and no more
        requests = self.hook.requests[self.seen:]
        self.seen = len(self.hook.requests)
        found = [(body["status"], a["labels"]["alertname"], a["labels"].get("target", ""))
                 for body in (r.json() for r in requests) for a in body["alerts"]]
        assert len(found) == count, found
        return sorted(found)


def hasty_rules(path):
    with open(os.path.join(TOP, "contrib/prometheus/repmon.rules.yml"), encoding="utf-8") as f:
        rules = yaml.safe_load(f)
    for rule in rules["groups"][0]["rules"]:
        if rule.get("alert") in HASTE:
            rule["for"] = HASTE[rule["alert"]]
    path.write_text(yaml.safe_dump(rules))


@pytest.fixture
def view(station, tmp_path):
    """Prometheus and Alertmanager on free ports, scraping View.monitors."""
    need("prometheus", "prometheus-alertmanager")
    folder = tmp_path / "many"
    folder.mkdir()
    hasty_rules(folder / "rules.yml")
    with WebhookSink() as hook:
        view = View(station, folder, hook)
        for job in ("hosts", "shards"):
            view.write_targets(job, [])
        server = http.server.ThreadingHTTPServer(
            (HOST, 0), functools.partial(Metrics, view.monitors))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        alertmanager, view.prometheus = f"{HOST}:{free_port()}", f"{HOST}:{free_port()}"
        (folder / "alertmanager.yml").write_text(ALERTMANAGER.format(url=hook.url("/alerts")))
        (folder / "prometheus.yml").write_text(PROMETHEUS.format(
            short=SHORT, rules=folder / "rules.yml", alertmanager=alertmanager,
            metrics=f"{HOST}:{server.server_port}", hosts=folder / "hosts.json",
            shards=folder / "shards.json"))
        for name in ("am", "tsdb"):
            (folder / name).mkdir()
        with Daemon(folder / "am", ["prometheus-alertmanager",
                                    f"--config.file={folder}/alertmanager.yml",
                                    f"--storage.path={folder}/am/data",
                                    f"--web.listen-address={alertmanager}",
                                    "--cluster.listen-address="]), \
                Daemon(folder / "tsdb", ["prometheus", f"--config.file={folder}/prometheus.yml",
                                         f"--storage.tsdb.path={folder}/tsdb/data",
                                         f"--web.listen-address={view.prometheus}",
                                         "--rules.alert.resend-delay=1s"]) as prometheus:
            assert wait_for(lambda: view.query("vector(1)")), prometheus.output()
            yield view
        server.shutdown()
        server.server_close()


def lines(addresses):
    return "\n".join(f"ip = {ip}" for ip in addresses)


def shard(view, number, count):
    return view.monitor(f"s{number}", f"{lines(POOL)}\nshard = {number}/{count}")


def test_thirty_hosts_in_small(view):
    """From a listing that three monitors see to one notification that it is over; on the way one
    shard more, and a shard that dies."""
    zone = view.station.zone()
    hosts = [view.monitor(name, lines(POOL[first:first + 30]))
             for name, first in (("mx1", 0), ("mx2", 10), ("mx3", 20))]
    shards = {n: shard(view, n, 3) for n in (1, 2, 3)}
    for monitor in (*hosts, *shards.values()):
        monitor.run()
    view.write_targets("hosts", ["mx1", "mx2", "mx3"])
    view.write_targets("shards", ["s1", "s2", "s3"])
    view.scraped()
    view.wait("sum(repmon_targets) by (job)", {("hosts",): 90.0, ("shards",): 60.0})
    view.told(0)

    # Two hosts and a shard watch it.
    seen_by_three = next(ip for ip in POOL[10:20] if shard_of(ip, 3) == shard_of(ip, 4))
    zone.listed[seen_by_three] = "127.0.0.2"
    for monitor in view.monitors.values():
        monitor.run()
    view.scraped()
    view.wait(f'count(repmon_listed{{target="{seen_by_three}"}})', {(): 3.0})
    assert view.told(1) == [("firing", "RepmonListed", seen_by_three)]
    annotation = view.hook.requests[-1].json()["alerts"][0]["annotations"]
    assert "Seen by mx" in annotation["description"]  # by those that had run when it was told

    # One shard more takes its part, a finding with it.
    moving = next(ip for ip in POOL[50:] if shard_of(ip, 4) == 4)
    zone.listed[moving] = "127.0.0.2"
    shards[shard_of(moving, 3)].run()
    view.scraped()
    assert view.told(1) == [("firing", "RepmonListed", moving)]
    shards[4] = shard(view, 4, 4)
    shards[4].state.parent.mkdir()
    shards[4].state.write_bytes(shards[1].state.read_bytes())
    shard(view, 4, 4).run()
    view.write_targets("shards", ["s1", "s2", "s3", "s4"])
    # Before the others speak of four: here a shard may be missing for a second only.
    view.wait('count(repmon:fresh{instance="s4"} == 1)', {(): 1.0})
    for n in (1, 2, 3):
        shard(view, n, 4).run()
    view.scraped()
    view.wait('sum(repmon_targets{job="shards"})', {(): 60.0})
    assert 60 / 4 / 2 < view.query('repmon_targets{instance="s4"}')["repmon_targets", "s4",
                                                                    "shards"] < 60 / 4 * 2
    view.wait(f'count(repmon_listed{{target="{moving}"}})', {(): 1.0})
    view.told(0)

    # A shard dies, and comes back.
    dead = view.monitors.pop("s2")
    assert view.told(2) == [("firing", "RepmonInstanceGone", ""),
                            ("firing", "RepmonShardMissing", "")]
    view.monitors["s2"] = dead
    assert view.told(2) == [("resolved", "RepmonInstanceGone", ""),
                            ("resolved", "RepmonShardMissing", "")]

    # The listing is over when the last of the three has seen that.
    del zone.listed[seen_by_three]
    last = shards[shard_of(seen_by_three, 4)]
    for host in hosts:
        host.run()
    view.scraped()
    view.told(0)
    last.run()
    view.scraped()
    assert view.told(1) == [("resolved", "RepmonListed", seen_by_three)]
