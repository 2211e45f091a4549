"""The articles that came in, and what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from app.accounts.queries import is_id
from app.admin.wording.states import STATES, StateWords
from app.articles.sources import list_sources, name_sources
from app.errors import BadRequest
from app.kit.search import LONGEST_QUERY
from app.messages.translator import N_
from app.posts.face.arrivals import ArrivalFilter, ArticleArrival, LeftOut, list_arrivals
from app.resources import Resources

PATH = "/admin/articles"
_MOST_SOURCES = 100

LEFT_OUT: dict[LeftOut, str] = {
    LeftOut.unpublished: N_("It was taken off the site."),
    LeftOut.unwanted: N_("It does not carry the tag that asks for TikTok."),
    LeftOut.declined: N_("Its editor said in the CMS that it is not for TikTok."),
    LeftOut.only_updated: N_("Only changes of it came in: the CMS has not said that it was published."),
    LeftOut.by_rules: N_("The source's rules left it out."),
    LeftOut.no_account: N_("No account was there that takes articles when it came in."),
}
VIEWS = {"": N_("All"), "posted": N_("With posts"), "left_out": N_("Left out")}
_HAS_POSTS = {"posted": True, "left_out": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticlesQuery:
    """The list as its address names it."""

    q: str = ""
    source_id: str = ""
    view: str = ""
    cursor: str = ""

    @property
    def is_plain(self) -> bool:
        """Tell whether every article is meant."""
        return not (self.q or self.source_id or self.view)

    def href(self, **changes: Any) -> str:
        """Give the address of this list, or of one that differs; from its beginning where nothing else is said."""
        own: dict[str, Any] = {"cursor": "", **changes}
        query = replace(self, **own)
        names = ("q", "source_id", "view", "cursor")
        given = {name: value for name in names if (value := getattr(query, name))}
        return f"{PATH}?{urlencode(given)}" if given else PATH


@dataclass(frozen=True, slots=True)
class PostChip:
    """One post of an article."""

    href: str
    account: str
    words: StateWords


@dataclass(frozen=True, slots=True)
class ArticleLine:
    """An article with its posts, or why it has none."""

    arrival: ArticleArrival
    chips: Sequence[PostChip]
    reason: str


@dataclass(frozen=True, slots=True)
class ArticlesPage:
    """The list."""

    query: ArticlesQuery
    lines: Sequence[ArticleLine]
    more_href: str
    sources: Sequence[tuple[str, str]]
    views: Sequence[tuple[str, str, bool]]


def read_query(values: Any) -> ArticlesQuery:
    """Read the names and values of an address; what cannot be read is left out."""

    def one(name: str, longest: int = 64) -> str:
        return str(values.get(name, "")).strip()[:longest]

    view, source_id, cursor = one("view"), one("source_id"), one("cursor")
    return ArticlesQuery(
        q=one("q", LONGEST_QUERY),
        source_id=source_id if is_id(source_id) else "",
        view=view if view in VIEWS else "",
        cursor=cursor if is_id(cursor) else "",
    )


async def read_articles_page(resources: Resources, query: ArticlesQuery) -> ArticlesPage:
    """Collect the page."""
    wanted = ArrivalFilter(q=query.q, source_id=query.source_id or None, has_posts=_HAS_POSTS.get(query.view))
    async with resources.read() as session:
        try:
            found, next_cursor = await list_arrivals(session, wanted, cursor=query.cursor or None)
        except BadRequest:
            found, next_cursor = [], None
        names = {source.id: source.name for source in (await list_sources(session, limit=_MOST_SOURCES)).items}
        if query.source_id and query.source_id not in names:
            names |= await name_sources(session, [query.source_id])
    return ArticlesPage(
        query=query,
        lines=[_line(arrival) for arrival in found],
        more_href=query.href(cursor=next_cursor) if next_cursor else "",
        sources=sorted(names.items(), key=lambda source: source[1].casefold()),
        views=[(query.href(view=view), label, view == query.view) for view, label in VIEWS.items()],
    )


def _line(arrival: ArticleArrival) -> ArticleLine:
    chips = [PostChip(f"/admin/posts/{post.id}", post.account_name, STATES[post.state]) for post in arrival.posts]
    return ArticleLine(arrival, chips, LEFT_OUT[arrival.left_out] if arrival.left_out else "")
