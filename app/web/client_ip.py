"""Where a request came from: its address, which uvicorn finds behind our own proxies, and what sent it."""

from typing import Any

from litestar.connection import ASGIConnection

_LONGEST = 64
_LONGEST_NAME = 300


def client_ip(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Tell a request's client address: the peer's, or what one of our own proxies said."""
    return connection.client.host[:_LONGEST] if connection.client else "unknown"


def user_agent(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Tell what the program that sent a request calls itself."""
    return connection.headers.get("user-agent", "")[:_LONGEST_NAME]
