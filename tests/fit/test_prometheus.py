# SPDX-License-Identifier: ISC
"""Metrics, alert rules and the dashboard, by promtool of the real Prometheus."""

import json
import os
import re
import subprocess

import pytest
import yaml
from conftest import BAD, CLEAN, CRITICAL, TOP, lab, need

FOLDER = os.path.join(TOP, "contrib", "prometheus")


def promtool(*args, stdin=None):
    need("promtool")
    return subprocess.run(["promtool", *args], input=stdin, capture_output=True, text=True,
                          check=False, cwd=FOLDER)


def clean(metrics):
    done = promtool("check", "metrics", stdin=metrics)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), metrics
    return metrics


def series(metrics):
    return set(re.findall(r"^(repmon_\w+)", metrics, re.M))


def watching(station):
    zone = station.zone()
    zone.listed[BAD] = "127.0.0.2"
    station.configure(targets=f"ip = {CLEAN} a\nip = {BAD} \"\\{{}}\\n",
                             extra="[prometheus]\ntextfile = repmon.prom")
    return zone


def test_metrics_of_check_status_and_the_textfile_are_clean(station):
    watching(station)
    station.run()
    textfile = station.folder / "repmon.prom"
    text = clean(textfile.read_text())
    assert textfile.stat().st_mode & 0o777 == 0o644
    assert (f'repmon_listed{{target="{BAD}",label="\\"\\\\{{}}\\\\n",list="bl.lab",severity="critical",'
            'acked="false"} 1') in text
    assert [p.name for p in station.folder.glob("*.prom*")] == ["repmon.prom"]
    for command in (("status",), ("check", CLEAN, BAD)):
        ran = station.command(*command, "--format", "prometheus", code=CRITICAL)
        assert "repmon_listed{" in clean(ran.out)


def test_a_run_that_can_ask_nothing_writes_the_metrics_too(station):
    zone = watching(station)
    station.run()
    textfile = station.folder / "repmon.prom"
    before = textfile.read_text()
    zone.rule = lambda q: lab.servfail()
    station.run(after=3600, code=69)
    after = clean(textfile.read_text())
    when = re.compile(r"^repmon_last_(run|success)_timestamp_seconds (\d+)", re.M)
    old, new = dict(when.findall(before)), dict(when.findall(after))
    assert int(new["run"]) >= int(old["run"]) + 3600
    assert new["success"] == old["success"]
    assert re.search(r'^repmon_list_up\{source="dnsbl",list="bl.lab"\} 0$', after, re.M)


def test_alert_rules_hold_what_they_promise():
    assert promtool("check", "rules", "repmon.rules.yml").returncode == 0
    done = promtool("test", "rules", "repmon.rules.test.yml")
    assert done.returncode == 0, done.stdout + done.stderr


def known_metrics():
    path = os.path.join(TOP, "tests", "data", "render", "run.prometheus")
    with open(path, encoding="utf-8") as f:
        return series(f.read())


def used(text):
    return set(re.findall(r"\brepmon_[a-z_]+\b", text))


def rules():
    with open(os.path.join(FOLDER, "repmon.rules.yml"), encoding="utf-8") as f:
        return f.read()


def rule_expressions():
    return [r["expr"] for g in yaml.safe_load(rules())["groups"] for r in g["rules"]]


def expressions():
    with open(os.path.join(FOLDER, "dashboard.json"), encoding="utf-8") as f:
        board = json.load(f)
    return [t["expr"] for p in board["panels"] for t in p["targets"]]


def test_rules_and_dashboard_use_metrics_that_exist():
    assert used("\n".join(rule_expressions())) <= known_metrics()
    on_board = used("\n".join(expressions()))
    assert on_board <= known_metrics()
    # What nobody looks at need not be measured.
    assert known_metrics() - on_board <= {"repmon_last_success_timestamp_seconds",
                                          "repmon_build_info"}


def test_every_alert_of_the_rules_is_tested_to_fire():
    with open(os.path.join(FOLDER, "repmon.rules.test.yml"), encoding="utf-8") as f:
        tests = f.read()
    for name in re.findall(r"alert: (\w+)", rules()):
        fires = rf"alertname: {name}\n +exp_alerts:\n +- exp_labels"
        assert re.search(fires, tests), f"{name} is never seen to fire"


def test_every_expression_of_the_dashboard_can_be_asked(tmp_path):
    lines = ["groups:", "  - name: board", "    rules:"]
    for i, expr in enumerate(expressions()):
        expr = re.sub(r"\$(job|instance)", ".*", expr)
        lines += [f"      - record: board:{i}", f"        expr: {json.dumps(expr)}"]
    path = tmp_path / "board.yml"
    path.write_text("\n".join(lines) + "\n")
    done = promtool("check", "rules", str(path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(expressions())} rules found" in done.stdout


@pytest.mark.parametrize("name", ["acked", "block", "clear", "dark", "listed", "run", "unknown"])
def test_golden_metrics_are_clean(name):
    path = os.path.join(TOP, "tests", "data", "render", name + ".prometheus")
    with open(path, encoding="utf-8") as f:
        clean(f.read())
