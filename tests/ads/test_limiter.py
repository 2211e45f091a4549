"""The client before the limits that all processes share."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from app.ads.access import business_client
from app.kit.clock import utcnow
from app.limits import business
from app.limits.business import shared_limiter
from app.limits.models import CallBudget, CallCount
from app.resources import Resources, open_resources
from app.tiktok_business.errors import BusinessThrottled, NoPlace
from app.tiktok_business.limiter import Place
from app.tiktok_business.sending import Patience
from tests.ads.conftest import TikTok, real_settings


@pytest.fixture
async def app(tmp_path: Path, database_url: str, tiktok: TikTok) -> AsyncIterator[Resources]:
    async with open_resources(real_settings(tmp_path, database_url, tiktok.address)) as opened:
        yield opened


async def test_calls_are_counted_by_who_makes_them(app: Resources):
    client = business_client(app, patience=Patience(caller="gateway"))
    for _ in range(2):
        await client.advertisers.get_user()
    async with app.read() as session:
        (row,) = (await session.exec(select(CallCount))).all()
    assert (row.endpoint, row.caller, row.count) == ("user/info/", "gateway", 2)


async def test_a_minute_that_tiktok_calls_broken_stops_all_for_five(app: Resources, tiktok: TikTok):
    await tiktok.fail_next("user/info/", phase="before", code=40100, message="Too many requests per minute")
    client = business_client(app, patience=Patience(caller="gateway", turn=12))
    with pytest.raises(BusinessThrottled) as throttled:
        await client.advertisers.get_user()
    assert throttled.value.retry_after == pytest.approx(300, abs=5)
    async with open_resources(app.settings) as other:
        with pytest.raises(NoPlace) as refused:
            await business_client(other, patience=Patience(turn=12)).advertisers.get_user()
    assert 200 < refused.value.retry_after <= 300  # type: ignore[operator]
    assert len(await tiktok.calls("user/info/")) == 1


async def test_a_day_is_over_at_midnight_and_an_advertiser_s_own_limit_stops_nobody(app: Resources):
    limiter = shared_limiter(app, is_sandbox=False)
    assert await limiter.note_throttled(Place("ad/get/"), 40133, "daily limit of this advertiser") is None
    assert await limiter.note_throttled(Place("ad/get/"), 40100, "Too many requests") is None
    await limiter.note_throttled(Place("ad/get/"), 40100, "You have reached the daily limit")
    async with app.read() as session:
        (row,) = (await session.exec(select(CallBudget))).all()
    assert row.closed_until is not None
    tomorrow = (utcnow() + timedelta(days=1)).date()
    assert (row.closed_until.date(), row.closed_until.hour, row.closed_until.minute) == (tomorrow, 0, 0)


@pytest.mark.parametrize(
    ("message", "is_taken_between", "is_pause"),
    [
        ("Too many requests: QPS limit reached.", False, False),
        ("Too many requests.", True, False),
        ("Too many requests.", False, True),
    ],
)
async def test_a_second_that_was_too_full_now_and_again_stops_nobody(
    app: Resources, monkeypatch: pytest.MonkeyPatch, message: str, is_taken_between: bool, is_pause: bool
):
    limiter, place, clock = shared_limiter(app, is_sandbox=False), Place("ad/get/"), [100.0]
    monkeypatch.setattr(business, "monotonic", lambda: clock[0])
    for _ in range(2):
        assert await limiter.note_throttled(place, 40100, message) is None
        clock[0] += 1
    clock[0] += 10
    if is_taken_between:
        limiter.note_taken(Place("comment/list/"))
    assert (await limiter.note_throttled(place, 40100, message) is not None) is is_pause
    assert (await limiter.seconds_closed() is not None) is is_pause


async def test_an_endpoint_with_limits_of_its_own_waits_in_both_lines(app: Resources):
    limiter = shared_limiter(app, is_sandbox=False)
    await limiter.wait(Place("report/task/create/", caller="report"))
    async with app.read() as session:
        keys = sorted(row.key for row in (await session.exec(select(CallBudget))).all())
        counted = {row.endpoint for row in (await session.exec(select(CallCount))).all()}
    assert keys == ["business", "business:report/task/create/"]
    assert counted == {"report/task/create/"}
