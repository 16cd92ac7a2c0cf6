# SPDX-License-Identifier: ISC
"""check_repmon under the real Nagios 4, by the definitions of contrib/nagios."""

import os
import re
import shutil
import subprocess

from conftest import BAD, CLEAN, TOP, Daemon, need, wait_for

OBJECTS = """
define timeperiod {{
    timeperiod_name 24x7
    alias           always
    sunday          00:00-24:00
    monday          00:00-24:00
    tuesday         00:00-24:00
    wednesday       00:00-24:00
    thursday        00:00-24:00
    friday          00:00-24:00
    saturday        00:00-24:00
}}
define contact {{
    contact_name                  nobody
    host_notifications_enabled    0
    service_notifications_enabled 0
    host_notification_period      24x7
    service_notification_period   24x7
    host_notification_options     n
    service_notification_options  n
    host_notification_commands    nothing
    service_notification_commands nothing
}}
define command {{
    command_name nothing
    command_line /bin/true
}}
define host {{
    host_name              clear
    address                {clean}
    max_check_attempts     1
    check_period           24x7
    contacts               nobody
    active_checks_enabled  0
}}
define host {{
    use_nothing            1
    host_name              listed
    address                {bad}
    max_check_attempts     1
    check_period           24x7
    contacts               nobody
    active_checks_enabled  0
}}
define service {{
    use                    repmon-service
    host_name              clear,listed
    contacts               nobody
}}
define service {{
    use                    repmon-service
    host_name              listed
    service_description    by address
    check_command          check_repmon_address!{clean}
    contacts               nobody
}}
""".replace("    use_nothing            1\n", "")

MAIN = """
cfg_file={folder}/repmon.cfg
cfg_file={folder}/objects.cfg
resource_file={folder}/resource.cfg
log_file={folder}/nagios.log
log_archive_path={folder}
object_cache_file={folder}/objects.cache
precached_object_file={folder}/objects.precache
status_file={folder}/status.dat
status_update_interval=1
state_retention_file={folder}/retention.dat
retain_state_information=0
command_file={folder}/nagios.cmd
lock_file={folder}/nagios.pid
temp_file={folder}/nagios.tmp
temp_path={folder}
check_result_path={folder}
query_socket={folder}/nagios.qh
check_external_commands=0
check_for_updates=0
use_syslog=0
event_broker_options=0
service_inter_check_delay_method=n
illegal_macro_output_chars=`~$&|'"<>
execute_host_checks=0
enable_notifications=0
{user}
"""


def services(path):
    """{(host, service): {field: value}} of a status.dat."""
    try:
        text = path.read_text()
    except OSError:
        return {}
    found = {}
    for block in re.findall(r"^servicestatus \{(.*?)^\t\}", text, re.M | re.S):
        fields = dict(line.strip().split("=", 1) for line in block.strip().splitlines())
        found[fields["host_name"], fields["service_description"]] = fields
    return found


def test_nagios_runs_the_plugin_and_shows_state_and_numbers(plugins):
    need("nagios4")
    nagios = shutil.which("nagios4", path=os.environ["PATH"] + ":/usr/sbin")
    folder = plugins.folder
    shutil.copy(os.path.join(TOP, "contrib/nagios/repmon.cfg"), folder)
    (folder / "objects.cfg").write_text(OBJECTS.format(clean=CLEAN, bad=BAD))
    (folder / "resource.cfg").write_text(f"$USER1$={plugins.wrapped}\n")
    user = f"nagios_user={plugins.user}\nnagios_group={plugins.user}" if plugins.user else ""
    (folder / "nagios.cfg").write_text(MAIN.format(folder=folder, user=user))
    plugins.give()

    verified = subprocess.run([nagios, "-v", folder / "nagios.cfg"], capture_output=True,
                              text=True, check=False)
    assert verified.returncode == 0, verified.stdout
    assert "Total Warnings: 0" in verified.stdout, verified.stdout

    def checked():
        found = services(folder / "status.dat")
        done = len(found) == 3 and all(f["has_been_checked"] == "1" for f in found.values())
        return found if done else None

    with Daemon(folder, [nagios, folder / "nagios.cfg"], plugins.user) as daemon:
        found = wait_for(checked)
        assert found, daemon.output() + (folder / "nagios.log").read_text()

    clear = found["clear", "reputation"]
    assert clear["current_state"] == "0", clear
    assert clear["plugin_output"].startswith(f"REPMON OK - {CLEAN} not listed: 1 clear")  # ; is Nagios' own
    listed = found["listed", "reputation"]
    assert listed["current_state"] == "2", listed
    assert listed["plugin_output"].startswith(f"REPMON CRITICAL - {BAD} listed: bl.lab (SPAM)")
    assert re.fullmatch(r"listed=1;;;0 critical=1 warning=0 unknown=0 acked=0 age=\d+s time=[\d.]+s",
                        listed["performance_data"]), listed
    assert found["listed", "by address"]["current_state"] == "0"
