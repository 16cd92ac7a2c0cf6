# SPDX-License-Identifier: ISC
"""A private certificate authority made for one test, by the openssl program.

    authority = Authority(folder)
    authority.file                        # for `ca_file`
    authority.context("mx.example.org")   # a server's ssl.SSLContext with that name
"""

import os
import ssl
import subprocess


def _openssl(*args):
    done = subprocess.run(["openssl", *args], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


class Authority:
    def __init__(self, folder, name="repmon test authority"):
        self.folder = str(folder)
        os.makedirs(self.folder, exist_ok=True)
        self.key, self.file = self._path("ca.key"), self._path("ca.pem")
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-keyout", self.key, "-out", self.file, "-days", "2", "-subj", f"/CN={name}",
                 "-addext", "basicConstraints=critical,CA:TRUE",
                 "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def _path(self, name):
        return os.path.join(self.folder, name)

    def issue(self, *names, days=2):
        """Key and certificate files for these names; one that looks like an address is one."""
        stem = self._path(names[0].replace("*", "star"))
        alternatives = ",".join(
            f"IP:{n}" if n.replace(".", "").isdigit() or ":" in n else f"DNS:{n}" for n in names)
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-keyout", stem + ".key", "-out", stem + ".csr", "-subj", f"/CN={names[0]}")
        with open(stem + ".ext", "w", encoding="ascii") as f:
            f.write(f"subjectAltName={alternatives}\nextendedKeyUsage=serverAuth\n")
        _openssl("x509", "-req", "-in", stem + ".csr", "-CA", self.file, "-CAkey", self.key,
                 "-CAcreateserial", "-out", stem + ".pem", "-days", str(days),
                 "-extfile", stem + ".ext")
        return stem + ".key", stem + ".pem"

    def context(self, *names, **options):
        key, certificate = self.issue(*names, **options)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context
