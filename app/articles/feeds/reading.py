"""What a feed's items are before anybody needs their articles, and how each is told from the others."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from app.articles.adapters.base import ArticleDraft
from app.articles.names import url_name
from app.kit.text import clean

MOST_ITEMS = 5_000
"""Of one feed; what stands behind them is not looked at."""

_TAG = re.compile(r"<[^<>]*>")
_OF_WORDPRESS = re.compile(r"[?&]p=(\d{1,18})$")
_LONGEST_ID = 512


class NoFeed(Exception):
    """What was fetched is none of the forms that are read here. `hint`: a feed that it names, or ""."""

    def __init__(self, hint: str = "") -> None:
        super().__init__("this is no feed")
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Item:
    """An item as a feed has it. `identity` is what it is called there, `content` what a change of it would change.

    `make`: makes its article, and tells whether that has the whole text.
    """

    identity: str
    url: str
    title: str
    published_at: datetime | None
    updated_at: datetime | None
    content: Iterable[str]
    make: Callable[[], ArticleDraft]
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """What was read. `hub` and `topic` are for WebSub.

    `next_page`: where the older items stand, where it says so. `is_wordpress`: whether WordPress made it, which says
    nothing of its pages and has them.
    """

    items: list[Item] = field(default_factory=list)
    title: str = ""
    hub: str = ""
    topic: str = ""
    next_page: str = ""
    is_wordpress: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """An item with what it is remembered by: see the table FeedItem."""

    item: Item
    key: str
    address: str
    external_id: str
    digest: str


def tell_apart(items: Iterable[Item], kind: str) -> list[Told]:
    """Give each item its key: its id, or its address where it has none or shares it with others, or its words.

    Of two of the same key the first counts.
    """
    items = list(items)[:MOST_ITEMS]
    addresses = [url_name(item.url) for item in items]
    pages: dict[str, set[str]] = defaultdict(set)
    for item, address in zip(items, addresses, strict=True):
        pages[item.identity].add(address)
    told: dict[str, Told] = {}
    for item, address in zip(items, addresses, strict=True):
        own = item.identity if item.identity and len(pages[item.identity]) == 1 else ""
        words = f"{item.title}\n{item.published_at or ''}"
        key = hashlib.sha256((own or address or words).encode("utf-8", "replace")).hexdigest()
        external_id = item.external_id or _external_id(own or item.url or key, kind)
        told.setdefault(key, Told(item, key, address, external_id, _digest(item)))
    shared = Counter(one.address for one in told.values())
    # What several items link to is the address of none of them.
    return [
        one if shared[one.address] == 1 else Told(one.item, one.key, "", one.external_id, one.digest)
        for one in told.values()
    ]


def _external_id(identity: str, kind: str) -> str:
    """Give the id that the source's webhook would give it, as far as the feed tells it."""
    of_wordpress = _OF_WORDPRESS.search(identity) if kind == "wordpress" else None
    if of_wordpress:
        return of_wordpress[1]
    identity = clean(identity)
    fits = 0 < len(identity) <= _LONGEST_ID and identity.isprintable()
    return identity if fits else hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()


def _digest(item: Item) -> str:
    """Make what changes when a reader would see a change: tags, spaces and times come and go by themselves."""
    digest = hashlib.sha256()
    for text in (item.url, item.title, *item.content):
        digest.update(" ".join(_TAG.sub("", text).split()).encode("utf-8", "replace"))
        digest.update(b"\n")
    return digest.hexdigest()
