# SPDX-License-Identifier: ISC
"""A resolver that is not on this machine, in a network namespace of its own: its port, its scope,
and the ports that the questions leave by."""

import os

import pytest

from conftest import CRITICAL, REPMON, TESTS, UNKNOWN, WRAPPER
from lab import far

pytestmark = pytest.mark.skipif(not far.possible(), reason="no network namespaces here")


@pytest.fixture
def check(tmp_path, conf, own):
    """check(resolv.conf, *resolvers): what a check through them gives."""
    def run(lines, *resolvers):
        (tmp_path / "resolv.conf").write_text(lines)
        config = conf(list(resolvers), {"bl.lab": own()})
        return far.run(tmp_path / "resolv.conf",
                       [*WRAPPER, REPMON, "-c", config, "check", "192.0.2.0/26"],
                       {**os.environ, "PYTHONPATH": TESTS}, timeout=60)
    return run


@pytest.mark.parametrize("resolver", ["192.0.2.53", "fe80::53%lo"])
def test_questions_leave_by_many_ports(check, resolver):
    """Whoever can't see them has to guess port and ID (RFC 5452)."""
    ran = check("", resolver)
    assert ran["code"] == CRITICAL and "1 critical, 63 ok" in ran["out"], ran
    assert ran["questions"][resolver.partition("%")[0]] >= 67
    assert ran["ports"][resolver.partition("%")[0]] >= 8


@pytest.mark.parametrize("resolver", ["fe80::53%lo", "[fe80::53%lo]:53", "FE80::53%lo:53",
                                      "fe80::53%1"])
def test_a_link_local_resolver_is_asked_through_its_interface(check, resolver):
    ran = check("", resolver)
    assert ran["code"] == CRITICAL and "1 critical, 63 ok" in ran["out"], ran
    assert ran["questions"]["fe80::53"] >= 67
    assert "xxxxxxxx" in ran["out"], "the reason came over TCP"


@pytest.mark.parametrize("line, address", [
    ("nameserver fe80::53%lo", "fe80::53"), ("nameserver 192.0.2.53", "192.0.2.53"),
    ("nameserver [192.0.2.53]:53", "192.0.2.53"), ("nameserver fe80::53%1", "fe80::53"),
    ("nameserver fe80::53%nowhere0\nnameserver 192.0.2.53", "192.0.2.53")])
def test_resolvers_of_resolv_conf_are_asked_as_they_stand(check, line, address):
    ran = check(line + "\n")
    assert ran["code"] == CRITICAL and "1 critical, 63 ok" in ran["out"], ran
    assert ran["questions"][address] >= 67


def test_a_scope_that_is_none_is_never_replaced_by_another_resolver(check):
    ran = check("nameserver fe80::53\n")
    assert ran["code"] == UNKNOWN and "no resolver" in ran["err"], ran
    for scope in ("nowhere0", "9999", "1x", "25lo"):
        ran = check(f"nameserver fe80::53%{scope}\n")
        assert ran["code"] == UNKNOWN and f"no interface {scope}" in ran["err"], ran


def test_a_first_resolver_without_a_route_is_no_error(check):
    """An IPv6 address on a machine without IPv6: the next one answers."""
    ran = check("nameserver 2001:db8::53\nnameserver 192.0.2.53\n")
    assert ran["code"] == CRITICAL, ran
