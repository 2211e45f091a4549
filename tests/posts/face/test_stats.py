"""Posts counted by day, and how long they took."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.errors import Invalid
from app.posts.face.stats import MOST_DAYS, read_stats
from app.posts.models import PostState
from tests.builders import make_account, make_article, make_post, make_source

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
ALMATY, GREENWICH = ZoneInfo("Asia/Almaty"), ZoneInfo("UTC")


async def _end(session, state, at, *, account=None, received=None, published=None):
    source = await make_source(session)
    article = await make_article(session, source_id=source.id, received_at=received or at, published_at=published)
    values = {"account_id": account.id} if account else {}
    return await make_post(session, article_id=article.id, state=state, finalized_at=at, created_at=at, **values)


async def read(resources, first, last, zone=GREENWICH, **query):
    async with resources.read() as session:
        return await read_stats(session, zone, first, last, **query)


async def test_posts_are_counted_on_the_day_on_which_they_ended(resources):
    async with resources.transaction() as session:
        for state in (PostState.published, PostState.sent_to_inbox, PostState.failed, PostState.cancelled):
            await _end(session, state, NOON)
        await _end(session, PostState.published, NOON - timedelta(days=1))
        await _end(session, PostState.published, NOON - timedelta(days=9))
        await make_post(session, state=PostState.queued, created_at=NOON)
    stats = await read(resources, date(2026, 3, 8), date(2026, 3, 10))
    days = [(day.date.day, day.published, day.failed, day.cancelled, day.waiting) for day in stats.days]
    assert days == [(8, 0, 0, 0, 0), (9, 1, 0, 0, 0), (10, 2, 1, 1, 1)]


async def test_a_day_begins_at_midnight_of_the_zone(resources):
    async with resources.transaction() as session:
        await _end(session, PostState.published, datetime(2026, 3, 9, 19, 30, tzinfo=UTC))
    days = [day.published for day in (await read(resources, date(2026, 3, 9), date(2026, 3, 10), ALMATY)).days]
    assert days == [0, 1]
    assert [day.published for day in (await read(resources, date(2026, 3, 9), date(2026, 3, 10))).days] == [1, 0]


async def test_a_day_of_summer_time_is_shorter_and_loses_nothing(resources):
    zone = ZoneInfo("Europe/Berlin")
    async with resources.transaction() as session:
        for hour in range(24):
            at = datetime(2026, 3, 29, tzinfo=zone).astimezone(UTC) + timedelta(hours=hour)
            await _end(session, PostState.published, at)
    stats = await read(resources, date(2026, 3, 29), date(2026, 3, 30), zone)
    assert [day.published for day in stats.days] == [23, 1]


async def test_time_runs_from_the_arrival_or_from_the_articles_own_later_time(resources):
    async with resources.transaction() as session:
        for seconds in (10, 20, 40):
            await _end(session, PostState.published, NOON, received=NOON - timedelta(seconds=seconds))
        embargoed = {"received": NOON - timedelta(hours=5), "published": NOON - timedelta(seconds=30)}
        await _end(session, PostState.published, NOON, **embargoed)
        await _end(session, PostState.failed, NOON, received=NOON - timedelta(hours=9))
    (day,) = (await read(resources, NOON.date(), NOON.date())).days
    assert (day.seconds_p50, day.seconds_p95) == (20, 40)


async def test_one_accounts_posts_are_counted_alone(resources):
    async with resources.transaction() as session:
        account = await make_account(session)
        await _end(session, PostState.published, NOON, account=account)
        await _end(session, PostState.published, NOON)
    (day,) = (await read(resources, NOON.date(), NOON.date(), account_id=account.id)).days
    assert day.published == 1
    (day,) = (await read(resources, NOON.date(), NOON.date(), account_id="\x00")).days
    assert day.published == 0


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 3, 2), date(2026, 3, 1)),
        (date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=MOST_DAYS)),
        (date(1, 1, 1), date(1, 1, 2)),
        (date(9999, 12, 31), date(9999, 12, 31)),
    ],
)
async def test_days_that_make_no_sense_are_refused(sqlite_resources, first, last):
    with pytest.raises(Invalid) as refusal:
        await read(sqlite_resources, first, last)
    assert refusal.value.code == "invalid_range"
