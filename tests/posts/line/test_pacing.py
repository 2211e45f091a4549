"""When an account may call init next."""

from datetime import timedelta

import pytest

from app.accounts.models import Account, PublishMode
from app.kit.clock import utcnow
from app.posts.line.pacing import count_in_day, count_in_days, list_slots, next_slot
from app.posts.models import AttemptOutcome
from tests.builders import change_account, make_account, make_attempt, make_post

pytestmark = pytest.mark.both_databases


async def attempts(session, account, *ages, outcome=AttemptOutcome.accepted):
    """Make attempts of these ages; give the moment at which they were so old."""
    now = utcnow()
    for number, age in enumerate(ages):
        post = await make_post(session, account_id=account.id)
        await make_attempt(session, post, outcome=outcome, started_at=now - age, number=number + 1)
    return now


async def reason_of(session, account, now):
    slot = await next_slot(session, account, now)
    return slot and slot.reason


def seconds(*values):
    return [timedelta(seconds=value) for value in values]


async def test_an_idle_account_may_post_now(resources):
    async with resources.transaction() as session:
        assert await next_slot(session, await make_account(session), utcnow()) is None


async def test_the_seventh_init_of_a_minute_waits_until_the_first_is_a_minute_old(resources):
    async with resources.transaction() as session:
        account = await make_account(session)
        now = await attempts(session, account, *seconds(50, 40, 30, 20, 10, 1))
        slot = await next_slot(session, account, now)
        assert slot is not None
        assert timedelta(seconds=9) < slot.at - now < timedelta(seconds=13)
        assert slot.reason == "rate_limit_exceeded"
        assert await next_slot(session, account, now + timedelta(seconds=12)) is None


async def test_refused_inits_count_against_the_minute_but_not_against_the_day(resources):
    async with resources.transaction() as session:
        account = await make_account(session, daily_cap=2)
        now = await attempts(session, account, *seconds(50, 40, 30, 20, 10, 1), outcome=AttemptOutcome.refused)
        assert await reason_of(session, account, now) == "rate_limit_exceeded"
        assert await next_slot(session, account, now + timedelta(minutes=2)) is None


async def test_a_call_that_never_left_counts_for_nothing(resources):
    async with resources.transaction() as session:
        account = await make_account(session, daily_cap=1)
        await attempts(session, account, *seconds(50, 40, 30, 20, 10, 1), outcome=AttemptOutcome.not_sent)
        assert await next_slot(session, account, utcnow()) is None


async def test_the_daily_cap_opens_when_its_oldest_post_is_a_day_old(resources):
    async with resources.transaction() as session:
        account = await make_account(session, daily_cap=2)
        now = await attempts(session, account, timedelta(hours=23), timedelta(hours=5), timedelta(hours=30))
        slot = await next_slot(session, account, now)
        assert slot is not None
        assert slot.reason == "daily_cap"
        assert timedelta(minutes=59) < slot.at - now < timedelta(minutes=61)


async def test_an_init_whose_answer_was_lost_counts_against_the_day(resources):
    async with resources.transaction() as session:
        account = await make_account(session, daily_cap=1)
        await attempts(session, account, timedelta(hours=1), outcome=AttemptOutcome.unknown)
        assert await reason_of(session, account, utcnow()) == "daily_cap"


async def test_five_drafts_a_day_go_to_an_inbox(resources):
    async with resources.transaction() as session:
        account = await make_account(session, mode=PublishMode.inbox)
        await attempts(session, account, *[timedelta(hours=hour) for hour in (1, 2, 3, 4, 5)])
        assert await reason_of(session, account, utcnow()) == "pending_drafts"


async def test_a_pause_that_tiktok_asked_for_is_kept(resources):
    async with resources.transaction() as session:
        until = utcnow() + timedelta(minutes=3)
        account = await make_account(session, init_not_before=until, init_pause_reason="spam")
        slot = await next_slot(session, account, utcnow())
        assert slot is not None
        assert (slot.at, slot.reason) == (until, "spam")


async def test_one_accounts_queue_does_not_hold_another(resources):
    async with resources.transaction() as session:
        busy, idle = await make_account(session), await make_account(session)
        await attempts(session, busy, *seconds(50, 40, 30, 20, 10, 1))
        assert await next_slot(session, idle, utcnow()) is None


async def test_the_attempt_that_asks_does_not_stand_in_its_own_way(resources):
    async with resources.transaction() as session:
        account = await make_account(session, daily_cap=1)
        post = await make_post(session, account_id=account.id)
        attempt = await make_attempt(session, post)
        assert await reason_of(session, account, utcnow()) == "daily_cap"
        assert await next_slot(session, account, utcnow(), besides=attempt.id) is None


async def test_a_place_is_free_only_when_tiktoks_own_window_has_surely_passed(resources):
    async with resources.transaction() as session:
        account = await make_account(session)
        now = await attempts(session, account, *seconds(60.5, 40, 30, 20, 10, 1))
        assert await reason_of(session, account, now) == "rate_limit_exceeded"


async def test_an_init_whose_traces_are_found_late_counts_from_when_tiktok_got_it(resources):
    async with resources.transaction() as session:
        account = await make_account(session, daily_cap=1)
        post = await make_post(session, account_id=account.id)
        now = utcnow()
        times = {"started_at": now - timedelta(hours=10), "ended_at": now - timedelta(minutes=1)}
        await make_attempt(session, post, outcome=AttemptOutcome.accepted, **times)
        slot = await next_slot(session, account, now)
        assert slot is not None
        assert timedelta(hours=14) < slot.at - now < timedelta(hours=14, minutes=5)


async def test_several_accounts_are_told_at_once_what_each_is_told_alone(resources):
    now = utcnow()
    async with resources.transaction() as session:
        idle, busy, full, drafts = [await make_account(session, daily_cap=cap) for cap in (15, 15, 3, 15)]
        await change_account(session, drafts.id, mode=PublishMode.inbox)
        await attempts(session, busy, *seconds(*range(1, 7)))
        await attempts(session, full, *seconds(4000, 5000, 6000))
        await attempts(session, drafts, *seconds(*range(4000, 4005)))
    async with resources.read() as session:
        some = [await session.get_one(Account, one.id) for one in (idle, busy, full, drafts)]
        slots, used = await list_slots(session, some, now), await count_in_days(session, some, now)
        alone = {one.id: slot for one in some if (slot := await next_slot(session, one, now)) is not None}
        counted = {one.id: count for one in some if (count := await count_in_day(session, one, now))}
    assert slots == alone
    assert set(slots) == {busy.id, full.id, drafts.id}
    assert used == counted
