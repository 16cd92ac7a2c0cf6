# SPDX-License-Identifier: ISC
"""A real Postfix, and a real Exim, that hand the mail of an address to a program, as their manuals
say: Postfix by an alias file, whose owner runs the program, Exim by a pipe transport with `user`.

Both need root; missing() says why they can't run. Mail for reports@example.org goes to `command`."""

import glob
import os
import pwd
import shlex
import smtplib
import socket
import subprocess

from .mailflow import EXIM, EXIM_ID, has_user
from .postfix import Postfix
from .server import HOST, Server, wait_until

ADDRESS = "reports@example.org"

MASTER = """\
{port} inet n - n - - smtpd
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
local unix - n n - - local
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.org
mydestination = example.org
mynetworks = 127.0.0.0/8
alias_maps = hash:{folder}/aliases
alias_database =
local_recipient_maps =
message_size_limit = 100000000
mailbox_size_limit = 0
minimal_backoff_time = 1s
maximal_backoff_time = 1s
queue_run_delay = 1s
smtpd_relay_restrictions = permit_mynetworks, reject
smtputf8_enable = no
"""

EXIM_CONF = """\
exim_path = {exim}
exim_user = Debian-exim
exim_group = Debian-exim
spool_directory = {folder}/spool
log_file_path = {folder}/maillog.%s
primary_hostname = mx.example.org
local_interfaces = 127.0.0.1.{port}
acl_smtp_rcpt = accept
message_size_limit = 100M
host_lookup =
rfc1413_hosts =
never_users = root
begin routers
reports:
  driver = accept
  local_parts = reports
  transport = intake
begin transports
intake:
  driver = pipe
  command = {command}
  user = {user}
  return_fail_output
begin retry
* * F,1h,1s
"""


class Alias(Server):
    def __init__(self, command, user):
        super().__init__()
        self.command, self.user = shlex.join(map(str, command)), user

    def ready(self):
        try:
            with socket.create_connection((HOST, self.port), 1) as s:
                return s.recv(100).startswith(b"220")
        except OSError:
            return False

    def log(self):
        texts = [super().log()]
        for path in glob.glob(self.path("maillog*")):
            with open(path, encoding="utf-8", errors="replace") as f:
                texts.append(f.read())
        return "\n".join(texts)

    def send(self, mail):
        with smtplib.SMTP(HOST, self.port, "client.example.org", timeout=20) as session:
            session.sendmail("noreply@google.com", [ADDRESS], mail)

    def queued(self):
        return sum(len(glob.glob(self.path("spool", *q))) for q in self.queues)

    def wait(self):
        """Until nothing is queued any more."""
        try:
            wait_until("an empty queue", lambda: not self.queued(), 20)
        except RuntimeError as error:
            raise RuntimeError(f"{error}:\n{self.log()}") from None


class PostfixAlias(Alias):
    name = "postfix"
    missing = staticmethod(Postfix.missing)
    queues = (("incoming", "*"), ("active", "*"), ("deferred", "*", "*"), ("maildrop", "*"))

    def configure(self):
        owner = pwd.getpwnam("postfix")
        for name in ("etc", "spool", "data"):
            os.makedirs(self.path(name), exist_ok=True)
        os.chown(self.path("data"), owner.pw_uid, owner.pw_gid)
        self.write("etc/main.cf", MAIN.format(folder=self.folder))
        self.write("etc/master.cf", MASTER.format(port=f"{HOST}:{self.port}"))
        self.write("aliases", f'reports: "|{self.command}"\n')
        subprocess.run(["postalias", "-c", self.path("etc"), f"hash:{self.path('aliases')}"],
                       check=True)
        self.give_to(self.user)
        subprocess.run(["postfix", "-c", self.path("etc"), "check"], capture_output=True,
                       check=False)
        # A session of its own: its end is that of all its processes.
        return ["setsid", "/usr/lib/postfix/sbin/master", "-c", self.path("etc"), "-d"]

    def give_to(self, user):
        """The alias file's owner is who runs its commands: local(8)."""
        for name in ("aliases", "aliases.db"):
            os.chown(self.path(name), pwd.getpwnam(user).pw_uid, 0)


class EximAlias(Alias):
    name = "exim"
    queues = (("input", "*-H"), ("input", "*", "*-H"))

    @staticmethod
    def missing():
        if os.geteuid() != 0:
            return "Exim is started by root only"
        if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
            return "no mounts of its own can be made here"
        return None if EXIM else "Exim is not there (contrib/install-deps test)"

    def configure(self):
        ours = has_user("Debian-exim")
        uid = pwd.getpwnam("Debian-exim").pw_uid if ours else EXIM_ID
        os.makedirs(self.path("spool"), exist_ok=True)
        os.chown(self.path("spool"), uid, uid)
        os.chown(self.folder, uid, uid)
        self.write("exim.conf", EXIM_CONF.format(exim=EXIM, folder=self.folder, port=self.port,
                                                 command=self.command, user=self.user))
        mounts = ""
        for name, line in (("passwd", f"Debian-exim:x:{uid}:{uid}::/nonexistent:/bin/false\n"),
                           ("group", f"Debian-exim:x:{uid}:\n")):
            with open(f"/etc/{name}", encoding="utf-8") as f:
                self.write(name, f.read() + ("" if ours else line))
            mounts += f"mount --bind {self.path(name)} /etc/{name} && "
        # Only with the configuration that is compiled in may it become the user of a pipe.
        place = "/var/lib/exim4/config.autogenerated"
        mounts += ("mount -t tmpfs none /var/lib && mkdir /var/lib/exim4 && "
                   f"cp {self.path('exim.conf')} {place} && ")
        return ["unshare", "-m", "sh", "-c", f"{mounts} exec {EXIM} -bdf -q1s"]
