"""Faults on order, in process and over real sockets."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from app.emulator import create_emulator
from tests.emulator.support import Caller, Page, Site, User, error_of, make_image, photo_body, serve
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def live_site() -> Iterator[tuple[Site, str]]:
    site = Site()
    site.pages["/photos/1.jpg"] = Page(make_image())
    with serve(site) as address:
        yield site, address


@pytest.fixture(scope="module")
def live_address() -> Iterator[str]:
    with serve(create_emulator()) as address:
        yield address


@pytest.fixture
async def live(live_address: str, live_site: tuple[Site, str]) -> AsyncIterator[Caller]:
    """An emulator on a real socket, that pulls from and calls back a real site."""
    async with httpx.AsyncClient(base_url=live_address, timeout=5) as client:
        caller = Caller(client)
        site, address = live_site
        site.hooks.clear()
        await caller.control("reset")
        await caller.control("settings", {"webhook_url": f"{address}/hook"})
        await caller.control("properties", {"kind": "prefix", "value": f"{address}/photos/", "verified": True})
        yield caller


def live_body(live_site: tuple[Site, str]) -> dict[str, Any]:
    return photo_body(photo_images=[f"{live_site[1]}/photos/1.jpg"])


async def is_complete(user: User, publish_id: str) -> bool:
    shown = await user.caller.read(f"posts/{publish_id}")
    return bool(shown["status"] == "PUBLISH_COMPLETE")


async def inits(caller: Caller) -> int:
    return int((await caller.read("posts"))["inits"]["accepted"])


async def test_a_post_goes_all_the_way_over_real_sockets(live: Caller, live_site: tuple[Site, str]):
    user = await live.login()
    publish_id = await user.accepted(live_body(live_site))
    await eventually(lambda: is_complete(user, publish_id))
    await eventually(lambda: len(live_site[0].hooks) == 2)
    assert (await user.status(publish_id))["status"] == "PUBLISH_COMPLETE"
    assert (await live.read("log"))["violations_total"] == 0


@pytest.mark.parametrize(("phase", "effect"), [("before", 0), ("after", 1)])
async def test_a_cut_connection_is_a_real_one(live: Caller, live_site: tuple[Site, str], phase: str, effect: int):
    user = await live.login()
    await live.control("next-errors", {"endpoint": "content_init", "phase": phase, "cut": True})
    with pytest.raises(httpx.RemoteProtocolError, match="Server disconnected without sending a response"):
        await user.init(live_body(live_site))
    assert await inits(live) == effect
    assert error_of(await user.init(live_body(live_site))) == (200, "ok")
    log = await live.read("log?endpoint=content_init")
    assert [call["fault"] for call in log["items"]] == [f"{phase}:cut", None]


async def test_a_truncated_answer_ends_in_the_middle(live: Caller, live_site: tuple[Site, str]):
    user = await live.login()
    await live.control("next-errors", {"endpoint": "content_init", "truncate": 20})
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        await user.init(live_body(live_site))
    assert await inits(live) == 1
    assert (await live.read("log?endpoint=content_init"))["items"][0]["fault"] == "after:truncate"


@pytest.mark.parametrize(("phase", "at_once"), [("before", 0), ("after", 1)])
async def test_a_hanging_call_takes_effect_before_or_after_the_wait(
    live: Caller, live_site: tuple[Site, str], phase: str, at_once: int
):
    user = await live.login()
    await live.control("next-errors", {"endpoint": "content_init", "phase": phase, "hang": 1.0})
    with pytest.raises(httpx.ReadTimeout):
        await user.post("/v2/post/publish/content/init/", live_body(live_site), timeout=0.3)
    assert await inits(live) == at_once
    await eventually(lambda: inits(live))


async def test_a_dripping_answer_outlives_a_timeout_per_read(live: Caller):
    user = await live.login()
    await live.control("next-errors", {"endpoint": "creator_info", "drip": 0.01})
    url, headers = "/v2/post/publish/creator_info/query/", {"Authorization": f"Bearer {user.access_token}"}
    async with live.client.stream("POST", url, headers=headers, timeout=3.0) as answer:
        pieces = [piece async for piece in answer.aiter_raw()]
    assert json.loads(b"".join(pieces))["error"]["code"] == "ok"
    # A busy machine reads some at once; but never the whole, which takes longer than the client waits for one.
    assert len(pieces) > 10


async def test_a_gzip_bomb_unpacks_to_what_was_ordered(live: Caller):
    user = await live.login()
    await live.control("next-errors", {"endpoint": "creator_info", "gzip_bomb": 5})
    answer = await user.post("/v2/post/publish/creator_info/query/")
    assert len(answer.content) == 5_000_000
    assert int(answer.headers["content-length"]) < 50_000


@pytest.mark.parametrize(("phase", "effect"), [("before", 0), ("after", 1)])
async def test_an_ordered_error_takes_effect_or_not(caller: Caller, phase: str, effect: int):
    user = await caller.login()
    await caller.control("next-errors", {"endpoint": "content_init", "phase": phase, "code": "internal_error"})
    answer = await user.init()
    assert error_of(answer) == (500, "internal_error")
    assert answer.json()["error"]["log_id"]
    assert await inits(caller) == effect


async def test_in_process_a_cut_raises_what_a_socket_would(caller: Caller):
    user = await caller.login()
    await caller.control("next-errors", {"endpoint": "content_init", "phase": "after", "cut": True})
    with pytest.raises(httpx.RemoteProtocolError, match="Server disconnected"):
        await user.init()
    assert await inits(caller) == 1


async def test_oauth_errors_are_flat(caller: Caller):
    user = await caller.login()
    await caller.control("next-errors", {"endpoint": "token", "code": "temporarily_unavailable", "http_status": 503})
    answer = await caller.refresh(user.refresh_token)
    assert answer.status_code == 503
    assert answer.json().keys() == {"error", "error_description", "log_id"}
    assert "access_token" in (await caller.refresh(user.refresh_token)).json()


async def test_a_refresh_whose_answer_is_lost_has_spent_the_token(caller: Caller):
    user = await caller.login()
    await caller.control("next-errors", {"endpoint": "token", "phase": "after", "raw": "", "http_status": 200})
    assert (await caller.refresh(user.refresh_token)).content == b""
    assert (await caller.refresh(user.refresh_token)).json()["error"] == "invalid_grant"


async def test_raw_answers_and_redirects_can_be_ordered(caller: Caller):
    user = await caller.login()
    await caller.control("next-errors", [
        {"endpoint": "content_init", "raw": "<html>Bad gateway</html>"},
        {"endpoint": "content_init", "raw": "{", "http_status": 200, "content_type": "application/json"},
        {"endpoint": "content_init", "redirect": "https://elsewhere.example/"},
    ])  # fmt: skip
    first, second, third = [await user.init() for _ in range(3)]
    assert (first.status_code, first.text) == (502, "<html>Bad gateway</html>")
    assert (second.status_code, second.text) == (200, "{")
    assert (third.status_code, third.headers["location"]) == (302, "https://elsewhere.example/")
    assert error_of(await user.init()) == (200, "ok")


async def test_an_order_can_be_for_one_account_and_several_times(caller: Caller):
    user, other = await caller.login("daily.bulletin"), await caller.login("city.desk")
    order = {"endpoint": "*", "code": "internal_error", "times": 2, "open_id": other.open_id}
    await caller.control("next-errors", order)
    path = "/v2/user/info/?fields=open_id"
    answers = [(await someone.get(path)).status_code for someone in (other, user, other, other)]
    assert answers == [500, 200, 500, 200]


async def test_waiting_orders_are_listed_and_dropped(caller: Caller):
    await caller.control("next-errors", {"endpoint": "cancel", "hang": 0})
    [waiting] = (await caller.read("next-errors"))["items"]
    assert waiting["endpoint"] == "cancel"
    assert (await caller.client.delete("/_emulator/next-errors")).json() == {"waiting": 0}
    assert (await caller.read("next-errors"))["items"] == []


@pytest.mark.parametrize(
    "order",
    [
        {"endpoint": "content_init"},
        {"endpoint": "content_init", "cut": True, "hang": 1},
        {"endpoint": "nowhere", "cut": True},
        {"cut": True},
        {"endpoint": "*", "cut": True, "surprise": 1},
        {"endpoint": "*", "hang": -1},
        {"endpoint": "*", "cut": True, "phase": "during"},
    ],
    ids=repr,
)
async def test_a_malformed_order_is_refused(caller: Caller, order: dict[str, Any]):
    await caller.control("next-errors", order, expect=400)
