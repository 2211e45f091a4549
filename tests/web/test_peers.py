"""Whose word about the client's address is believed: see also tests/process/test_edge.py."""

import pytest

from app.web.peers import is_trusted, networks_of, subscriber


@pytest.mark.parametrize("proxy", ["*", "proxy.local", "", "10.0.0.1/99"])
def test_a_proxy_that_is_no_address_is_believed_by_nobody(proxy):
    assert networks_of([proxy, "10.0.0.1"]) == ["10.0.0.1/32"]
    assert not is_trusted("203.0.113.7", (proxy,))


def test_a_network_may_be_named_by_any_of_its_addresses():
    assert networks_of(["192.168.3.4/16", "fd00::1/8"]) == ["192.168.0.0/16", "fd00::/8"]
    assert is_trusted("fd12::3", ("fd00::1/8",))


def test_all_addresses_of_an_ipv6_subscriber_are_one():
    assert subscriber("2001:db8:1:2:3::4") == subscriber("2001:db8:1:2:ffff::1") != subscriber("2001:db8:1:3::1")
    assert subscriber("203.0.113.7") == "203.0.113.7"
    assert subscriber("unknown") == "unknown"
