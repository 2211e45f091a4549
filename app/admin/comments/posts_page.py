"""What the page of the newsroom's own posts shows: comments under each, and a form for one of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from app.admin.comments.page import read_own_accounts
from app.comments.access.opened import LONGEST_REPLY
from app.comments.face.posts import PostShown, list_posts
from app.comments.models import CommentSource
from app.comments.models_said import ReplyState
from app.resources import Resources

PATH = "/social/posts"
ROWS = 30


@dataclass(frozen=True, slots=True)
class Asked:
    """Which posts: of one account, or one alone. The rest is what was typed under one, and what came of it."""

    account_id: str = ""
    item_id: str = ""
    cursor: str = ""
    typed: str = ""
    problem: Sequence[str] = ()
    is_lost: bool = False

    def href(self, **changes: str) -> str:
        """Give the address of these posts, or of others."""
        given = {"account_id": self.account_id, "item_id": self.item_id, **changes}
        query = urlencode({name: value for name, value in given.items() if value})
        return f"{PATH}?{query}" if query else PATH


@dataclass(frozen=True, slots=True)
class PostLine:
    """A post. `account` is named where there are several; `pending`: texts, and whether their answer was lost."""

    shown: PostShown
    account: str
    pending: Sequence[tuple[str, bool]]

    @property
    def href(self) -> str:
        """Where its comments stand in the inbox."""
        query = {"account_id": self.shown.row.account_id, "item_id": self.shown.row.item_id, "state": "all"}
        return f"/social/?{urlencode(query)}"


@dataclass(frozen=True, slots=True)
class PostsPage:
    """The page; `accounts` are to choose from."""

    asked: Asked
    lines: Sequence[PostLine]
    accounts: Sequence[tuple[str, str]]
    more_href: str
    limit: int = LONGEST_REPLY[CommentSource.organic]


async def read_posts_page(app: Resources, asked: Asked) -> PostsPage:
    """Collect the page; no call goes to TikTok for it."""
    accounts = await read_own_accounts(app)
    names = dict(accounts) if len(accounts) > 1 else {}
    page = await list_posts(
        app, account_id=asked.account_id, item_id=asked.item_id, limit=ROWS, cursor=asked.cursor or None
    )
    lines = [
        PostLine(
            one,
            names.get(one.row.account_id, ""),
            [(said.text, said.state is ReplyState.unknown) for said in one.pending],
        )
        for one in page.items
    ]
    return PostsPage(asked, lines, accounts, asked.href(cursor=page.next_cursor) if page.next_cursor else "")
