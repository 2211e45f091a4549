"""What the list of posts shows."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from app.accounts.queries import is_id, list_accounts
from app.admin.accounts.page import name_account
from app.admin.wording.states import STATES, StateWords, explain_alert, explain_reason
from app.articles.sources import list_sources
from app.messages.translator import Translator
from app.posts.face.service import PostFilter, count_found, list_posts
from app.posts.models import PostState
from app.posts.schemas import PostRead
from app.resources import Resources

ROWS_PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class StateFilter:
    """One chip above the list. `state` is empty for all."""

    state: str
    words: StateWords | None
    count: int
    href: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class PostRow:
    """One line of the list."""

    post: PostRead
    words: StateWords
    reason: str
    alert: str
    at: datetime
    is_ahead: bool
    picture: str


@dataclass(frozen=True, slots=True)
class PostRows:
    """The lines of one page, and where the next page begins."""

    rows: Sequence[PostRow]
    more_href: str


@dataclass(frozen=True, slots=True)
class PostsPage:
    """The list of posts with its filters."""

    list: PostRows
    filters: Sequence[StateFilter]
    accounts: Sequence[tuple[str, str]]
    account_id: str
    state: str
    has_accounts: bool
    has_sources: bool


async def read_posts_page(
    resources: Resources, i18n: Translator, *, state: str, account_id: str, cursor: str
) -> PostsPage:
    """Collect the list page."""
    wanted = PostState(state) if state in PostState.__members__ else None
    account_id, cursor = (text if is_id(text) else "" for text in (account_id, cursor))
    async with resources.read() as session:
        found = await list_posts(
            session,
            resources.settings,
            PostFilter(states=(wanted,) if wanted else (), account_id=account_id or None),
            limit=ROWS_PER_PAGE,
            cursor=cursor or None,
        )
        counts = await count_found(session, PostFilter(account_id=account_id or None))
        accounts = (await list_accounts(session, limit=200)).items
        sources = await list_sources(session, limit=1)
    query = {"state": wanted.value if wanted else "", "account": account_id}
    return PostsPage(
        list=PostRows(
            [make_row(i18n, post) for post in found.items],
            _posts_href(**query, cursor=found.next_cursor) if found.next_cursor else "",
        ),
        filters=_filters(counts, wanted, account_id),
        accounts=[(account.id, name_account(account)) for account in accounts],
        account_id=account_id,
        state=query["state"],
        has_accounts=bool(accounts),
        has_sources=bool(sources.items),
    )


def _filters(counts: Mapping[str, int], wanted: PostState | None, account_id: str) -> list[StateFilter]:
    everything = StateFilter("", None, sum(counts.values()), _posts_href(account=account_id), wanted is None)
    some = [
        StateFilter(
            state.value,
            words,
            counts.get(state.value, 0),
            _posts_href(state=state.value, account=account_id),
            state is wanted,
        )
        for state, words in STATES.items()
        if counts.get(state.value) or state is wanted
    ]
    return [everything, *some]


def _posts_href(**query: str | None) -> str:
    given = {name: value for name, value in query.items() if value}
    return f"/admin/posts?{urlencode(given)}" if given else "/admin/posts"


def make_row(i18n: Translator, post: PostRead) -> PostRow:
    ahead = None if post.finalized_at else post.scheduled_at or post.next_attempt_at
    return PostRow(
        post=post,
        words=STATES[PostState(post.state)],
        reason=explain_reason(i18n, post.state_reason, post.state_detail),
        alert=explain_alert(i18n, post.alert),
        at=ahead or post.finalized_at or post.created_at,
        is_ahead=ahead is not None,
        picture=picture_href(post, 1, small=True) if post.media else "",
    )


def picture_href(post: PostRead, number: int, *, small: bool = False) -> str:
    """A picture for editors: not TikTok's address, where every request counts as TikTok's.

    It changes with the media, so that browsers may keep what they have.
    """
    version = hashlib.sha256(post.media[number - 1].encode()).hexdigest()[:8]
    return f"/admin/posts/{quote(post.id)}/pictures/{number}{'/small' if small else ''}?v={version}"
