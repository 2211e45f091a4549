"""Events: signed, at least once, repeated until they are answered with 200."""

import asyncio
import json
import time
from typing import Any

import pytest

from app.emulator import Emulator
from app.emulator.webhooks.events import sign
from tests.emulator.support import Caller, Site, draft_body, photo_body, wait_for
from tests.support.waiting import eventually

HOOK = "https://newsroom.example.com/hook"
SECRET = "emulated-client-secret"


@pytest.fixture
async def hooked(caller: Caller) -> Caller:
    await caller.control("settings", {"webhook_url": HOOK})
    return caller


def events(site: Site) -> list[str]:
    return [json.loads(body)["event"].removeprefix("post.publish.") for _, body in site.hooks]


def content(site: Site, event: str) -> dict[str, Any]:
    bodies = [json.loads(body) for _, body in site.hooks]
    found = next(body for body in bodies if body["event"] == f"post.publish.{event}")
    assert isinstance(found["content"], str)
    return dict(json.loads(found["content"]))


def test_the_signature_is_the_documented_one():
    body = (
        b'{"client_key":"bwo2m45353a6k85","event":"authorization.removed","create_time":1615338610,'
        b'"user_openid":"act.example12345Example12345Example","content":"{\\"reason\\": 1 }"}'
    )
    expected = "a25406247e3eea522146021fa067d58d144b0c1a204c4eaf97c94cfb60590f97"
    assert sign("test_secret", body, 1_633_174_587) == f"t=1633174587,s={expected}"


async def test_a_public_post_is_told_in_two_signed_events(hooked: Caller, emulator: Emulator, site: Site):
    began_at = int(time.time())
    user = await hooked.login()
    publish_id = await user.accepted()
    await eventually(lambda: len(site.hooks) == 2)
    assert sorted(events(site)) == ["complete", "publicly_available"]
    for headers, body in site.hooks:
        timestamp = int(headers["tiktok-signature"].split(",")[0].removeprefix("t="))
        assert headers["tiktok-signature"] == sign(SECRET, body, timestamp)
        assert began_at <= timestamp <= time.time()
        envelope = json.loads(body)
        assert envelope.keys() == {"client_key", "event", "create_time", "user_openid", "content"}
        assert (envelope["client_key"], envelope["user_openid"]) == ("emulated-client-key", user.open_id)
    assert content(site, "complete") == {"publish_id": publish_id, "publish_type": "DIRECT_PUBLISH"}
    [post_id] = (await user.status(publish_id))["publicaly_available_post_id"]
    assert content(site, "publicly_available")["post_id"] == str(post_id)


async def test_a_failure_is_told_with_its_reason(hooked: Caller, site: Site):
    user = await hooked.login()
    del site.pages["/photos/1.jpg"]
    await user.accepted()
    await eventually(lambda: site.hooks)
    assert content(site, "failed")["reason"] == "photo_pull_failed"


async def test_a_cancellation_is_told(hooked: Caller, site: Site):
    await hooked.control("progression", {"pull_delay": 60})
    user = await hooked.login()
    publish_id = await user.accepted()
    await user.post("/v2/post/publish/cancel/", {"publish_id": publish_id})
    await eventually(lambda: site.hooks)
    assert content(site, "failed") == {
        "publish_id": publish_id,
        "reason": "publish_cancelled",
        "publish_type": "DIRECT_PUBLISH",
    }


async def test_a_draft_is_told_at_the_inbox_and_when_it_is_posted(hooked: Caller, emulator: Emulator, site: Site):
    user = await hooked.login()
    publish_id = await user.accepted(draft_body())
    await eventually(lambda: events(site) == ["inbox_delivered"])
    assert content(site, "inbox_delivered") == {"publish_id": publish_id, "publish_type": "INBOX_SHARE"}
    await hooked.control(f"posts/{publish_id}/post-draft")
    await eventually(lambda: len(site.hooks) == 3)
    assert sorted(events(site)[1:]) == ["complete", "publicly_available"]


async def test_a_private_post_is_told_as_public_only_when_it_is_opened(hooked: Caller, emulator: Emulator, site: Site):
    user = await hooked.login()
    publish_id = await user.accepted(photo_body(privacy_level="SELF_ONLY"))
    await eventually(lambda: events(site) == ["complete"])
    await hooked.control(f"posts/{publish_id}/make-public")
    await eventually(lambda: events(site)[1:] == ["publicly_available"])
    await hooked.control(f"posts/{publish_id}/remove")
    await eventually(lambda: events(site)[2:] == ["no_longer_publicaly_available"])
    assert content(site, "no_longer_publicaly_available")["post_id"] == content(site, "publicly_available")["post_id"]


async def test_a_user_who_disconnects_is_told(hooked: Caller, site: Site):
    await hooked.control("accounts/daily.bulletin/disconnect", {"reason": 4})
    await eventually(lambda: site.hooks)
    envelope = json.loads(site.hooks[0][1])
    assert (envelope["event"], json.loads(envelope["content"])) == ("authorization.removed", {"reason": 4})


@pytest.mark.parametrize("status", [500, 404, 302, 204])
async def test_anything_but_200_is_repeated_with_a_fresh_signature(hooked: Caller, site: Site, status: int):
    await hooked.control("settings", {"webhook_time_scale": 0.0001})
    site.hook_statuses = [status, status]
    await hooked.control("webhooks/send", {"event": "authorization.removed", "content": {"reason": 0}})
    await eventually(lambda: len(site.hooks) == 3)
    assert len({body for _, body in site.hooks}) == 1
    [delivery] = (await hooked.read("webhooks"))["items"]
    assert [attempt["http_status"] for attempt in delivery["attempts"]] == [status, status, 200]
    assert delivery["state"] == "delivered"


async def test_repetitions_wait_by_the_emulated_clock_and_can_keep_their_signature(hooked: Caller, site: Site):
    await hooked.control("settings", {"webhook_resign": False})
    site.hook_statuses = [503]
    await hooked.control("webhooks/send", {"event": "some.event"})
    await eventually(lambda: len(site.hooks) == 1)
    first = site.hooks[0][0]["tiktok-signature"]
    await hooked.control("clock", {"advance_seconds": 11})
    await eventually(lambda: len(site.hooks) == 2)
    assert site.hooks[1][0]["tiktok-signature"] == first


async def test_an_event_is_given_up_after_72_hours(hooked: Caller, emulator: Emulator, site: Site):
    site.hook_statuses = [500] * 100
    await hooked.control("webhooks/send", {"event": "some.event"})
    [delivery] = emulator.state.world.outbox.deliveries
    for _ in range(300):
        if delivery.state == "given up":
            break
        await hooked.control("clock", {"advance_hours": 1})
        await asyncio.sleep(0.01)
    assert delivery.state == "given up"
    assert emulator.state.world.clock.offset >= 65 * 3_600


async def test_duplicates_come_with_the_same_body(hooked: Caller, site: Site):
    await hooked.control("settings", {"webhook_duplicates": 2})
    await hooked.control("webhooks/send", {"event": "some.event"})
    await eventually(lambda: len(site.hooks) == 3)
    assert len({body for _, body in site.hooks}) == 1


async def test_events_can_be_dropped(hooked: Caller, site: Site):
    await hooked.control("webhooks/drop", {"count": 1})
    for name in ("first", "second"):
        await hooked.control("webhooks/send", {"event": name})
    await eventually(lambda: events(site) == ["second"])
    assert [delivery["state"] for delivery in (await hooked.read("webhooks"))["items"]] == ["dropped", "delivered"]


async def test_events_can_be_held_and_released_in_reverse(hooked: Caller, site: Site):
    await hooked.control("settings", {"webhook_hold": True})
    for name in ("first", "second", "third"):
        await hooked.control("webhooks/send", {"event": name})
    assert site.hooks == []
    assert await hooked.control("webhooks/release", {"order": "reversed"}) == {"released": 3}
    await eventually(lambda: len(site.hooks) == 3)
    assert events(site) == ["third", "second", "first"]


async def test_reordered_events_overtake_each_other(hooked: Caller, site: Site):
    await hooked.control("settings", {"webhook_reorder": True})
    for name in ("first", "second", "lonely"):
        await hooked.control("webhooks/send", {"event": name})
    await eventually(lambda: len(site.hooks) == 3)
    assert sorted(events(site)) == ["first", "lonely", "second"]
    assert events(site).index("second") < events(site).index("first")


async def test_forged_and_unsigned_events_can_be_ordered(hooked: Caller, site: Site):
    for signature in ("wrong", "missing"):
        await hooked.control("webhooks/send", {"event": "some.event", "signature": signature})
        await eventually(lambda: site.hooks)
        headers, body = site.hooks.pop()
        given = headers.get("tiktok-signature")
        assert (given is None) == (signature == "missing")
        if given is not None:
            assert given != sign(SECRET, body, int(given.split(",")[0].removeprefix("t=")))


async def test_without_an_address_nothing_is_made(caller: Caller, emulator: Emulator):
    user = await caller.login()
    await wait_for(emulator, await user.accepted(), "complete")
    assert (await caller.read("webhooks"))["items"] == []
    await caller.control("webhooks/send", {"event": "some.event"}, expect=400)
