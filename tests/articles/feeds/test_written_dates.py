"""Times are read as newsrooms' software writes them; what cannot have been meant is no time."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.articles.feeds.test_reading import read, rss

TEN = datetime(2026, 11, 30, 5, tzinfo=UTC)
"""Ten o'clock in Almaty."""
MIDNIGHT = datetime(2026, 11, 29, 19, tzinfo=UTC)


def moment(written):
    item = f"<item><title>A</title><link>https://x.example/a</link><pubDate>{written}</pubDate></item>"
    ((_, draft),) = read(rss(item), timezone="Asia/Almaty")
    return draft.published_at


@pytest.mark.parametrize(
    "written",
    [
        "Mon, 30 Nov 2026 10:00:00 +0500",
        "Mon, 30 Nov 2026 05:00:00 GMT",
        "Monday, 30-Nov-26 05:00:00 GMT",
        "Mon Nov 30 10:00:00 2026",
        "Mon, 30 Nov 2026 00:00:00 EST",
        "2026-11-30T10:00:00+05:00",
        "2026-11-30 10:00:00",
        "Пн, 30 Ноя 2026 10:00:00 +0500",
        "понедельник, 30 ноября 2026 г., 10:00",
        "30 нояб. 2026, 10:00",
        "Дс, 30 қар 2026 10:00:00 +0500",
        "2026 ж. 30 қараша, 10:00",
        "30 листопада 2026 10:00",
        "November 30, 2026 10:00 AM",
        "30.11.2026 10:00",
        "30.11.2026 08:00:00 +03:00",
        "1796014800",
        "1796014800000",
    ],
)
def test_a_time_is_read(written):
    assert moment(written) == TEN


def test_a_zone_that_is_only_named_and_not_known_is_the_sources():
    assert moment("Mon, 30 Nov 2026 10:00:00 ALMT") == TEN
    assert moment("Mon, 30 Nov 2026 10:00 QYZT") == TEN


@pytest.mark.parametrize("written", ["30 ноября 2026", "2026 ж. 30 қараша", "30.11.2026"])
def test_a_day_begins_where_the_source_is(written):
    assert moment(written) == MIDNIGHT


def test_an_afternoon_is_told_from_a_morning():
    assert moment("November 30, 2026 12:30 a.m.") == datetime(2026, 11, 30, 0, 30, tzinfo=ZoneInfo("Asia/Almaty"))
    assert moment("November 30, 2026 12:30 PM") == datetime(2026, 11, 30, 12, 30, tzinfo=ZoneInfo("Asia/Almaty"))


@pytest.mark.parametrize(
    "written",
    [
        "", "0", "179601480", "99999999999", "30 ноября", "ноябрь 2026", "30 қараша мен 1 желтоқсан 2026", "31.02.2026",
        "30 ноября 2026 25:61", "30 11 2026 года", "Mon, 01 Jan 0001 00:00:00 +0000", "0000-00-00 00:00:00",
        "9999-12-31T23:59:59Z", "сегодня в 10:00",
    ],
)  # fmt: skip
def test_what_says_no_time_is_none(written):
    assert moment(written) is None
