"""TikTok's webhooks on real parts: sooner than a poll, in any order, and what a creator does afterwards."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.functional.stack import Stack, until


@pytest.fixture(autouse=True)
def webhooks(stack: Stack) -> Iterator[None]:
    """TikTok's events reach this installation, each of them twice."""
    address = f"{stack.url}/api/tiktok/webhook"
    stack.emulator("POST", "settings", json={"webhook_url": address, "webhook_duplicates": 1})
    yield
    stack.emulator("POST", "settings", json={"webhook_url": None, "webhook_duplicates": 0, "webhook_reorder": False})


def publish(stack: Stack, name: str) -> dict[str, Any]:
    (post_id,) = stack.deliver(name).json()["post_ids"]
    return stack.wait_for(post_id, "published")


def test_a_post_that_is_taken_down_tells_the_newsroom(stack, name):
    stack.connect(name, privacy_level="PUBLIC_TO_EVERYONE")
    post = publish(stack, name)
    until(lambda: stack.post(post["id"])["post_ids"], what="the public id")
    stack.emulator("POST", f"posts/{post['publish_id']}/remove")
    until(lambda: stack.post(post["id"])["alert"] == "taken_down", what="the alert")
    seen = stack.post(post["id"])
    assert (seen["state"], "dismiss" in seen["actions"]) == ("published", True)
    stack.api("POST", f"/api/posts/{post['id']}/dismiss")
    assert stack.post(post["id"])["alert"] is None


def test_events_in_the_wrong_order_end_well(stack, name):
    stack.emulator("POST", "settings", json={"webhook_reorder": True})
    stack.connect(name, privacy_level="PUBLIC_TO_EVERYONE")
    post = publish(stack, name)
    until(lambda: stack.post(post["id"])["post_ids"], what="the public id")
    assert [event["to"] for event in stack.post(post["id"])["events"]].count("published") <= 2
    assert stack.post(post["id"])["state"] == "published"


def test_the_end_of_the_permission_stops_the_accounts_posts(stack, name):
    account = stack.connect(name, privacy_level="SELF_ONLY", mode="approve")
    (post_id,) = stack.deliver(name).json()["post_ids"]
    stack.wait_for(post_id, "awaiting_approval")
    # TikTok's times are whole seconds, and a permission is never ended by an event of the second it was given in.
    until(lambda: stack.emulator("GET", "clock")["now"] > account["connected_at"][:19] + "~", what="the next second")
    stack.emulator("POST", f"accounts/{account['open_id']}/disconnect")
    until(lambda: stack.api("GET", f"/api/accounts/{account['id']}")["state"] == "disconnected", what="the account")
    events = until(lambda: stack.post(post_id)["events"][1:] and stack.post(post_id)["events"], what="the timeline")
    assert any("permission" in event["why"] for event in events)


def test_forged_events_are_refused_and_unknown_ones_taken(stack, name):
    account = stack.connect(name, privacy_level="SELF_ONLY")
    sent = {"event": "post.publish.complete", "open_id": account["open_id"], "content": {"publish_id": "p_forged"}}
    stack.emulator("POST", "webhooks/send", json=sent | {"signature": "wrong"})
    stack.emulator("POST", "webhooks/send", json=sent | {"event": "an.event.of.tomorrow"})

    def answers(event: str) -> set[int | None]:
        deliveries = stack.emulator("GET", "webhooks")["items"]
        mine = [each for each in deliveries if each["event"] == event and account["open_id"] in each["body"]]
        return {attempt["http_status"] for each in mine for attempt in each["attempts"]}

    until(lambda: answers("an.event.of.tomorrow") == {200}, what="the unknown event")
    until(lambda: answers("post.publish.complete") == {401}, what="the forged event")
    assert httpx.post(f"{stack.url}/tiktok/webhook", content=b"{}", trust_env=False).status_code == 401
