"""Consent is to the very words and pictures: whatever changes them afterwards ends it, and nothing else goes out."""

import asyncio

import pytest
import sqlalchemy as sa
from sqlmodel import col

from app.accounts.models import PublishMode
from app.errors import Conflict
from app.media.models import MediaAsset
from app.posts.face.decisions import decide
from app.posts.face.views import get_post
from app.posts.models import PostState
from app.posts.schemas_decisions import PostApprove, PostReject, PostRevise
from tests.posts.support import Newsroom

S = PostState
ONE, OTHER = "one@news.example", "other@news.example"


async def wait_for_approval(newsroom: Newsroom, *names: str) -> str:
    await newsroom.connect(mode=PublishMode.approve)
    images = [newsroom.origin.url(name) for name in names or ("/1.jpg",)]
    post_id = await newsroom.plan(title="As it was read", images=images)
    await newsroom.work()
    return post_id


async def read(newsroom: Newsroom, post_id: str):
    async with newsroom.app.read() as session:
        return await get_post(session, newsroom.app.settings, post_id)


async def test_consent_is_kept_with_the_hash_of_what_was_approved(newsroom):
    post_id = await wait_for_approval(newsroom)
    seen = await read(newsroom, post_id)
    assert seen.consent is None
    await decide(newsroom.app, post_id, "approve", PostApprove(content_hash=seen.content_hash), by=ONE)
    approved = await read(newsroom, post_id)
    assert approved.consent is not None
    assert (approved.consent.given_by, approved.consent.ended_at) == (ONE, None)
    assert approved.consent.content_hash == approved.content_hash == seen.content_hash
    await newsroom.work()
    assert newsroom.inits == 1


async def test_edits_made_while_approving_are_what_was_approved(newsroom):
    post_id = await wait_for_approval(newsroom)
    seen = await read(newsroom, post_id)
    data = PostApprove(title="Better words", content_hash=seen.content_hash)
    await decide(newsroom.app, post_id, "approve", data, by=ONE)
    approved = await read(newsroom, post_id)
    assert approved.consent is not None
    assert approved.consent.content_hash == approved.content_hash != seen.content_hash


@pytest.mark.parametrize("change", [{"title": "Other words"}, {"pictures": [2, 1]}, {"pictures": [1]}])
async def test_whoever_read_it_before_a_change_decides_nothing(newsroom, change):
    post_id = await wait_for_approval(newsroom, "/1.jpg", "/2.jpg")
    seen = (await read(newsroom, post_id)).content_hash
    await decide(newsroom.app, post_id, "revise", PostRevise(**change), by=OTHER)
    for name, data in (
        ("approve", PostApprove(content_hash=seen)),
        ("reject", PostReject(comment="No", content_hash=seen)),
    ):
        with pytest.raises(Conflict) as refused:
            await decide(newsroom.app, post_id, name, data, by=ONE)
        assert refused.value.code == "approval_outdated"
    after = await read(newsroom, post_id)
    assert (after.state, after.consent) == (S.awaiting_approval, None)
    await decide(newsroom.app, post_id, "approve", PostApprove(content_hash=after.content_hash), by=ONE)
    await newsroom.work()
    assert newsroom.inits == 1


async def test_a_later_edit_ends_the_consent_where_everybody_sees_it(newsroom):
    post_id = await wait_for_approval(newsroom)
    await decide(newsroom.app, post_id, "approve", PostApprove(), by=ONE)
    await decide(newsroom.app, post_id, "revise", PostRevise(title="Changed behind their back"), by=OTHER)
    told = await read(newsroom, post_id)
    assert told.consent is not None
    assert told.consent.ended_at is not None
    assert told.consent.end_reason == f"Edited by {OTHER}."
    assert told.consent.content_hash != told.content_hash
    assert f"The approval holds no longer: {OTHER} has changed what was approved." in [one.why for one in told.events]
    await newsroom.work()
    assert ((await newsroom.post(post_id)).state, newsroom.inits) == (S.awaiting_approval, 0)


async def test_pictures_that_are_no_longer_those_approved_do_not_go_out(newsroom):
    post_id = await wait_for_approval(newsroom)
    await decide(newsroom.app, post_id, "approve", PostApprove(), by=ONE)
    async with newsroom.app.transaction() as session:
        row = sa.update(MediaAsset).where(col(MediaAsset.owner_id) == post_id)
        await session.exec(row.values(sha256="f" * 64))
    await newsroom.work()
    asked = await read(newsroom, post_id)
    assert (asked.state, asked.state_reason, newsroom.inits) == (S.awaiting_approval, "approval_outdated", 0)
    assert asked.consent is not None
    assert asked.consent.ended_at is not None
    await decide(newsroom.app, post_id, "approve", PostApprove(), by=OTHER)
    await newsroom.work()
    renewed = await read(newsroom, post_id)
    assert renewed.consent is not None
    assert (renewed.consent.given_by, renewed.consent.ended_at, newsroom.inits) == (OTHER, None, 1)


async def test_of_two_who_decide_at_once_one_wins_and_nothing_unseen_goes_out(newsroom):
    post_id = await wait_for_approval(newsroom)
    seen = (await read(newsroom, post_id)).content_hash
    approve = decide(newsroom.app, post_id, "approve", PostApprove(content_hash=seen), by=ONE)
    revise = decide(newsroom.app, post_id, "revise", PostRevise(title="At the same moment"), by=OTHER)
    outcomes = await asyncio.gather(approve, revise, return_exceptions=True)
    assert any(outcome is None for outcome in outcomes)
    await newsroom.work()
    (sent,) = newsroom.there or (None,)
    assert sent is None or sent.title == "As it was read"
    if sent is None:
        assert (await newsroom.post(post_id)).state is S.awaiting_approval
