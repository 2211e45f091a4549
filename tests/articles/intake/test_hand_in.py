"""What comes from inside, like a feed's items or an article by hand, goes the way of a delivery."""

import asyncio
from datetime import timedelta

import pytest

from app.accounts.models import Account, PublishMode
from app.articles.adapters.base import ArticleDraft, EventKind, ParsedDelivery
from app.articles.intake.arrivals import Arrival, Envelope
from app.articles.intake.batches import Intake, hand_in, plan_with
from app.articles.intake.merge import rank
from app.articles.intake.receive import receive
from app.articles.models import Article, ArticleEvent, Delivery
from app.kit.clock import utcnow
from app.posts.models import Post
from app.posts.plan.planner import PostPlanner
from tests.articles.conftest import all_rows, count_rows
from tests.builders import make_account
from tests.builders_articles import at, generic_delivery, new_source
from tests.support.locks import until_somebody_waits


def arrive(source, external_id, *, kind=EventKind.published, minutes=0, **draft):
    """An item of a feed, of which nobody signed anything."""
    moment = utcnow() - timedelta(hours=1) + timedelta(minutes=minutes)
    news = ParsedDelivery(kind, f"item.{kind}", external_id, ArticleDraft(title=external_id, **draft), moment)
    return Arrival(
        source.id, source.created_at, news, Envelope(None, f"digest of {external_id} {minutes}", rank(moment))
    )


@pytest.fixture
async def made(resources):
    plan_with(resources, PostPlanner())
    async with resources.transaction() as session:
        await make_account(session)
    return await new_source(resources)


async def test_items_handed_in_together_are_answered_with_their_posts_and_once(resources, made):
    items = [f"item-{number}" for number in range(30)]
    first = await asyncio.gather(*(hand_in(resources, arrive(made.source, item)) for item in items))
    assert {receipt.outcome for receipt in first} == {Delivery.created}
    posts = {post.id: post.article_id for post in await all_rows(resources, Post)}
    assert {receipt.article_id: receipt.post_ids for receipt in first} == {
        article_id: [post_id] for post_id, article_id in posts.items()
    }
    again = await asyncio.gather(*(hand_in(resources, arrive(made.source, item, minutes=1)) for item in items))
    assert all(receipt.duplicate for receipt in again)
    assert [receipt.post_ids for receipt in again] == [receipt.post_ids for receipt in first]
    assert await count_rows(resources, Article) == 30


async def test_what_a_feed_found_first_is_no_second_article_when_its_webhook_comes(resources, made):
    await hand_in(resources, arrive(made.source, "42"))
    sample = generic_delivery(made.secret, id="42", timestamp=at(0))
    receipt = await receive(resources, made.source.slug, sample.headers, sample.body)
    assert len(receipt.post_ids) == await count_rows(resources, Article) == 1


async def test_whoever_hands_in_may_go(resources, made):
    waiting = asyncio.create_task(hand_in(resources, arrive(made.source, "42")))
    await asyncio.sleep(0)
    waiting.cancel()
    await resources.parts.of(Intake).settle(60)
    assert await count_rows(resources, Article) == 1


async def test_an_article_that_is_not_wanted_waits_for_somebody_to_post_it_by_hand(resources, made):
    receipt = await hand_in(resources, arrive(made.source, "42", is_wanted=False))
    assert (receipt.outcome, receipt.post_ids, await count_rows(resources, Post)) == (Delivery.created, [], 0)


async def test_a_whole_story_handed_in_at_once_ends_as_its_clock_says(resources, made):
    story = [EventKind.published, EventKind.updated, EventKind.unpublished, EventKind.published, EventKind.updated]
    receipts = await asyncio.gather(
        *(hand_in(resources, arrive(made.source, "42", kind=kind, minutes=m)) for m, kind in enumerate(story))
    )
    [article], [post] = await all_rows(resources, Article), await all_rows(resources, Post)
    assert {tuple(receipt.post_ids) for receipt in receipts} == {(post.id,)}
    assert (article.state, post.state) == ("published", "queued")
    told = [event.outcome for event in await all_rows(resources, ArticleEvent)]
    assert (told.count(Delivery.created), len(told)) == (1, 5)


async def test_an_article_with_a_post_that_somebody_makes_by_hand_meanwhile_gets_no_second_one(resources, made):
    if resources.db.is_sqlite:
        return  # one writer at a time: the post is seen
    await hand_in(resources, arrive(made.source, "42", kind=EventKind.updated))
    [article] = await all_rows(resources, Article)
    account_id = await _only_account(resources)
    async with resources.db.transaction() as session:
        by_hand = Post(article_id=article.id, account_id=account_id, mode=PublishMode.direct)
        session.add(by_hand)
        await session.flush()
        published = asyncio.create_task(hand_in(resources, arrive(made.source, "42", minutes=1)))
        await until_somebody_waits(resources)
    receipt = await published
    assert (receipt.outcome, receipt.post_ids) == (Delivery.created, [by_hand.id])
    assert await count_rows(resources, Post) == 1


async def _only_account(resources):
    [account] = await all_rows(resources, Account)
    return account.id
