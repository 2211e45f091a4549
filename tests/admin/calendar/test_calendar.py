"""The calendar without script: its days, what does not fit in, and posts that are moved by the form in them."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select, update

from app.admin.calendar.days import span_of
from app.auth.models import Admin
from app.kit.clock import rfc3339, utcnow
from app.posts.face.calendar import Misfit, find_misfits, read_calendar
from app.posts.models import Post, PostState
from app.resources import Resources
from tests.admin.support import Editor, csrf_token, text_of
from tests.builders import make_account, make_article, make_post

PAGE = "/admin/calendar"
S = PostState
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


async def _make(session, account, at, state=S.scheduled, **changes):
    values = {"account_id": account.id, "state": state, "article_id": (await make_article(session)).id}
    if state is S.scheduled:
        values |= {"scheduled_at": at, "state_reason": "embargo", "settings": {"not_before": rfc3339(at)}}
    elif state is S.awaiting_approval:
        values |= {"settings": {"not_before": rfc3339(at)}}
    else:
        values |= {"finalized_at": at}
    return await make_post(session, **(values | changes))


def test_what_does_not_fit_into_a_day_or_a_minute_is_told():
    hours = [(NOON + timedelta(hours=hour), f"h{hour}") for hour in range(5)]
    assert find_misfits(hours, [], 3) == {"h3": Misfit.day, "h4": Misfit.day}
    # What went out yesterday counts for 24 hours, and no longer.
    past = [NOON - timedelta(hours=22, minutes=30), NOON - timedelta(hours=21, minutes=30)]
    assert find_misfits(hours, past, 3) == {"h1": Misfit.day, "h4": Misfit.day}
    seconds = [(NOON + timedelta(seconds=second), f"s{second}") for second in range(8)]
    assert find_misfits(seconds, [], 15) == {"s6": Misfit.minute, "s7": Misfit.minute}
    assert find_misfits([(NOON, "a"), (NOON + timedelta(seconds=61), "b")], [NOON] * 5, 15) == {}


def test_spans_begin_on_mondays_and_never_leave_the_calendar():
    assert [span_of("week", date(2026, 12, 3)).days[0], span_of("week", date(2026, 12, 3)).days[-1]] == [
        date(2026, 11, 30), date(2026, 12, 6),
    ]  # fmt: skip
    month = span_of("month", date(2026, 12, 31))
    assert (len(month.days), month.days[0], month.days[-1]) == (35, date(2026, 11, 30), date(2027, 1, 3))
    assert (month.earlier, month.later) == (date(2026, 11, 1), date(2027, 1, 1))
    for far in (date.min, date.max):
        for view in ("week", "month", "list", "odd"):
            span = span_of(view, far)
            assert span.borders(ZoneInfo("Pacific/Kiritimati"))[0] < span.borders(ZoneInfo("Pacific/Kiritimati"))[-1]


@pytest.mark.both_databases
async def test_posts_stand_at_their_times_on_both_databases(resources: Resources):
    async with resources.transaction() as session:
        account = await make_account(session, daily_cap=2)
        other = await make_account(session)
        now = utcnow()
        times = [now + timedelta(hours=hour) for hour in (1, 2, 3)]
        planned = [await _make(session, account, at) for at in times]
        asked = await _make(session, other, times[1], S.awaiting_approval)
        out = await _make(session, other, now - timedelta(hours=1), S.published)
        held = await make_post(session, account_id=other.id, state=S.scheduled, state_reason="needs_image")
        far = await _make(session, other, now + timedelta(days=9))
    async with resources.read() as session:
        borders = [now - timedelta(days=1), now, now + timedelta(days=1)]
        span = await read_calendar(session, borders, most=[5, 5])
        alone = await read_calendar(session, borders, most=[5, 5], account_id=other.id)
    shown = {one.id: one for day in span.days for one in day.posts}
    assert [one.id for one in shown.values() if one.account_id == account.id] == [post.id for post in planned]
    assert [one.id for one in span.days[0].posts] == [out.id]
    assert [day.taken for day in span.days] == [{other.id: 1}, {account.id: 3, other.id: 1}]
    assert set(shown) == {*(post.id for post in planned), asked.id, out.id}
    assert {far.id, held.id}.isdisjoint(shown)
    assert span.untimed == 1
    assert [shown[post.id].misfit for post in planned] == [None, None, Misfit.day]
    assert (shown[out.id].can_move, shown[asked.id].can_move, shown[planned[0].id].can_move) == (False, True, True)
    assert {one.id for day in alone.days for one in day.posts} == {asked.id, out.id}


async def test_of_a_full_day_the_newest_are_read_and_all_are_counted_on_both_databases(resources: Resources):
    async with resources.transaction() as session:
        accounts = [await make_account(session) for _ in range(2)]
        began = utcnow() - timedelta(hours=30)
        posts = [
            await _make(session, accounts[number % 2], began + timedelta(minutes=number), state)
            for number, state in enumerate([S.published] * 3 + [S.sent_to_inbox, S.cancelled, S.failed])
        ]
    async with resources.read() as session:
        span = await read_calendar(session, [began - timedelta(hours=1), began + timedelta(hours=1)], most=[4])
    (day,) = span.days
    assert [one.id for one in day.posts] == [post.id for post in posts[2:]]
    assert (day.count, day.taken) == (6, {accounts[0].id: 2, accounts[1].id: 2})


async def test_a_full_day_shows_what_is_ahead_and_leads_to_the_rest(editor: Editor, sqlite_resources: Resources):
    at = utcnow().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=2)
    async with sqlite_resources.transaction() as session:
        account = await make_account(session)
        ahead = [await _make(session, account, at + timedelta(minutes=n), title=f"Ahead {n}") for n in range(3)]
        for number in range(40):
            await _make(session, account, at - timedelta(minutes=number), S.cancelled)
    rest = {"week": 19, "month": 39, "list": 0}
    for view, hidden in rest.items():
        page = await editor.open(f"{PAGE}?view={view}&day={at.date()}")
        assert [post.id for post in ahead if f'id="post-{post.id}"' not in page] == []
        assert page.count('class="entry is-') == len(ahead) + 40 - hidden
        assert (f"{hidden} more : " in text_of(page)) == bool(hidden)
        assert (f"/admin/calendar?view=list&amp;day={at.date()}" in page) == bool(hidden) or view == "list"


@pytest.mark.parametrize("view", ["week", "month", "list"])
async def test_every_view_shows_the_posts_of_its_days(editor: Editor, sqlite_resources: Resources, view: str) -> None:
    async with sqlite_resources.transaction() as session:
        account = await make_account(session, display_name="Aimaq <b>", daily_cap=1)
        at = utcnow() + timedelta(minutes=30)
        posts = [await _make(session, account, at, title=f"Тақырып {n} <i>") for n in range(2)]
    day = at.date().isoformat()
    page = await editor.open(f"{PAGE}?view={view}&day={day}")
    assert "Тақырып 0 &lt;i&gt;" in page
    assert "Will not fit: 1 posts in 24 hours are used up by then." in text_of(page)
    assert page.count("2 / 1") == 1
    assert all(f'id="post-{post.id}"' in page for post in posts)
    assert "Time zone: UTC" in text_of(page)
    far = await editor.open(f"{PAGE}?view={view}&day=2031-05-05&account=nobody")
    assert "Nothing goes out in these days." in text_of(far)
    await editor.open(f"{PAGE}?view=odd&day=odd&account=%27")


async def test_a_post_is_moved_by_its_form(editor: Editor, sqlite_resources: Resources) -> None:
    async with sqlite_resources.transaction() as session:
        account = await make_account(session)
        at = (utcnow() + timedelta(days=1)).replace(second=0, microsecond=0)
        post = await _make(session, account, at)
        out = await _make(session, account, utcnow(), S.published)
    here = f"{PAGE}?view=week&day={at.date()}"
    page = await editor.open(here)
    assert f'data-at="{at:%Y-%m-%dT%H:%M}"' in page
    assert not re.search(rf'id="post-{out.id}"[^>]*draggable', page)
    form = {"_csrf_token": csrf_token(page), "view": "week", "day": str(at.date())}
    to = at + timedelta(days=1)
    moved = await editor.client.post(
        f"{PAGE}/move", data={**form, "post_id": post.id, "at": f"{to:%Y-%m-%dT%H:%M}"}, follow_redirects=False
    )
    assert (moved.status_code, moved.headers["location"]) == (303, f"{here}&notice=moved#post-{post.id}")
    async with sqlite_resources.read() as session:
        (row,) = (await session.exec(select(Post).where(Post.id == post.id))).all()
    assert (row.scheduled_at, row.settings["not_before"]) == (to, rfc3339(to))
    for post_id, time, status, said in (
        (post.id, "2020-01-01T10:00", 422, "That time is over."),
        (post.id, "odd", 422, "Choose a time."),
        (out.id, f"{to:%Y-%m-%dT%H:%M}", 409, "The post has just moved on."),
        ("nobody", f"{to:%Y-%m-%dT%H:%M}", 404, "There is no such post."),
    ):
        answer = await editor.client.post(f"{PAGE}/move", data={**form, "post_id": post_id, "at": time})
        assert answer.status_code == status, said
        assert said in text_of(answer.text)
        assert 'class="days is-week"' in answer.text


@pytest.mark.parametrize(
    ("told", "chosen", "shown"),
    [
        ("Asia/Almaty", "", "Asia/Almaty"),
        ("Asia/Almaty", "Europe/Berlin", "Europe/Berlin"),
        ("../../etc/passwd", "", "UTC"),
        ("Mars/Olympus", "", "UTC"),
    ],
)
async def test_days_are_those_of_the_zone_that_the_browser_has_told(
    editor: Editor, sqlite_resources: Resources, told: str, chosen: str, shown: str
):
    editor.client.cookies.set("newsreel-zone", told, domain="127.0.0.1", path="/")
    async with sqlite_resources.transaction() as session:
        await session.exec(update(Admin).values(timezone=chosen))
    assert f"Time zone: {shown}" in text_of(await editor.open(PAGE))
