"""The moves that tests make at an installation, whichever fixture of theirs named `installation` starts it."""

from collections.abc import Iterator

import pytest

from app.kit.ids import new_id
from tests.functional.stack import Stack


@pytest.fixture
def stack(installation: Stack) -> Iterator[Stack]:
    """The installation, with an emulator that behaves."""
    installation.emulator("DELETE", "next-errors")
    installation.emulator("POST", "progression", json={"pace": "immediate"})
    yield installation
    for account in installation.api("GET", "/api/accounts")["items"]:
        if account["enabled"]:
            installation.api("PATCH", f"/api/accounts/{account['id']}", json={"enabled": False})


@pytest.fixture
def name() -> str:
    """A name that no other test has."""
    return f"u{new_id()[-12:]}"
