"""Sign-off by a one-time link: for one decision, within a day, of the very version that it was made for."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.accounts.models import PublishMode
from app.audit.models import AuditEntry
from app.kit.clock import utcnow
from app.media.service import list_assets
from app.posts.consent import find_consent, hash_of
from app.posts.face.decisions import decide
from app.posts.face.sign_off import decide_by_link, forget_sign_offs, make_sign_off_link
from app.posts.models import Post, PostState
from app.posts.models_approval import SignOffLink
from app.posts.schemas_decisions import PostApprove, PostRevise
from app.posts.schemas_sign_off import SignOffCreate
from tests.posts.support import Newsroom
from tests.security.test_secrets import written_log
from tests.support.whole_app import EMAIL, log_in_program, make_admin, open_client

S = PostState
BY = "editor@news.example"


async def wait_for_approval(newsroom: Newsroom) -> str:
    await newsroom.connect(mode=PublishMode.approve)
    post_id = await newsroom.plan(title="As it was read")
    await newsroom.work()
    return post_id


async def make_token(newsroom: Newsroom, post_id: str) -> str:
    made = await make_sign_off_link(newsroom.app, post_id, SignOffCreate(name="Aigerim"), by=BY)
    return made.url.rpartition("/")[2]


async def test_link_shows_one_post_and_decides_once(newsroom):
    post_id = await wait_for_approval(newsroom)
    await make_admin(newsroom.app)
    async with open_client(newsroom.app) as client:
        await log_in_program(client, newsroom.app)
        made = await client.post(f"/api/posts/{post_id}/sign-off-links", json={"name": " Aigerim "})
        assert made.status_code == 201
        del client.headers["Authorization"]
        token = made.json()["url"].rpartition("/approve/")[2]
        shown = (await client.get(f"/api/approvals/{token}")).json()
        assert (shown["title"], shown["made_by"], shown["made_for"]) == ("As it was read", EMAIL, "Aigerim")
        assert "SELF_ONLY" in shown["creator"]["privacy_level_options"]
        consent = {"privacy_level": "SELF_ONLY", "content_hash": shown["content_hash"]}
        done = await client.post(f"/api/approvals/{token}/approve", json=consent)
        assert done.json() == {"post_id": post_id, "state": "queued"}
        for answer in (
            await client.get(f"/api/approvals/{token}"),
            await client.post(f"/api/approvals/{token}/approve", json=consent),
            await client.post(f"/api/approvals/{token}/reject", json={"comment": "No"}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "link_over")
            assert "used already" in answer.json()["detail"]
    await newsroom.work()
    assert newsroom.inits == 1
    whys = [event.why for event in await newsroom.events(post_id)]
    assert f"Approved by Aigerim, by a link that {EMAIL} had made." in whys


async def test_who_made_a_link_and_who_used_it_stands_in_the_audit_log_and_the_token_nowhere(newsroom):
    post_id = await wait_for_approval(newsroom)
    await make_admin(newsroom.app)
    with written_log() as log:
        async with open_client(newsroom.app) as client:
            await log_in_program(client, newsroom.app)
            url = (await client.post(f"/api/posts/{post_id}/sign-off-links", json={"name": "Aigerim"})).json()["url"]
            del client.headers["Authorization"]
            token = url.rpartition("/")[2]
            await client.get(f"/approve/{token}")
            await client.get(f"/api/approvals/{token}")
            await client.post(f"/api/approvals/{token}/reject", json={"comment": "Not today"})
            await client.get(f"/approve/{token}")
    assert token not in log.getvalue()
    async with newsroom.app.read() as session:
        entries = (await session.exec(select(AuditEntry).order_by(col(AuditEntry.id)))).all()
        links = (await session.exec(select(SignOffLink))).all()
    told = {entry.action: (entry.actor_kind, entry.actor_name) for entry in entries}
    assert told["sign_off.made"] == ("person", EMAIL)
    assert told["sign_off.used"] == told["post.reject"] == ("guest", "Aigerim")
    used = next(entry for entry in entries if entry.action == "sign_off.used")
    assert (used.after["made_by"], used.after["decision"], used.address) == (EMAIL, "reject", "127.0.0.1")
    rows = [row.model_dump_json() for row in (*entries, *links)]
    assert not [row for row in rows if token in row]
    assert [(link.used_for, token in link.token_hash) for link in links] == [("reject", False)]


async def test_of_two_who_use_a_link_at_once_one_decides(newsroom):
    post_id = await wait_for_approval(newsroom)
    token = await make_token(newsroom, post_id)
    both = [decide_by_link(newsroom.app, token, "approve", PostApprove()) for _ in range(2)]
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1
    await newsroom.work()
    assert newsroom.inits == 1


async def test_refused_decision_leaves_the_link_good(newsroom):
    post_id = await wait_for_approval(newsroom)
    token = await make_token(newsroom, post_id)
    async with open_client(newsroom.app) as client:
        branded = {"privacy_level": "SELF_ONLY", "brand_content_toggle": True}
        assert (await client.post(f"/api/approvals/{token}/approve", json=branded)).status_code == 422
        assert (await client.post(f"/api/approvals/{token}/approve", json={})).status_code == 200


@pytest.mark.parametrize("change", ["edited", "decided", "expired", "unknown"])
async def test_link_that_is_over_says_why_and_decides_nothing(newsroom, change):
    post_id = await wait_for_approval(newsroom)
    token = await make_token(newsroom, post_id)
    if change == "edited":
        await decide(newsroom.app, post_id, "revise", PostRevise(title="Other"), by=BY)
    elif change == "decided":
        await decide(newsroom.app, post_id, "cancel", by=BY)
    elif change == "expired":
        await set_links(newsroom, expires_at=utcnow() - timedelta(seconds=1))
    before = (await newsroom.post(post_id)).state
    wanted = {
        "edited": (409, "approval_outdated", "The post was changed after this link had been made"),
        "decided": (409, "state_forbids", "Somebody else has decided"),
        "expired": (404, "link_over", "24 hours"),
        "unknown": (404, "link_over", "opens nothing"),
    }[change]
    path = f"/api/approvals/{token if change != 'unknown' else 'x' * 43}"
    async with open_client(newsroom.app) as client:
        for answer in (
            await client.get(path),
            await client.post(f"{path}/approve", json={}),
            await client.post(f"{path}/reject", json={"comment": "No"}),
        ):
            assert (answer.status_code, answer.json()["code"]) == wanted[:2]
            assert wanted[2] in answer.json()["detail"]
    assert (await newsroom.post(post_id)).state is before
    async with newsroom.app.read() as session:
        assert (await session.exec(select(SignOffLink.used_at))).all() == [None]


async def test_only_a_post_that_waits_gets_a_link_and_old_links_are_forgotten(newsroom):
    post_id = await wait_for_approval(newsroom)
    await make_token(newsroom, post_id)
    await set_links(newsroom, expires_at=utcnow() - timedelta(days=31))
    await make_token(newsroom, post_id)
    await forget_sign_offs(newsroom.app)
    async with newsroom.app.read() as session:
        assert len((await session.exec(select(SignOffLink))).all()) == 1
    await decide(newsroom.app, post_id, "cancel", by=BY)
    await make_admin(newsroom.app)
    async with open_client(newsroom.app) as client:
        await log_in_program(client, newsroom.app)
        refused = await client.post(f"/api/posts/{post_id}/sign-off-links", json={"name": "x"})
        assert (refused.status_code, refused.json()["code"]) == (409, "state_forbids")
        assert (await client.post(f"/api/posts/{post_id}/sign-off-links", json={"name": "  "})).status_code == 400


async def set_links(newsroom: Newsroom, **values):
    async with newsroom.app.transaction() as session:
        await session.exec(sa.update(SignOffLink).values(**values))


async def test_who_decides_by_link_orders_the_pictures_and_consents_to_that_order(newsroom):
    await newsroom.connect(mode=PublishMode.approve)
    images = [newsroom.origin.url(f"/{number}.jpg") for number in (1, 2, 3)]
    post_id = await newsroom.plan(title="Three pictures", images=images)
    await newsroom.work()
    async with newsroom.app.read() as session:
        before = [asset.sha256 for asset in await list_assets(session, post_id)]
    token = await make_token(newsroom, post_id)
    consent = PostApprove(privacy_level="SELF_ONLY", pictures=[3, 1])
    await decide_by_link(newsroom.app, token, "approve", consent)
    async with newsroom.app.read() as session:
        after = [asset.sha256 for asset in await list_assets(session, post_id)]
        post = await session.get_one(Post, post_id)
        given = await find_consent(session, post_id)
        assert (after, post.media_count) == ([before[2], before[0]], 2)
        assert given is not None
        assert given.content_hash == await hash_of(session, post)
    await newsroom.work()
    assert newsroom.inits == 1
