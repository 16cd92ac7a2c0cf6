# SPDX-License-Identifier: ISC
"""check_repmon under the real Icinga 2, by the CheckCommand of contrib/icinga."""

import json
import os
import re
import shutil
import subprocess

from conftest import BAD, CLEAN, TOP, Daemon, need, wait_for

MAIN = """
const PluginDir = "{plugins}"
const NodeName = "mon1"
include <itl>
include <plugins>
include "{folder}/repmon.conf.icinga"

object CheckerComponent "checker" {{ }}
object IcingaApplication "app" {{ enable_notifications = false }}
object FileLogger "log" {{ path = "{folder}/icinga.log" }}
object ExternalCommandListener "commands" {{ command_path = "{folder}/run/commands" }}
object PerfdataWriter "seen" {{
  service_perfdata_path = "{folder}/perf/service"
  service_temp_path = "{folder}/perf-temp"
  host_perfdata_path = "{folder}/perf/host"
  host_temp_path = "{folder}/perf-host-temp"
  service_format_template = "$host.name$ $service.name$ $service.state_id$"
  rotation_interval = 1s
}}
object CheckCommand "nothing" {{ command = [ "/bin/true" ] }}
template Host "mailserver" {{
  check_command = "nothing"
  enable_active_checks = false
  vars.repmon_config = "{conf}"
}}
object Host "clear" {{ import "mailserver", address = "{clean}", vars.mailserver = true }}
object Host "listed" {{ import "mailserver", address = "{bad}", vars.mailserver = true }}
object Host "other" {{ import "mailserver", address = "{bad}" }}
"""
# Of this test's own way to ask for a check at once.
DEPRECATED = "warning/ExternalCommandListener"


def shipped():
    """The file as it comes, with the apply rule taken out of its comment: that must work too."""
    with open(os.path.join(TOP, "contrib/icinga/repmon.conf"), encoding="utf-8") as f:
        text = f.read()
    rule = re.search(r"^apply Service .*?^}", text, re.M | re.S)
    assert rule
    return text + rule[0] + "\n"


def state_of(path):
    """{service: attributes} from the state file: netstrings, each a JSON object."""
    data = path.read_bytes()
    found = {}
    while data:
        length, _, rest = data.partition(b":")
        item = json.loads(rest[:int(length)])
        data = rest[int(length) + 1:]
        if item["type"] == "Service":
            found[item["name"]] = item["update"]
    return found


def test_icinga_runs_the_plugin_and_keeps_state_and_numbers(plugins):
    need("icinga2")
    icinga = shutil.which("icinga2", path=os.environ["PATH"] + ":/usr/sbin")
    folder = plugins.folder
    for name in ("data", "cache", "run", "spool", "logs", "perf"):
        (folder / name).mkdir()
    (folder / "repmon.conf.icinga").write_text(shipped())
    (folder / "icinga2.conf").write_text(MAIN.format(
        plugins=plugins.bin, folder=folder, conf=plugins.conf, clean=CLEAN, bad=BAD)
        .replace(", ", "; "))
    plugins.give()
    as_user = plugins.user or subprocess.run(["id", "-un"], capture_output=True, text=True,
                                             check=True).stdout.strip()
    group = subprocess.run(["id", "-gn", as_user], capture_output=True, text=True,
                           check=True).stdout.strip()
    argv = [icinga, "daemon", "-c", folder / "icinga2.conf", "-D", f"DataDir={folder}/data",
            "-D", f"CacheDir={folder}/cache", "-D", f"InitRunDir={folder}/run",
            "-D", f"SpoolDir={folder}/spool", "-D", f"LogDir={folder}/logs",
            "-D", f"StatePath={folder}/data/icinga2.state",
            "-D", f"ObjectsPath={folder}/cache/icinga2.debug",
            "-D", f"VarsPath={folder}/cache/icinga2.vars",
            "-D", f"PidPath={folder}/run/icinga2.pid",
            "-D", f"RunAsUser={as_user}", "-D", f"RunAsGroup={group}"]

    verified = subprocess.run([*argv, "-C"], capture_output=True, text=True, check=False)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "warning/" not in verified.stdout.replace(DEPRECATED, ""), verified.stdout
    assert "2 Services" in verified.stdout, verified.stdout

    pipe = folder / "run" / "commands"

    def check_now():
        """Icinga spreads first checks over a minute; this asks for them at once."""
        if not wait_for(pipe.is_fifo):
            return
        with open(pipe, "w", encoding="utf-8") as out:
            for host in ("clear", "listed"):
                out.write(f"[1] SCHEDULE_FORCED_SVC_CHECK;{host};reputation;1\n")

    def checked():
        lines = {line for file in (folder / "perf").glob("service*")
                 for line in file.read_text().splitlines()}
        return len({line.split()[0] for line in lines}) >= 2

    with Daemon(folder, argv) as daemon:
        check_now()
        done = wait_for(checked, 90)
        daemon.stop()
        assert done, daemon.output()

    found = state_of(folder / "data" / "icinga2.state")
    clear, listed = found["clear!reputation"], found["listed!reputation"]
    result = clear["last_check_result"]
    assert result["exit_status"] == 0 and clear["state_raw"] == 0, result
    assert result["output"].startswith(f"REPMON OK - {CLEAN} not listed; 1 clear")
    result = listed["last_check_result"]
    assert result["exit_status"] == 2 and listed["state_raw"] == 2, result
    first, _, more = result["output"].partition("\n")
    assert first.startswith(f"REPMON CRITICAL - {BAD} listed: bl.lab (SPAM)")
    assert "[CRITICAL]" in more  # vars.repmon_verbose
    numbers = " ".join(x if isinstance(x, str) else x["label"] for x in result["performance_data"])
    assert re.fullmatch(r"listed=1;;;0 critical=1 warning=0 unknown=0 acked=0 age=\d+s time=[\d.]+s",
                        numbers), numbers
