# SPDX-License-Identifier: ISC
"""A real Postfix in a folder of its own: submission with STARTTLS and AUTH, delivery into files.

Needs root, as Postfix's master does; `Postfix.missing()` says why it can't run. Passwords are asked
of a small server that speaks Dovecot's protocol (Debian's Cyrus library reads /etc/postfix only).
Mail for any address of example.org ends in one mailbox."""

import base64
import email
import email.policy
import glob
import os
import pwd
import shutil
import socket
import ssl
import socketserver
import subprocess
import threading

from .server import HOST, Server, wait_until

SERVICES = """\
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
local unix - n n - - local
virtual unix - n n - - virtual
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

COMMON = """\
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtputf8_enable = no
"""

MAIN = """\
myhostname = mx.lab.test
mydestination =
mynetworks =
alias_maps =
virtual_mailbox_domains = example.org
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:{{box}}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_auth_only = yes
smtpd_tls_security_level = {level}
smtpd_tls_wrappermode = {wrapper}
smtpd_sasl_auth_enable = {auth}
smtpd_sasl_type = dovecot
smtpd_sasl_path = {folder}/auth
smtpd_sasl_security_options = noanonymous
smtpd_relay_restrictions = {relay}
smtpd_recipient_restrictions =
message_size_limit = {size}
"""


def missing():
    """Why Postfix can't be run here, or None."""
    if os.geteuid() != 0:
        return "Postfix's master runs as root only"
    return None if os.path.exists("/usr/sbin/postfix") else "Postfix is not installed"


def write_config(server, main):
    """Configures a Postfix in the folder of `server`, with `main` added to main.cf."""
    owner = pwd.getpwnam("postfix")
    for name in ("etc", "spool", "data"):
        os.makedirs(server.path(name), exist_ok=True)
    os.chown(server.path("data"), owner.pw_uid, owner.pw_gid)
    server.write("etc/main.cf", COMMON.format(folder=server.folder) + main)
    server.write("etc/master.cf", f"{HOST}:{server.port} inet n - n - - smtpd\n" + SERVICES)


def start_command(server):
    """What starts it. A session of its own: its end is that of all its processes."""
    config = server.path("etc")
    subprocess.run(["postfix", "-c", config, "check"], capture_output=True, check=False)
    return ["setsid", "/usr/lib/postfix/sbin/master", "-c", config, "-d"]


def queued(server):
    """How many mails wait anywhere."""
    queues = (("incoming", "*"), ("active", "*"), ("deferred", "*", "*"), ("maildrop", "*"))
    return sum(len(glob.glob(server.path("spool", *q))) for q in queues)


class Passwords(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """The server side of Dovecot's authentication protocol: PLAIN and LOGIN."""

    daemon_threads = True

    def __init__(self, path, users, mechanisms):
        self.users, self.mechanisms = users, mechanisms
        super().__init__(path, PasswordsHandler)
        os.chmod(path, 0o666)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


class PasswordsHandler(socketserver.StreamRequestHandler):
    def say(self, *words):
        self.wfile.write(("\t".join(words) + "\n").encode())
        self.wfile.flush()

    def handle(self):
        self.say("VERSION", "1", "2")
        for mechanism in self.server.mechanisms:
            self.say("MECH", mechanism, "plaintext")
        for words in (("SPID", "1"), ("CUID", "1"), ("COOKIE", "0" * 32), ("DONE",)):
            self.say(*words)
        users = {}
        for line in self.rfile:
            words = line.decode().rstrip("\n").split("\t")
            if words[0] == "AUTH":
                given = next((w[5:] for w in words if w.startswith("resp=")), "")
                if words[2] == "PLAIN":
                    _, user, password = base64.b64decode(given).decode().split("\0")
                    self.verdict(words[1], user, password)
                elif given:  # LOGIN with its first answer at once
                    users[words[1]] = base64.b64decode(given).decode()
                    self.say("CONT", words[1], base64.b64encode(b"Password:").decode())
                else:
                    self.say("CONT", words[1], base64.b64encode(b"Username:").decode())
            elif words[0] == "CONT":
                text = base64.b64decode(words[2]).decode()
                if words[1] in users:
                    self.verdict(words[1], users.pop(words[1]), text)
                else:
                    users[words[1]] = text
                    self.say("CONT", words[1], base64.b64encode(b"Password:").decode())

    def verdict(self, number, user, password):
        good = self.server.users.get(user) == password
        self.say("OK" if good else "FAIL", number, "user=" + user)


class Postfix(Server):
    name = "postfix"

    def __init__(self, authority, names=("127.0.0.1", "localhost"), users=None, tls="encrypt",
                 size=10240000, mechanisms=("PLAIN", "LOGIN"), wrapper=False):
        super().__init__()
        self.authority, self.names, self.users = authority, names, users or {}
        self.tls, self.size, self.mechanisms = tls, size, mechanisms
        self.wrapper = wrapper  # TLS from the first byte
        self.passwords = None

    missing = staticmethod(missing)

    @property
    def config(self):
        return self.path("etc")

    def configure(self):
        key, certificate = self.authority.issue(*self.names)
        owner = pwd.getpwnam("postfix")
        os.makedirs(self.path("mail"), exist_ok=True)
        os.chown(self.path("mail"), owner.pw_uid, owner.pw_gid)
        write_config(self, MAIN.format(
            folder=self.folder, uid=owner.pw_uid, gid=owner.pw_gid, size=self.size,
            certificate=self.path("etc", "tls.pem"), key=self.path("etc", "tls.key"),
            level=self.tls, wrapper="yes" if self.wrapper else "no",
            auth="yes" if self.users else "no",
            relay="permit_sasl_authenticated,reject" if self.users else "reject_unauth_destination"))
        for source, target in ((key, "tls.key"), (certificate, "tls.pem")):
            shutil.copy(source, self.path("etc", target))
        if self.users and not self.passwords:
            self.passwords = Passwords(self.path("auth"), self.users, self.mechanisms)
        return start_command(self)

    def hello(self, connection):
        if not self.wrapper:
            return connection
        context = ssl.create_default_context(cafile=self.authority.file)
        return context.wrap_socket(connection, server_hostname=self.names[0])

    def ready(self):
        try:
            with socket.create_connection((HOST, self.port), 1) as s:
                return self.hello(s).recv(100).startswith(b"220")
        except OSError:
            return False

    def stop(self):
        if self.passwords:
            self.passwords.shutdown()
            self.passwords.server_close()
        super().stop()

    def log(self):
        texts = [super().log()]
        if os.path.exists(self.path("maillog")):
            with open(self.path("maillog"), encoding="utf-8", errors="replace") as f:
                texts.append(f.read())
        return "\n".join(texts)

    def mails(self):
        """What was delivered, in the order of arrival."""
        box = self.path("mail", "box")
        if not os.path.exists(box):
            return []
        with open(box, "rb") as f:
            parts = [p for p in f.read().split(b"\nFrom ") if p.strip()]
        return [email.message_from_bytes(p.split(b"\n", 1)[1], policy=email.policy.default)
                for p in parts]

    def queued(self):
        return queued(self)

    def wait(self, count=1, seconds=10):
        """Waits until nothing is queued any more and `count` mails are there."""
        wait_until(f"{count} mails", lambda: len(self.mails()) >= count and not self.queued(),
                   seconds)
        return self.mails()
