"""The account's next good slot."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.posts.by_hand.good_times import APART, choose_good_time

ALMATY = ZoneInfo("Asia/Almaty")


def _at(hour, minute=0, day=1):
    return datetime(2026, 12, day, hour, minute, tzinfo=ALMATY)


@pytest.mark.parametrize(
    ("now", "taken", "expected"),
    [
        (_at(12, 3), [], _at(12, 15)),
        (_at(12, 11), [], _at(12, 30)),  # a quarter that is almost here is too soon
        (_at(12, 3), [_at(12, 30)], _at(13, 15)),
        (_at(12, 3), [_at(12, 30), _at(13, 30)], _at(14, 15)),
        (_at(23, 0), [], _at(8, day=2)),
        (_at(3, 0), [], _at(8)),
        (_at(21, 50), [], _at(8, day=2)),
    ],
)
def test_it_is_in_waking_hours_and_apart_from_others(now, taken, expected):
    assert choose_good_time(taken, now.astimezone(UTC), ALMATY, daily_cap=15) == expected


def test_it_keeps_the_cap_of_any_24_hours():
    now = _at(9)
    taken = [_at(9) - timedelta(hours=hours) for hours in (1, 2, 3)]
    chosen = choose_good_time(taken, now, ALMATY, daily_cap=3)
    assert sum(chosen - timedelta(hours=24) < time <= chosen for time in taken) < 3
    assert all(abs(chosen - time) >= APART for time in taken)
    assert chosen == _at(8, day=2)


def test_an_account_that_is_full_for_weeks_gets_a_time_all_the_same():
    now = _at(9)
    taken = [now + timedelta(minutes=30 * number) for number in range(48 * 30)]
    assert choose_good_time(taken, now, ALMATY, daily_cap=1) > now + timedelta(days=13)
