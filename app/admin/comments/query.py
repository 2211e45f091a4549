"""What the address of the inbox asks for. Leniently: what cannot be read is left out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from app.comments.models import CommentSource, CommentState
from app.kit.search import LONGEST_QUERY
from app.messages.translator import LANGUAGES

if TYPE_CHECKING:
    from app.comments.face.selecting import Wanted

PATH = "/social/"
ME = "me"
NOBODY = "none"
_STATES = {
    "": frozenset({CommentState.unread, CommentState.open}),
    **{state.value: frozenset({state}) for state in CommentState},
    "all": frozenset(CommentState),
}
_STATUSES = ("PUBLIC", "HIDDEN", "DELETED")


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxQuery:
    """The queue as its address names it, and the comment that is open beside it. `state` "": what still waits."""

    source: str = ""
    advertiser_id: str = ""
    account_id: str = ""
    ad_id: str = ""
    item_id: str = ""
    language: str = ""
    state: str = ""
    status: str = ""
    assigned_to: str = ""
    author_id: str = ""
    q: str = ""
    cursor: str = ""
    comment: str = ""

    @property
    def is_plain(self) -> bool:
        """Tell whether nothing is chosen but what still waits."""
        return replace(self, cursor="", comment="") == InboxQuery()

    @property
    def is_refined(self) -> bool:
        """Tell whether something is chosen that seldom is."""
        return bool(
            self.advertiser_id or self.account_id or self.ad_id or self.language or self.status or self.assigned_to
        )

    def href(self, **changes: Any) -> str:
        """Give the address of this queue, or of one that differs; from its beginning where nothing else is said."""
        query = replace(self, **{"cursor": "", **changes})
        given = urlencode(query.pairs(with_place=True))
        return f"{PATH}?{given}" if given else PATH

    def pairs(self, *, with_place: bool = False) -> list[tuple[str, str]]:
        """Give names and values of the filters; `with_place`: also where in the queue, and which comment."""
        names = ["source", "advertiser_id", "account_id", "ad_id", "item_id", "language"]
        names += ["state", "status", "assigned_to", "author_id", "q"]
        names += ["cursor", "comment"] if with_place else []
        return [(name, value) for name in names if (value := getattr(self, name))]

    @property
    def export_href(self) -> str:
        """Where the API gives what these filters let through as a file."""
        states = ",".join(sorted(_STATES[self.state])) if self.state != "all" else ""
        pairs = [(name, value) for name, value in self.pairs() if name != "state"]
        return (
            f"/api/comments/export?{urlencode([*pairs, *([('state', states)] if states else []), ('format', 'csv')])}"
        )

    @property
    def live_href(self) -> str:
        """Where the queue is asked for what has changed."""
        return f"{PATH}live?{urlencode(self.pairs())}"

    def to_wanted(self, viewer_id: str) -> "Wanted":
        """Read it as the inbox understands it."""
        from app.comments.face.selecting import Wanted

        return Wanted(
            source=CommentSource(self.source) if self.source else None,
            advertiser_id=self.advertiser_id,
            account_id=self.account_id,
            ad_id=self.ad_id,
            item_id=self.item_id,
            language=self.language,
            states=_STATES[self.state],
            statuses=frozenset({self.status} - {""}),
            q=self.q,
            assigned_to=viewer_id if self.assigned_to == ME else self.assigned_to,
            author_id=self.author_id,
        )


def read_query(pairs: Sequence[tuple[str, str]]) -> InboxQuery:
    """Read the names and values of an address."""
    values = dict(pairs)

    def one(name: str, longest: int = 64) -> str:
        return values.get(name, "").replace("\0", "").strip()[:longest]

    def number(name: str) -> str:
        return one(name) if one(name).isascii() and one(name).isdigit() and len(one(name)) < 20 else ""

    state, status = one("state"), one("status").upper()
    source, language = one("source"), one("language")
    return InboxQuery(
        source=source if source in set(CommentSource) else "",
        advertiser_id=number("advertiser_id"),
        account_id=one("account_id", 36),
        ad_id=number("ad_id"),
        item_id=number("item_id"),
        language=language if language in LANGUAGES else "",
        state=state if state in _STATES else "",
        status=status if status in _STATUSES else "",
        assigned_to=one("assigned_to"),
        author_id=one("author_id"),
        q=one("q", LONGEST_QUERY),
        cursor=number("cursor"),
        comment=one("comment", 36),
    )


def query_of(href: str) -> InboxQuery:
    """Read an address that a form has carried along; what is foreign in it means nothing."""
    return read_query(parse_qsl(href.partition("?")[2]))
