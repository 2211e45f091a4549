"""The guard that keeps the tests on this machine."""

import socket

import httpx
import pytest

from app.kit.http.client import build_client
from tests.support.network import outside_refused

OUTSIDE = "203.0.113.7"  # TEST-NET-3: nobody's


def test_a_connection_to_the_outside_is_refused_and_remembered():
    with outside_refused() as tried, socket.socket() as connection, pytest.raises(OSError, match="must not reach"):
        connection.connect((OUTSIDE, 80))
    assert tried == [f"{OUTSIDE}:80"]


async def test_our_http_client_does_not_get_past_the_guard():
    with outside_refused() as tried:
        async with build_client() as client:
            with pytest.raises(httpx.TransportError):
                await client.get(f"http://{OUTSIDE}/")
    assert tried == [f"{OUTSIDE}:80"]


def test_this_machine_may_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass
    with outside_refused() as tried, socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
    assert tried == []
