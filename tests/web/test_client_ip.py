"""Whose word about the client's address is believed."""

import pytest

from app.web.client_ip import client_ip, subscriber

PROXIES = ("10.0.0.1", "192.168.0.0/16", "fd00::/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.7", [], "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.2.3.4, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.2.3.4", "198.51.100.1, 192.168.3.3"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, nonsense"], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["192.168.1.1, 192.168.1.2"], "192.168.1.1"),
        ("fd00::1", ["2001:db8::5"], "2001:db8::5"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["[2001:db8::5]"], "2001:db8::5"),
        (None, ["198.51.100.1"], "unknown"),
        ("testclient", ["198.51.100.1"], "unknown"),
    ],
)
def test_finds_the_last_address_that_none_of_our_proxies_has(peer, forwarded, expected):
    assert client_ip(peer, forwarded, PROXIES) == expected


def test_a_proxy_that_is_no_address_is_believed_by_nobody():
    assert client_ip("203.0.113.7", ["198.51.100.1"], ("proxy.local",)) == "203.0.113.7"


def test_all_addresses_of_an_ipv6_subscriber_are_one():
    assert subscriber("2001:db8:1:2:3::4") == subscriber("2001:db8:1:2:ffff::1") != subscriber("2001:db8:1:3::1")
    assert subscriber("203.0.113.7") == "203.0.113.7"
    assert subscriber("unknown") == "unknown"
