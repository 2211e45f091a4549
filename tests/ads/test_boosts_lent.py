"""Boosts for which nobody pastes a Spark code: linked accounts, and business accounts that are connected here."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.accounts.models import Account, AccountKind
from app.emulator.business_api.first import OFFICE_ACCOUNT
from tests.ads.boosting import Newsroom, open_newsroom
from tests.ads.conftest import ADVERTISER, CENTER, TikTok
from tests.ads.desk import control, records


@pytest.fixture
async def newsroom(
    tmp_path: Path, sqlite_url: str, tiktok: TikTok, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Newsroom]:
    async with open_newsroom(tmp_path, sqlite_url, tiktok, monkeypatch) as opened:
        yield opened


@pytest.mark.parametrize(("kind", "center"), [("TT_USER", None), ("BC_AUTH_TT", CENTER)])
async def test_a_linked_account_lends_its_post_without_any_code(newsroom: Newsroom, kind: str, center: str | None):
    post_id = await newsroom.publish_own()
    async with newsroom.app.transaction() as session:
        # Connected or not: the link alone is enough.
        await session.exec(sa.update(Account).values(kind=AccountKind.creator))
    path = f"/api/posts/{post_id}/boost"
    assert (await newsroom.http.get(path, params={"look": "true"})).json()["lends_by"] is None
    refused = await newsroom.boost(post_id)
    assert (refused.status_code, [one["field"] for one in refused.json()["errors"]]) == (422, ["auth_code"])
    linked = await newsroom.link(kind)
    await newsroom.link(kind, OFFICE_ACCOUNT)
    told = (await newsroom.http.get(path, params={"look": "true"})).json()
    assert (told["lends_by"], told["needs_code"]) == ("link", False)
    assert {one["name"]: one["ok"] for one in told["checks"]}["political"] is True
    assert (await newsroom.http.get(path)).json()["lends_by"] is None
    told = await newsroom.show(await newsroom.made(post_id))
    (ad,) = await newsroom.there("ad/get/")
    assert (ad["identity_type"], ad["identity_id"], ad.get("identity_authorized_bc_id"), ad["tiktok_item_id"]) == (
        kind, linked["identity_id"], center, told["item_id"],
    )  # fmt: skip
    assert (told["steps"][0]["state"], told["steps"][0]["id"]) == ("done", linked["identity_id"])
    assert told["code_ends_at"] is None
    for endpoint in ("tt_video/authorize/", "business/post/authorize/setting/"):
        assert await newsroom.count(endpoint) == 0


async def test_a_connected_business_account_makes_the_code_itself_and_takes_one_that_is_there(newsroom: Newsroom):
    post_id = await newsroom.publish_own()
    judged = (await newsroom.http.get(f"/api/posts/{post_id}/boost")).json()
    assert (judged["lends_by"], judged["needs_code"], judged["can_boost"]) == ("account", False, True)
    told = await newsroom.show(await newsroom.made(post_id))
    (ad,) = await newsroom.there("ad/get/")
    assert (ad["identity_type"], ad["tiktok_item_id"]) == ("AUTH_CODE", told["item_id"])
    assert told["code_ends_at"] is not None
    assert await newsroom.count("business/post/authorize/setting/") == 1
    await newsroom.click(told["id"], "stop")
    again = await newsroom.made(post_id)
    assert again != told["id"]
    assert await newsroom.count("business/post/authorize/setting/") == 1
    written = [row for row in await records(newsroom.app) if row.operation == "ads.boost.lend"]
    assert [row.success for row in written] == [True]
    assert "#emulated" not in repr([row.model_dump() for row in written])


@pytest.mark.parametrize("phase", ["before", "after"])
async def test_a_code_whose_answer_was_lost_is_looked_up_and_not_made_twice(newsroom: Newsroom, phase: str):
    post_id = await newsroom.publish_own()
    await newsroom.tiktok.fail_next("business/post/authorize/setting/", phase=phase, cut=True)
    boost_id = await newsroom.begin(post_id)
    for _ in range(3):
        told = await newsroom.run(boost_id)
    assert told["state"] == "ready", told
    assert len(await newsroom.tiktok.calls("business/post/authorize/setting/")) == (2 if phase == "before" else 1)
    assert len((await newsroom.tiktok.ask("tt_video/list/", advertiser_id=ADVERTISER))["list"]) == 1


async def test_an_owner_who_refuses_fails_the_boost_and_leaves_the_ad_account_alone(newsroom: Newsroom):
    post_id = await newsroom.publish_own()
    await newsroom.tiktok.fail_next("business/post/authorize/status/", code=40001, times=2)
    told = await newsroom.run(await newsroom.begin(post_id))
    assert (told["state"], told["reason"]) == ("failed", "lending_refused"), told
    assert (await newsroom.http.get(f"/api/ads/{ADVERTISER}/campaigns")).status_code == 200
    assert await newsroom.count("campaign/create/") == 0


async def test_a_political_account_is_refused_before_anything_is_made(newsroom: Newsroom):
    post_id = await newsroom.publish_own()
    async with newsroom.app.transaction() as session:
        await session.exec(sa.update(Account).values(kind=AccountKind.creator))
    await control(newsroom.tiktok, "accounts", username="daily.bulletin", open_id="-000BusinessDailyBulletin0000000001",
                  is_gpppa=True)  # fmt: skip
    await newsroom.link()
    refused = await newsroom.boost(post_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "cannot_boost"), refused.text
    assert [one["name"] for one in refused.json()["checks"]] == ["political"]
