"""An init whose answer was lost, on real parts: adopted by webhook, media, list; sent again only after silence."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.functional.stack import Stack, until
from tests.support.command import MakeDatabase

_WINDOW = 8


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def installation(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    migrated_database: MakeDatabase,
) -> Iterator[Stack]:
    """An installation that waits some seconds for TikTok to come, instead of 70 minutes."""
    folder = tmp_path_factory.mktemp("evidence")
    extra = {"NEWSREEL_PULL_WINDOW_SECONDS": str(_WINDOW)}
    with Stack(folder, migrated_database(request.param, folder), extra=extra).running() as stack:
        yield stack


@pytest.fixture
def webhooks(stack: Stack) -> Iterator[None]:
    """TikTok's events reach this installation."""
    stack.emulator("POST", "settings", json={"webhook_url": f"{stack.url}/api/tiktok/webhook"})
    yield
    stack.emulator("POST", "settings", json={"webhook_url": None})


def cut(stack: Stack, account: dict[str, Any], phase: str) -> None:
    fault = {"endpoint": "content_init", "phase": phase, "cut": True, "open_id": account["open_id"]}
    stack.emulator("POST", "next-errors", json=fault)


def there(stack: Stack, account: dict[str, Any]) -> list[dict[str, Any]]:
    return list(stack.emulator("GET", "posts", params={"open_id": account["open_id"]})["items"])


def inits(stack: Stack, account: dict[str, Any]) -> int:
    params = {"endpoint": "content_init", "open_id": account["open_id"]}
    return len(stack.emulator("GET", "log", params=params)["items"])


def test_tiktoks_own_message_adopts_the_post(stack, name, webhooks):
    account = stack.connect(name, privacy_level="SELF_ONLY", scopes="user.info.basic,video.publish")
    cut(stack, account, "after")
    (post_id,) = stack.deliver(name).json()["post_ids"]
    post = stack.wait_for(post_id, "published")
    (accepted,) = there(stack, account)
    assert post["publish_id"] == accepted["publish_id"]
    assert (post["attempts"][0]["outcome"], post["attempts"][0]["evidence"]) == ("accepted", "webhook")
    assert inits(stack, account) == 1


def test_tiktoks_requests_for_the_pictures_prove_it(stack, name):
    account = stack.connect(name, privacy_level="SELF_ONLY", scopes="user.info.basic,video.publish")
    cut(stack, account, "after")
    (post_id,) = stack.deliver(name).json()["post_ids"]
    until(lambda: stack.post(post_id)["state_reason"] == "accepted_without_id", what="the media's proof")
    post = stack.post(post_id)
    assert (post["state"], post["attempts"][0]["evidence"]) == ("unconfirmed", "media")
    assert "came for its media" in post["state_detail"]
    stack.api("POST", f"/api/posts/{post_id}/resolve", json={"verdict": "posted"})
    assert (stack.post(post_id)["state"], inits(stack, account)) == ("published", 1)


def test_the_accounts_list_proves_it(stack, name):
    account = stack.connect(name, privacy_level="PUBLIC_TO_EVERYONE")
    cut(stack, account, "after")
    (post_id,) = stack.deliver(name).json()["post_ids"]
    post = stack.wait_for(post_id, "published")
    (accepted,) = there(stack, account)
    assert post["post_ids"] == accepted["post_ids"]
    assert (post["share_url"] is not None, inits(stack, account)) == (True, 1)


def test_silence_sends_the_post_again_once(stack, name):
    account = stack.connect(name, privacy_level="SELF_ONLY")
    cut(stack, account, "before")
    (post_id,) = stack.deliver(name).json()["post_ids"]
    post = stack.wait_for(post_id, "published")
    assert [attempt["outcome"] for attempt in post["attempts"]] == ["unknown", "accepted"]
    assert post["attempts"][0]["evidence"] == "none"
    assert (len(there(stack, account)), inits(stack, account)) == (1, 2)
    assert any("sent again, with new addresses" in event["why"] for event in post["events"])


def test_silence_leaves_the_post_to_a_person_where_the_account_wants_it_so(stack, name):
    account = stack.connect(name, privacy_level="SELF_ONLY", resend_after_no_trace=False)
    cut(stack, account, "before")
    (post_id,) = stack.deliver(name).json()["post_ids"]
    until(lambda: stack.post(post_id)["state_reason"] == "no_trace", what="the end of the window")
    post = stack.post(post_id)
    assert (post["state"], inits(stack, account)) == ("unconfirmed", 1)
    assert {"retry", "resolve", "check"} <= set(post["actions"])
    stack.api("POST", f"/api/posts/{post_id}/retry")
    stack.wait_for(post_id, "published")
    assert len(there(stack, account)) == 1
