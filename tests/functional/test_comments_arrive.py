"""A comment at TikTok comes into the inbox through a web and a worker process: by its event, and by the sweep alone."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from app.emulator.business_api.settings import BusinessSettings
from tests.accounts.business.support import BULLETIN
from tests.ads.desk import FIRST
from tests.functional.stack import Stack, until
from tests.support.command import MakeDatabase

_APP = BusinessSettings(tier="ultimate")
_PATIENCE = 420.0
"""Only what never comes is waited for so long: a sweep comes after 90 seconds at most."""


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory, migrated_database: MakeDatabase) -> Iterator[Stack]:
    """`newsreel up` beside an emulator that is the Business API too; a business account and an ad account are open."""
    folder = tmp_path_factory.mktemp("inbox")
    stack = Stack(folder, migrated_database("sqlite", folder))
    stack.extra = {
        "TikTok__EnableRealApi": "true",
        "TikTok__ApiBaseUrl": stack.emulator_url,
        "TikTok__AuthorizeUrl": f"{stack.emulator_url}/v2/auth/authorize/",
        "TikTok__AccessToken": _APP.access_token,
        "TikTok__AppId": _APP.app_id,
        "TikTok__AppSecret": _APP.app_secret,
    }
    try:
        stack.start()
        address = stack.api("GET", "/api/business/auth-url")["url"]
        back = stack.http.get(stack.consent(address, BULLETIN)).headers["Location"]
        assert "tiktok_auth=success" in back, back
        stack.api("POST", "/api/ads/advertisers/sync")
        yield stack
    finally:
        stack.stop()


def texts(stack: Stack, **query: Any) -> list[str]:
    return [one["text"] for one in stack.api("GET", "/api/comments", params=query)["items"]]


def wait_for(stack: Stack, text: str, record_property: Any) -> None:
    began_at = time.monotonic()
    until(lambda: text in texts(stack), seconds=_PATIENCE, what=f"the comment “{text}”")
    taken = round(time.monotonic() - began_at, 1)
    record_property("seconds", taken)
    print(f"“{text}” was in the inbox after {taken} s")  # noqa: T201 - a figure to be read, not to be held to


def test_an_event_brings_it_and_without_one_the_sweep_does(inbox: Stack, record_property: Any):
    post = {"open_id": BULLETIN, "caption": "Көпір ашылды", "seconds_ago": 3_600}
    item_id = inbox.emulator("POST", "business/posts", json=post)["item_id"]
    ad = inbox.emulator("POST", "business/history", json={"campaigns": 1, "days": 3})["items"][0]
    feeds = inbox.api("POST", "/api/comments/sync", json={})["items"]
    assert {"organic", "ad"} <= {feed["source"] for feed in feeds}
    assert FIRST in {feed["owner_id"] for feed in feeds}

    def are_swept() -> bool:
        found = inbox.api("GET", "/api/comments/feeds")["items"]
        return all(feed["swept_at"] for feed in found if feed["owner_id"] == FIRST or feed["source"] == "organic")

    until(are_swept, seconds=_PATIENCE, what="the first sweep")
    comment = {"item_id": item_id, "text": "by its event"}
    inbox.emulator("POST", "business/organic-comments", json=comment)
    wait_for(inbox, "by its event", record_property)
    silent = {"item_id": item_id, "text": "by the sweep", "silent": True}
    inbox.emulator("POST", "business/organic-comments", json=silent)
    inbox.emulator("POST", "business/comments", json={"ad_id": ad["ad_id"], "text": "under an ad"})
    wait_for(inbox, "by the sweep", record_property)
    wait_for(inbox, "under an ad", record_property)
