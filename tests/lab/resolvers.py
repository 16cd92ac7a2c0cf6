# SPDX-License-Identifier: ISC
"""Debian's other resolvers, each leading all names or some zones to a server of the lab."""

import functools
import glob
import re
import subprocess

from .server import HOST, Server, ask

PROBE = "ready.resolver.invalid"


def port_of(to):
    return to if isinstance(to, int) else to.port


class Resolver(Server):
    """`to`: the Server (or port) that all questions are forwarded to."""

    def __init__(self, to, extra=""):
        super().__init__()
        self.to = to
        self.extra = extra

    def ready(self):
        return ask(self.port, PROBE) is not None


class Bind(Resolver):
    """zones: further clauses of its configuration."""

    name = "named"

    def __init__(self, to, extra="", zones=""):
        super().__init__(to, extra)
        self.zones = zones

    def configure(self):
        self.write("named.conf", f"""
options {{
  directory "{self.folder}"; pid-file none; session-keyfile none;
  listen-on port {self.port} {{ {HOST}; }}; listen-on-v6 {{ none; }};
  forward only; forwarders {{ {HOST} port {port_of(self.to)}; }};
  dnssec-validation no; recursion yes; allow-query {{ any; }}; empty-zones-enable no;
  {self.extra}
}};
controls {{ }};
{self.zones}
""")
        return ["/usr/sbin/named", "-f", "-n", "1", "-c", self.path("named.conf")]


RECURSOR = "/usr/sbin/pdns_recursor"


@functools.cache
def old_settings():
    """Since 5.0 (Debian 13) the file is YAML unless that is said, and before it can't be said."""
    said = subprocess.run([RECURSOR, "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"Recursor (\d+)", said.stdout + said.stderr)
    return ["--enable-old-settings"] if version and int(version[1]) >= 5 else []


class Recursor(Resolver):
    name = "pdns_recursor"

    def configure(self):
        self.write("recursor.conf", "\n".join([
            f"local-address={HOST}", f"local-port={self.port}", f"socket-dir={self.folder}",
            f"forward-zones-recurse=.={HOST}:{port_of(self.to)}", "dnssec=off", "daemon=no",
            "write-pid=no", "setuid=", "setgid=", "allow-from=127.0.0.0/8", "security-poll-suffix=",
            "threads=1", "dont-query=", "hint-file=no", self.extra, ""]))
        return [RECURSOR, f"--config-dir={self.folder}", *old_settings()]


class Knot(Resolver):
    name = "kresd"

    def configure(self):
        self.write("kresd.conf", "\n".join([
            f"net.listen('{HOST}', {self.port}, {{ kind = 'dns' }})",
            "modules.unload('ta_signal_query')", "trust_anchors.remove('.')",
            "cache.size = 1 * MB",
            f"policy.add(policy.all(policy.STUB('{HOST}@{port_of(self.to)}')))",
            self.extra, ""]))
        return ["/usr/sbin/kresd", "-n", "-c", self.path("kresd.conf"), self.folder]


# Installed, the package would take over the machine's resolv.conf: contrib/install-deps unpacks it.
FOLDERS = ("/usr/lib/systemd", "/usr/local/lib/repmon-lab/resolved/**/lib/systemd")
RESOLVED = next((path for folder in FOLDERS
                 for path in glob.glob(folder + "/systemd-resolved", recursive=True)), None)


class Resolved(Resolver):
    """In a mount namespace of its own, because its files have fixed names: only root can. `hosts`:
    lines of the hosts file, which it serves as DNS."""

    name = "systemd-resolved"

    def __init__(self, to, extra="", hosts=()):
        super().__init__(to, extra)
        self.hosts = hosts

    def configure(self):
        self.write("hosts", "\n".join(["127.0.0.1 localhost", *self.hosts, ""]))
        self.write("resolved.conf", f"""
[Resolve]
DNS={HOST}:{port_of(self.to)}
Domains=~.
DNSStubListener=no
DNSStubListenerExtra={HOST}:{self.port}
LLMNR=no
MulticastDNS=no
DNSSEC=no
{self.extra}
""")
        self.write("start", f"""
set -e
user=systemd-resolve
mount -t tmpfs none /run
mkdir /run/etc /run/systemd
cp /etc/passwd /etc/group /run/etc/
id $user >/dev/null 2>&1 || echo $user:x:996:996::/:/usr/sbin/nologin >>/run/etc/passwd
getent group $user >/dev/null || echo $user:x:996: >>/run/etc/group
mount --bind /run/etc/passwd /etc/passwd
mount --bind /run/etc/group /etc/group
cp hosts /run/etc/
mount --bind /run/etc/hosts /etc/hosts
mkdir -p /etc/systemd
mount -t tmpfs none /etc/systemd
cp resolved.conf /etc/systemd/
root={RESOLVED}
root=${{root%/lib/systemd/*}}
root=${{root%/usr}}
libraries=$(find $root/usr/lib -name systemd -type d | tr "\\n" :)
LD_LIBRARY_PATH=$libraries exec {RESOLVED}
""")
        return ["unshare", "--mount", "sh", "start"]
