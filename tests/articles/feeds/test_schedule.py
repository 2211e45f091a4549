"""When a feed is asked again."""

from datetime import timedelta

import pytest

from app.articles.feeds.schedule import LONGEST_WAIT, after_failure, after_success

FIVE = timedelta(minutes=5)


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ({}, 5),
        ({"Cache-Control": "max-age=60"}, 5),
        ({"Cache-Control": "public, max-age=1200"}, 20),
        ({"Cache-Control": "max-age=1200", "Age": "600"}, 10),
        ({"Cache-Control": "max-age=999999"}, 60),
        ({"Cache-Control": "no-cache, max-age=1200"}, 5),
        ({"Cache-Control": "max-age=-1, max-age=x"}, 5),
    ],
)
def test_after_an_answer(headers, minutes):
    assert after_success(FIVE, headers, draw=lambda: 0.0) == timedelta(minutes=minutes)


def test_the_interval_is_only_ever_shortened_by_chance():
    waits = {after_success(FIVE, {}) for _ in range(50)}
    assert len(waits) > 10
    assert all(0.9 * FIVE <= wait <= FIVE for wait in waits)


def test_after_failures():
    waits = [after_failure(FIVE, failures, draw=lambda: 0.0) for failures in range(1, 60)]
    assert waits[:3] == [FIVE, 2 * FIVE, 4 * FIVE]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT
    assert after_failure(FIVE, 1, 7200.0) == timedelta(hours=2)
    assert after_failure(FIVE, 1, 1e9) == LONGEST_WAIT
    assert after_failure(timedelta(days=1), 3, draw=lambda: 1.0) >= 0.9 * LONGEST_WAIT
