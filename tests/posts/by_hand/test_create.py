"""Posts by hand over HTTP: they take the road of all posts, once, for the accounts that were named and no others."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import col, select

from app.articles.by_hand import HAND_SOURCE_ID
from app.articles.models import Article
from app.articles.sources import list_sources
from app.kit.clock import rfc3339, utcnow
from app.media.models import MediaAsset
from app.posts.models import Post, PostState
from tests.builders import make_account, make_article, make_post
from tests.media.samples import encode, photo
from tests.media.videos.films import film
from tests.support.whole_app import log_in_program, make_admin, open_client

S = PostState


@pytest.fixture
async def account(resources):
    async with resources.transaction() as session:
        return await make_account(session)


@pytest.fixture
async def asking(resources):
    async with resources.transaction() as session:
        return await make_account(session, display_name="Asks", mode="approve")


async def _rows(resources, table=Post):
    async with resources.read() as session:
        return (await session.exec(select(table).order_by(table.id))).all()


def _wish(*accounts, **more):
    article = {"title": "Жаңа мектеп ашылды", "excerpt": "Бүгін.", **more.pop("article", {})}
    return {"article": article, "account_ids": [account.id for account in accounts], **more}


async def test_an_article_by_hand_becomes_posts_of_the_chosen_accounts_alone(desk, resources, account, asking):
    async with resources.transaction() as session:
        await make_account(session, display_name="Not asked")
    body = _wish(account, asking, article={"tags": ["мектеп"], "language": "kk"}, disable_comment=True)
    answer = await desk.post("/api/posts", json=body)
    assert answer.status_code == 202, answer.text
    told = answer.json()
    assert (len(told["post_ids"]), told["duplicate"]) == (2, False)
    posts = await _rows(resources)
    assert {post.account_id: (post.state, post.mode, post.settings) for post in posts} == {
        account.id: (S.queued, "direct", {"disable_comment": True}),
        asking.id: (S.queued, "approve", {"disable_comment": True}),
    }
    assert all(post.lease_token and post.is_forced for post in posts)
    (article,) = await _rows(resources, Article)
    assert (article.id, article.source_id, article.url, article.language, article.tags) == (
        told["article_id"], HAND_SOURCE_ID, "", "kk", ["мектеп"],
    )  # fmt: skip
    shown = (await desk.get(f"/api/posts/{told['post_ids'][0]}")).json()
    assert shown["events"][0]["why"] == "Written by hand by editor@newsroom.example."
    async with resources.read() as session:
        assert (await list_sources(session)).items == []


async def test_a_time_is_kept_and_a_post_for_approval_is_made_ready_before_it(desk, resources, account, asking):
    at = utcnow().replace(microsecond=0) + timedelta(hours=3)
    answer = await desk.post("/api/posts", json=_wish(account, asking, scheduled_at=rfc3339(at)))
    assert answer.status_code == 202, answer.text
    by_account = {post.account_id: post for post in await _rows(resources)}
    assert (by_account[account.id].state, by_account[account.id].state_reason) == (S.scheduled, "embargo")
    assert by_account[account.id].scheduled_at == at
    assert by_account[asking.id].state is S.queued
    assert {post.settings["not_before"] for post in by_account.values()} == {rfc3339(at)}


async def test_the_same_request_makes_no_second_post(desk, resources, account, asking):
    body = _wish(account, article={"id": "mine-1"})
    first, again = [(await desk.post("/api/posts", json=body)) for _ in range(2)]
    assert (first.json()["duplicate"], again.json()["duplicate"]) == (False, True)
    assert first.json()["post_ids"] == again.json()["post_ids"]
    other = await desk.post("/api/posts", json=_wish(asking, article={"id": "mine-1"}))
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")
    keyed = {"idempotency-key": "a1"}
    answers = await asyncio.gather(*(desk.post("/api/posts", json=_wish(account), headers=keyed) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({tuple(answer.json()["post_ids"]) for answer in answers}) == 1
    assert sorted(answer.json()["duplicate"] for answer in answers) == [False, True, True, True]
    assert len(await _rows(resources)) == 2


async def test_an_article_that_was_left_out_gets_its_post_once(desk, resources, account, asking):
    async with resources.transaction() as session:
        # Dated ahead, and without the tag that asks for TikTok: a person wants it all the same.
        article = await make_article(session, is_wanted=False, published_at=utcnow() + timedelta(days=2))
        there = await make_post(session, article_id=article.id, account_id=asking.id)
    body = {"article_id": article.id, "account_ids": [asking.id, account.id]}
    told = (await desk.post("/api/posts", json=body)).json()
    assert told["duplicate"] is False
    assert told["post_ids"][0] == there.id
    again = (await desk.post("/api/posts", json=body)).json()
    assert again == told | {"duplicate": True}
    made = next(post for post in await _rows(resources) if post.account_id == account.id)
    assert (made.state, made.is_forced, made.id) == (S.queued, True, told["post_ids"][1])


async def test_what_cannot_be_posted_is_refused(desk, resources, account, asking):
    async with resources.transaction() as session:
        gone = await make_article(session, state="unpublished")
        article = await make_article(session)
        off = await make_account(session, enabled=False)
        lost = await make_account(session, state="disconnected")
        bare = await make_account(session, headline_card=False)
    of = {"article_id": article.id, "account_ids": [account.id]}
    past = rfc3339(utcnow() - timedelta(minutes=1))
    for body, status, code in (
        ({"account_ids": [account.id]}, 400, "bad_request"),
        ({**of, "article": {"title": "Both"}}, 400, "bad_request"),
        ({**of, "account_ids": []}, 400, "bad_request"),
        (_wish(account, article={"title": " ", "excerpt": ""}), 400, "bad_request"),
        ({**of, "account_ids": ["nobody"]}, 404, "account_not_found"),
        ({**of, "article_id": "nothing"}, 404, "article_not_found"),
        ({**of, "article_id": gone.id}, 409, "article_withdrawn"),
        ({**of, "account_ids": [off.id]}, 422, "account_off"),
        ({**of, "account_ids": [lost.id]}, 422, "account_unusable"),
        ({**of, "scheduled_at": past}, 422, "time_is_over"),
        ({**of, "scheduled_at": rfc3339(utcnow() + timedelta(days=400))}, 422, "time_too_far"),
        ({**of, "account_ids": [asking.id], "mode": "direct"}, 422, "mode_not_allowed"),
        ({**of, "mode": "inbox"}, 422, "mode_not_allowed"),
        ({**of, "brand_content_toggle": True}, 422, "invalid"),
        (_wish(bare), 422, "needs_media"),
        (_wish(account, article={"images": ["ftp://x/1.jpg"]}), 422, "odd_picture"),
        (_wish(account, article={"url": "no address"}), 422, "invalid_url"),
        (_wish(account, article={"images": [f"{resources.settings.public_url}/media/gone/1.jpg"]}), 422, "upload_gone"),
        (_wish(account, title="x" * 91), 422, "invalid"),
    ):
        answer = await desk.post("/api/posts", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (body, answer.text)
    assert await _rows(resources) == []


def _die(name: str) -> None:
    raise RuntimeError(f"died at {name}")


async def test_a_crash_after_the_media_were_kept_loses_nothing(desk, resources, account, monkeypatch):
    url = (await desk.post("/api/uploads", files={"file": ("a.png", encode(photo(), "PNG"))})).json()["url"]
    (before,) = await _rows(resources, MediaAsset)
    body = _wish(account, article={"images": [url]})
    with monkeypatch.context() as patched:
        patched.setattr("app.posts.by_hand.create.reach", _die)
        assert (await desk.post("/api/posts", json=body, headers={"idempotency-key": "k"})).status_code == 500
    assert await _rows(resources) == []
    answer = await desk.post("/api/posts", json=body, headers={"idempotency-key": "k"})
    assert (answer.status_code, answer.json()["duplicate"]) == (202, False)
    (kept,) = await _rows(resources, MediaAsset)
    assert kept.delete_after >= before.delete_after + timedelta(days=20)


async def test_two_uploaded_pictures_reach_tiktok_in_their_order(newsroom):
    account = await newsroom.connect()
    await make_admin(newsroom.app)
    async with open_client(newsroom.app, base_url=newsroom.app.settings.public_url) as client:
        await log_in_program(client, newsroom.app)
        urls = []
        for width in (640, 480):
            sent = await client.post("/api/uploads", files={"file": ("a.png", encode(photo(width, 640), "PNG"))})
            urls.append(sent.json()["url"])
        body = {"article": {"title": "Екі сурет", "images": urls[::-1]}, "account_ids": [account.id]}
        (post_id,) = (await client.post("/api/posts", json=body)).json()["post_ids"]
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert post.state is S.publishing, post.state_detail
    (there,) = newsroom.there
    assert len(there.photo_urls) == 2
    async with newsroom.app.read() as session:
        query = select(MediaAsset).where(MediaAsset.owner_id == post_id).order_by(col(MediaAsset.position))
        assert [(asset.source_url, asset.width) for asset in (await session.exec(query)).all()] == [
            (urls[1], 480), (urls[0], 640),
        ]  # fmt: skip
    assert newsroom.origin.asked == []


async def test_an_uploaded_video_is_converted_for_its_post(sqlite_newsroom):
    newsroom = sqlite_newsroom
    account = await newsroom.connect()
    await make_admin(newsroom.app)
    async with open_client(newsroom.app, base_url=newsroom.app.settings.public_url) as client:
        await log_in_program(client, newsroom.app)
        sent = await client.post("/api/uploads", files={"file": ("a.mp4", film(seconds=3))})
        body = {"article": {"title": "Бейне", "video": sent.json()["url"]}, "account_ids": [account.id]}
        (post_id,) = (await client.post("/api/posts", json=body)).json()["post_ids"]
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert (post.kind, post.state) == ("video", S.publishing), post.state_detail


async def test_a_post_may_ask_for_consent_where_its_account_does_not(newsroom):
    account = await newsroom.connect()
    await make_admin(newsroom.app)
    async with open_client(newsroom.app, base_url=newsroom.app.settings.public_url) as client:
        await log_in_program(client, newsroom.app)
        body = {"article": {"title": "Сұрайды"}, "account_ids": [account.id], "mode": "approve"}
        (post_id,) = (await client.post("/api/posts", json=body)).json()["post_ids"]
        await newsroom.work()
        assert (await newsroom.post(post_id)).state is S.awaiting_approval
        # No sweep takes it for one whose account has stopped asking.
        await newsroom.sweep()
        assert (await newsroom.post(post_id)).state is S.awaiting_approval
        assert newsroom.inits == 0
        assert (await client.post(f"/api/posts/{post_id}/approve", json={})).status_code == 200
    await newsroom.work()
    assert (await newsroom.post(post_id)).state is S.publishing
