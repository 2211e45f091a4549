"""S14: death after TikTok has taken the old refresh token, and before the new one is stored."""

import signal
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import httpx
import pytest

from app.kit.ids import new_id
from tests.functional.stack import until
from tests.torture.conftest import open_fleet
from tests.torture.fleet import Fleet


# The lease of a refresh outlives its process by up to 90 seconds: `make test` has patience for one database.
@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.torture)])
def fleet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, runs: int) -> Iterator[Fleet]:
    """As many accounts as deaths: each loses its login."""
    yield from open_fleet(request, tmp_path_factory, accounts=runs, workers=1, second_web=True)


def refresh(http: httpx.Client, account_id: str) -> None:
    with suppress(httpx.HTTPError):
        http.post("/api/tiktok/refresh-token", params={"account_id": account_id})


def strike(fleet: Fleet, account_id: str) -> None:
    fleet.arm("refresh.answered")
    refresh(fleet.second_http, account_id)
    assert fleet.wait_for_end(fleet.wait_for_victim("refresh.answered")) == -signal.SIGKILL
    until(lambda: is_ready(fleet.second_http), what="the web process")


def is_ready(http: httpx.Client) -> bool:
    try:
        return http.get("/readyz").is_success
    except httpx.HTTPError:
        return False


def asks_for_a_person(fleet: Fleet, account_id: str) -> bool:
    refresh(fleet.http, account_id)
    return bool(fleet.api("GET", f"/api/accounts/{account_id}")["state"] == "reconnect")


def reconnect(fleet: Fleet, username: str) -> None:
    consent_page = fleet.http.get("/api/tiktok/auth").headers["Location"]
    assert "tiktok_auth=success" in fleet.http.get(fleet.consent(consent_page, username)).headers["Location"]


@pytest.mark.timeout(0)
def test_a_login_that_was_lost_with_its_process_is_asked_for_once_and_its_posts_wait(fleet: Fleet):
    account_ids = [account["id"] for account in fleet.accounts]
    for account_id in account_ids:
        strike(fleet, account_id)
    for account_id in account_ids:
        until(partial(asks_for_a_person, fleet, account_id), seconds=300, what="a lost login")
    before = fleet.emulator("GET", "counts")
    fleet.enable_all()
    post_ids = fleet.deliver_surely(f"lost-{new_id()[-12:]}")
    for account_id in account_ids:
        refresh(fleet.http, account_id)

    waiting = [fleet.wait_for(post_id, "scheduled") for post_id in post_ids]

    assert [post["state_reason"] for post in waiting] == ["account_reconnect"] * len(account_ids)
    after = fleet.emulator("GET", "counts")
    assert after["violations"] == {"refresh_token.reused": len(account_ids)}
    assert after["calls"]["token"] == before["calls"]["token"]
    for number in range(len(account_ids)):
        reconnect(fleet, f"reader{number}")
    posts = fleet.settle()
    assert {post["state"] for post in posts.values()} == {"published"}
