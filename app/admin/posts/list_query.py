"""What the address of the list of posts asks for. Leniently: what cannot be read is left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from app.accounts.queries import is_id
from app.errors import BadRequest
from app.kit.search import LONGEST_QUERY
from app.posts.face.listing import PostFilter, PostNeed, PostSort
from app.posts.face.query import make_filter, read_moment
from app.posts.models import PostState

PATH = "/admin/posts"
ROWS_PER_PAGE = 25
MOST_ROWS = 200
"""So many lines are shown at once at most, when somebody comes back to where they had scrolled to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """A list as its address names it. `shown`: how many lines are shown at once."""

    q: str = ""
    states: tuple[PostState, ...] = ()
    account_id: str = ""
    source_id: str = ""
    article_id: str = ""
    first: str = ""
    last: str = ""
    need: PostNeed | None = None
    sort: PostSort = PostSort.newest
    shown: int = ROWS_PER_PAGE
    cursor: str = ""

    @property
    def is_plain(self) -> bool:
        """Tell whether every post is meant."""
        return replace(self, shown=ROWS_PER_PAGE, cursor="", sort=PostSort.newest) == ListQuery()

    @property
    def is_refined(self) -> bool:
        """Tell whether something is chosen that stands among the finer filters."""
        return bool(self.source_id or self.first or self.last) or self.sort is not PostSort.newest

    def href(self, **changes: Any) -> str:
        """Give the address of this list, or of one that differs; from its beginning where nothing else is said."""
        own: dict[str, Any] = {"cursor": "", "shown": ROWS_PER_PAGE, **changes}
        query = replace(self, **own)
        pairs: list[tuple[str, str]] = [
            ("q", query.q),
            *(("state", state.value) for state in query.states),
            ("account_id", query.account_id),
            ("source_id", query.source_id),
            ("article_id", query.article_id),
            ("from", query.first),
            ("to", query.last),
            ("need", query.need.value if query.need else ""),
            ("sort", "" if query.sort is PostSort.newest else query.sort.value),
            ("shown", "" if query.shown == ROWS_PER_PAGE else str(query.shown)),
            ("cursor", query.cursor),
        ]
        given = [(name, value) for name, value in pairs if value]
        return f"{PATH}?{urlencode(given)}" if given else PATH

    def without(self, state: PostState) -> tuple[PostState, ...]:
        """Give the states with one more, or one less where it is among them."""
        if state in self.states:
            return tuple(other for other in self.states if other is not state)
        return (*self.states, state)

    def to_filter(self, zone: str) -> PostFilter:
        """Read it as the posts understand it."""
        return make_filter(
            zone=zone,
            q=self.q,
            states=self.states,
            account_id=self.account_id or None,
            source_id=self.source_id or None,
            article_id=self.article_id or None,
            first=self.first,
            last=self.last,
            need=self.need,
            sort=self.sort,
        )


def read_query(pairs: Sequence[tuple[str, str]]) -> ListQuery:
    """Read the names and values of an address."""
    values: Mapping[str, str] = dict(pairs)

    def one(name: str, longest: int = 64) -> str:
        return values.get(name, "").strip()[:longest]

    def known(name: str) -> str:
        return one(name) if is_id(one(name)) else ""

    states = [value for name, value in pairs if name == "state" and value in PostState.__members__]
    sort, need, shown = one("sort"), one("need"), one("shown")
    return ListQuery(
        q=one("q", LONGEST_QUERY),
        states=tuple(PostState(state) for state in dict.fromkeys(states)),
        account_id=known("account_id") or known("account"),
        source_id=known("source_id"),
        article_id=known("article_id"),
        first=_day(one("from")),
        last=_day(one("to")),
        need=PostNeed(need) if need in PostNeed.__members__ else None,
        sort=PostSort(sort) if sort in set(PostSort) else PostSort.newest,
        shown=min(max(int(shown), ROWS_PER_PAGE), MOST_ROWS) if shown.isdecimal() and len(shown) < 5 else ROWS_PER_PAGE,
        cursor=one("cursor"),
    )


def _day(told: str) -> str:
    try:
        read_moment(told, "", is_end=True)
    except BadRequest:
        return ""
    return told[:10]
