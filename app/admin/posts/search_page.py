"""What the list of posts shows: filters, and what they find by day and by article."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from app.accounts.queries import list_accounts
from app.admin.accounts.page import name_account
from app.admin.posts.list_page import make_row
from app.admin.posts.list_query import MOST_ROWS, ROWS_PER_PAGE, ListQuery
from app.admin.posts.search_views import ArticleGroup, BulkResult, DayGroup, LiveRows, PostRows, PostsPage, StateFilter
from app.admin.wording.states import STATES
from app.articles.sources import list_sources, name_sources
from app.errors import BadRequest
from app.kit.clock import utcnow
from app.messages.kinds import show_day
from app.messages.translator import N_, Translator
from app.posts.face.listing import PostSort, count_found
from app.posts.face.views import list_posts, list_posts_by_id
from app.posts.schemas import PostList, PostRead
from app.resources import Resources

SORTS: dict[PostSort, str] = {
    PostSort.newest: N_("Newest first"),
    PostSort.oldest: N_("Oldest first"),
    PostSort.settled: N_("Last settled first"),
    PostSort.soonest: N_("Next to go out first"),
}
NEEDS: dict[str, str] = {
    "alert": N_("Look at these on TikTok"),
    "held": N_("Wait until something is put right"),
    "unverified": N_("Wait until TikTok takes the pictures' address"),
}
_MOST_SOURCES = 100
_MOST_COUNTED_OF_A_SEARCH = 2000


async def read_posts_page(
    resources: Resources,
    i18n: Translator,
    query: ListQuery,
    *,
    result: BulkResult | None = None,
    before: int = 0,
    last_day: str = "",
) -> PostsPage:
    """Collect the list page; of the next lines, `before` stand above them, and `last_day` is how these have ended."""
    zone = zone_of(resources, i18n)
    wanted = query.to_filter(zone)
    async with resources.read() as session:
        try:
            found = await list_posts(
                session, resources.settings, wanted, limit=query.shown, cursor=query.cursor or None
            )
        except BadRequest:
            found = PostList(items=[], next_cursor=None)
        most = {} if query.is_plain else {"most": _MOST_COUNTED_OF_A_SEARCH}
        counts = await count_found(session, wanted, **most)
        accounts = (await list_accounts(session, limit=200)).items
        sources = (await list_sources(session, limit=_MOST_SOURCES)).items
        names = {source.id: source.name for source in sources}
        if query.source_id and query.source_id not in names:
            names |= await name_sources(session, [query.source_id])
    return PostsPage(
        query=query,
        list=_lay_out(i18n, query, found, zone, before if query.cursor else 0, last_day),
        filters=_filters(query, counts),
        accounts=[(account.id, name_account(account)) for account in accounts],
        sources=sorted(names.items(), key=lambda source: source[1].casefold()),
        sorts=SORTS,
        need=NEEDS[query.need.value] if query.need else "",
        zone=zone,
        has_accounts=bool(accounts),
        has_sources=bool(sources),
        result=result,
    )


async def read_live_rows(resources: Resources, i18n: Translator, ids: Sequence[str]) -> LiveRows:
    """Read lines anew that are shown somewhere."""
    async with resources.read() as session:
        posts = await list_posts_by_id(session, resources.settings, ids)
    return LiveRows([make_row(i18n, post) for post in posts], ",".join(ids), _fingerprint(posts))


def zone_of(resources: Resources, i18n: Translator) -> str:
    """Name the reader's time zone: their own, else the installation's."""
    return i18n.zone or resources.settings.timezone or "UTC"


def _lay_out(i18n: Translator, query: ListQuery, found: PostList, zone: str, before: int, last_day: str) -> PostRows:
    today, day = utcnow().astimezone(ZoneInfo(zone)).date(), last_day
    days = []
    for at, posts in groupby(found.items, lambda post: _moment(query, post).astimezone(ZoneInfo(zone)).date()):
        label = "" if at.isoformat() == last_day else _name_day(i18n, at, today)
        days.append(DayGroup(label, [_group(i18n, list(group)) for _, group in groupby(posts, _article)]))
        day = at.isoformat()
    # How many lines there are by then, so that whoever comes back finds them all again.
    shown = min(before + len(found.items) + ROWS_PER_PAGE, MOST_ROWS)
    return PostRows(
        days=days,
        more_href=query.href(cursor=found.next_cursor) if found.next_cursor else "",
        kept_href=query.href(shown=shown),
        next_shown=shown,
        last_day=day,
        ids=",".join(post.id for post in found.items),
        seen=_fingerprint(found.items),
    )


def _moment(query: ListQuery, post: PostRead) -> datetime:
    if query.sort is PostSort.settled:
        return post.finalized_at or post.created_at
    if query.sort is PostSort.soonest:
        return post.scheduled_at or post.created_at
    return post.created_at


def _article(post: PostRead) -> str:
    return post.article_id


def _name_day(i18n: Translator, day: date, today: date) -> str:
    if day == today:
        return i18n.gettext(N_("Today"))
    if day == today - timedelta(days=1):
        return i18n.gettext(N_("Yesterday"))
    return show_day(i18n, day)


def _group(i18n: Translator, posts: Sequence[PostRead]) -> ArticleGroup:
    rows = [make_row(i18n, post) for post in posts]
    first = posts[0]
    # A video's title is its whole caption.
    titles = {"" if post.kind == "video" else post.title for post in posts}
    title = titles.pop() if len(titles) == 1 else ""
    return ArticleGroup(
        title=title or first.article_title,
        language=first.language,
        picture=next((row.picture for row in rows if row.picture), ""),
        is_video=first.kind == "video",
        rows=rows,
    )


def _filters(query: ListQuery, counts: Mapping[str, int]) -> list[StateFilter]:
    total = sum(counts.values())
    is_cut = not query.is_plain and total >= _MOST_COUNTED_OF_A_SEARCH and not _counts_each(query)
    everything = StateFilter("", None, None if is_cut else total, query.href(states=()), not query.states)
    some = [
        StateFilter(
            state.value,
            words,
            None if is_cut else counts.get(state.value, 0),
            query.href(states=query.without(state)),
            state in query.states,
        )
        for state, words in STATES.items()
        if counts.get(state.value) or state in query.states or is_cut
    ]
    return [everything, *some]


def _counts_each(query: ListQuery) -> bool:
    """Tell whether each state was counted for itself."""
    return not (query.q or query.source_id or query.article_id or query.first or query.last or query.need)


def _fingerprint(posts: Sequence[PostRead]) -> str:
    told = [
        f"{post.id}{post.state}{post.state_reason}{post.alert}{post.scheduled_at}{len(post.media)}" for post in posts
    ]
    return hashlib.sha256("|".join(told).encode()).hexdigest()[:16]
