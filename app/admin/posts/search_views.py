"""What the page of posts shows, field by field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.admin.posts.list_page import PostRow
from app.admin.posts.list_query import ListQuery
from app.admin.wording.states import StateWords
from app.posts.face.listing import PostSort


@dataclass(frozen=True, slots=True)
class StateFilter:
    """One chip above the list. `state` is empty for all; `count` is None where to count would take too long."""

    state: str
    words: StateWords | None
    count: int | None
    href: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class ArticleGroup:
    """Posts of one article that follow each other in the list."""

    title: str
    language: str
    picture: str
    is_video: bool
    rows: Sequence[PostRow]


@dataclass(frozen=True, slots=True)
class DayGroup:
    """One day of the list, in the reader's zone."""

    label: str
    articles: Sequence[ArticleGroup]


@dataclass(frozen=True, slots=True)
class PostRows:
    """The lines of one page, where the next begins, and what tells whether something about them has changed."""

    days: Sequence[DayGroup]
    more_href: str
    kept_href: str
    next_shown: int
    last_day: str
    ids: str
    seen: str


@dataclass(frozen=True, slots=True)
class LiveRows:
    """Lines that are shown somewhere, as they are now."""

    rows: Sequence[PostRow]
    ids: str
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkResult:
    """What became of a choice of posts. `undo`: the ids of those that can be brought back.

    `stopping`: of how many TikTok was asked to stop, and answers later.
    """

    action: str
    done: int
    stopping: int
    refused: Sequence[tuple[str, str, str]]
    undo: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PostsPage:
    """The list of posts with its filters."""

    query: ListQuery
    list: PostRows
    filters: Sequence[StateFilter]
    accounts: Sequence[tuple[str, str]]
    sources: Sequence[tuple[str, str]]
    sorts: Mapping[PostSort, str]
    need: str
    zone: str
    has_accounts: bool
    has_sources: bool
    result: BulkResult | None = None
