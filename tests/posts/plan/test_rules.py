"""What a source's rules make of its articles: which posts are planned, when they go, and what is said of the rest."""

from datetime import timedelta

from sqlmodel import select

from app.accounts.models import PublishMode
from app.articles.models import Article
from app.articles.rules import SourceRules, read_left_out
from app.articles.schemas import SourceUpdate
from app.articles.sources import update_source
from app.kit.clock import rfc3339, utcnow
from app.posts.face.arrivals import ArrivalFilter, LeftOut, list_arrivals
from app.posts.face.decisions import decide
from app.posts.models import Post, PostState
from app.posts.plan.dry_run import try_rules
from app.posts.waits import hold_back
from tests.accounts.support import CITY, DAILY


async def set_rules(newsroom, **rules):
    async with newsroom.app.transaction() as session:
        change = SourceUpdate(rules=SourceRules.model_validate(rules))
        await update_source(session, newsroom.app, newsroom.source.source.id, change)


async def article_of(newsroom, external_id):
    async with newsroom.app.read() as session:
        return (await session.exec(select(Article).where(Article.external_id == external_id))).one()


async def test_what_a_rule_leaves_out_has_no_post_and_says_by_which_rule(newsroom):
    await newsroom.connect()
    await set_rules(newsroom, exclude={"tags": ["жарнама"]})
    assert len((await newsroom.deliver("1", tags=["Спорт"])).post_ids) == 1
    assert (await newsroom.deliver("2", tags=["Жарнама"])).post_ids == []
    assert (await article_of(newsroom, "1")).left_out is None
    (left_out,) = read_left_out((await article_of(newsroom, "2")).left_out)
    assert (left_out.account_id, left_out.why.code, left_out.why.params) == ("", "rule_has_tag", {"term": "жарнама"})
    async with newsroom.app.read() as session:
        arrivals, _ = await list_arrivals(session, ArrivalFilter())
    assert [(one.left_out, [str(why) for _, why, _ in one.by_rules]) for one in arrivals] == [
        (LeftOut.by_rules, ["A rule leaves out articles with the tag “жарнама”."]),
        (None, []),
    ]


async def test_an_account_is_left_out_by_itself(newsroom):
    daily, city = await newsroom.connect(DAILY), await newsroom.connect(CITY)
    await set_rules(newsroom, accounts={city.id: {"include": {"languages": ["ru"]}}})
    (post_id,) = (await newsroom.deliver("1", language="kk")).post_ids
    assert (await newsroom.post(post_id)).account_id == daily.id
    assert len((await newsroom.deliver("2", language="ru")).post_ids) == 2
    (left_out,) = read_left_out((await article_of(newsroom, "1")).left_out)
    assert (left_out.account_id, left_out.why.code) == (city.id, "rule_wants_language")
    async with newsroom.app.read() as session:
        (_, first), _ = await list_arrivals(session, ArrivalFilter())
    assert [name for name, _, _ in first.by_rules] == [city.display_name]


async def test_a_later_publication_is_judged_by_the_rules_of_then(newsroom):
    await newsroom.connect()
    await set_rules(newsroom, include={"categories": ["Спорт"]})
    assert (await newsroom.deliver("1", category="Қоғам")).post_ids == []
    await newsroom.deliver("1", kind="unpublished", minute=1)
    again = await newsroom.deliver("1", minute=2, category="Спорт")
    assert len(again.post_ids) == 1
    assert (await article_of(newsroom, "1")).left_out is None


async def test_a_delayed_post_waits_and_an_edit_meanwhile_is_what_goes_out(newsroom):
    await newsroom.connect()
    await set_rules(newsroom, delay_minutes=30)
    (post_id,) = (await newsroom.deliver("1", title="As it was")).post_ids
    post = await newsroom.post(post_id)
    assert (post.state, post.state_reason) == (PostState.scheduled, "embargo")
    assert timedelta(minutes=29) < post.scheduled_at - utcnow() <= timedelta(minutes=30)
    assert (await newsroom.events(post_id))[0].why.startswith("The source's rules hold it back until")
    await newsroom.sweep()
    assert newsroom.inits == 0
    await newsroom.deliver("1", kind="updated", minute=1, title="As it is now")
    await newsroom.work()
    assert newsroom.inits == 0
    await newsroom.change(Post, post_id, settings=hold_back(utcnow() - timedelta(seconds=1)))
    await newsroom.let_pass(minutes=31)
    await newsroom.sweep()
    assert [there.title for there in newsroom.there] == ["As it is now"]


async def test_a_withdrawal_within_the_delay_ends_the_post(newsroom):
    await newsroom.connect()
    await set_rules(newsroom, delay_minutes=30)
    (post_id,) = (await newsroom.deliver("1")).post_ids
    await newsroom.deliver("1", kind="unpublished", minute=1)
    assert (await newsroom.post(post_id)).state is PostState.cancelled


async def test_news_that_would_go_out_too_late_waits_for_a_person_who_may_send_it_all_the_same(sqlite_newsroom):
    newsroom = sqlite_newsroom
    await newsroom.connect(daily_cap=1)
    await newsroom.deliver("1")
    await newsroom.work()
    assert newsroom.inits == 1
    await set_rules(newsroom, max_wait_hours=30)
    (patient,) = (await newsroom.deliver("2")).post_ids
    await newsroom.work()
    post = await newsroom.post(patient)
    assert (post.state, post.state_reason) == (PostState.scheduled, "daily_cap")
    assert timedelta(hours=23) < post.scheduled_at - utcnow()
    await set_rules(newsroom, max_wait_hours=6)
    (post_id,) = (await newsroom.deliver("3")).post_ids
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert (post.state, post.state_reason, post.scheduled_at) == (PostState.scheduled, "waits_too_long", None)
    assert "let its news wait for 6 h at most" in str(post.state_detail)
    # What waited already is judged when its time comes.
    await newsroom.let_pass(hours=25)
    await newsroom.sweep()
    assert (await newsroom.post(patient)).state_reason == "waits_too_long"
    assert newsroom.inits == 1
    await decide(newsroom.app, post_id, "retry", by="editor")
    await newsroom.work()
    assert ((await newsroom.post(post_id)).state, newsroom.inits) == (PostState.publishing, 2)


async def test_a_delayed_post_is_approved_meanwhile_and_still_waits(sqlite_newsroom):
    newsroom = sqlite_newsroom
    await newsroom.connect(mode=PublishMode.approve)
    await set_rules(newsroom, delay_minutes=30)
    (post_id,) = (await newsroom.deliver("1")).post_ids
    await newsroom.work()
    assert (await newsroom.post(post_id)).state is PostState.awaiting_approval


async def test_old_news_of_a_webhook_is_left_out_where_the_age_is_set(sqlite_newsroom):
    newsroom = sqlite_newsroom
    await newsroom.connect()
    old = rfc3339(utcnow() - timedelta(hours=3))
    assert len((await newsroom.deliver("1", published_at=old)).post_ids) == 1
    await set_rules(newsroom, max_age_hours=2)
    assert (await newsroom.deliver("2", published_at=old)).post_ids == []
    assert len((await newsroom.deliver("3", published_at=rfc3339(utcnow()))).post_ids) == 1


async def test_rules_are_tried_on_what_came_last_without_a_trace(sqlite_newsroom):
    newsroom = sqlite_newsroom
    daily, city = await newsroom.connect(DAILY), await newsroom.connect(CITY)
    for number in range(52):
        await newsroom.deliver(str(number), tags=["Спорт" if number % 2 else "Қоғам"])
    rules = SourceRules.model_validate(
        {"include": {"tags": ["спорт"]}, "accounts": {city.id: {"takes": False}, daily.id: {"delay_minutes": 7}}}
    )
    async with newsroom.app.read() as session:
        tried = await try_rules(session, newsroom.source.source.id, rules)
    assert (len(tried), sum(one.goes_out for one in tried)) == (50, 25)
    out, left_out = tried[0], tried[1]
    assert {one.account_id: (one.left_out and one.left_out.code, one.delay_minutes) for one in out.accounts} == {
        daily.id: (None, 7),
        city.id: ("rule_account", 0),
    }
    assert left_out.left_out is not None
    assert (left_out.left_out.code, left_out.accounts) == ("rule_wants_tag", [])
    assert len(await newsroom.posts()) == 104
