"""Which address a request came from. Behind our own proxies uvicorn finds it."""

from typing import Any

from litestar.connection import ASGIConnection

_LONGEST = 64


def client_ip(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Tell a request's client address: the peer's, or what one of our own proxies said."""
    return connection.client.host[:_LONGEST] if connection.client else "unknown"
