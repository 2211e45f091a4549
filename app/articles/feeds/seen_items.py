"""What a source's feed has shown before: remembered for long, because feeds are sorted anew and old items come back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.articles.models_feeds import FeedItem
from app.kit.clock import utcnow
from app.kit.dialects import insert_into
from app.resources import Resources

KEPT_FOR = timedelta(days=400)
"""So long after an item was last seen in its feed it is known."""
_LATELY = timedelta(days=3)
_TOUCHED_EVERY = timedelta(days=1)
_MOST_IN_A_STATEMENT = 500

Told = Mapping[str, Any]


class Memory:
    """The items of one source's feed that are known; those that were in it lately are read at once."""

    def __init__(self, source_id: str, items: Iterable[FeedItem] = ()) -> None:
        self._source_id = source_id
        self._items = {item.key: item for item in items}
        self._by_address = {item.address: item for item in self._items.values() if item.address}
        self._renamed: dict[str, FeedItem] = {}

    @classmethod
    async def read(cls, app: Resources, source_id: str, now: datetime) -> "Memory":
        """Read what was in the feed lately."""
        query = select(FeedItem).where(FeedItem.source_id == source_id, col(FeedItem.last_seen_at) >= now - _LATELY)
        async with app.read() as session:
            return cls(source_id, (await session.exec(query)).all())

    @property
    def digests(self) -> dict[str, str]:
        return {key: item.digest for key, item in self._items.items()}

    @property
    def has_any(self) -> bool:
        return bool(self._items)

    async def recall(self, app: Resources, items: Sequence[Told]) -> None:
        """Look further back for what is not among those that were in the feed lately, by key and by address."""
        unknown = [told for told in items if told["key"] not in self._items]
        async with app.read() as session:
            for part in _parts(unknown):
                keys = [told["key"] for told in part]
                addresses = [told["address"] for told in part if told["address"]]
                is_same = sa.or_(col(FeedItem.key).in_(keys), col(FeedItem.address).in_(addresses))
                query = select(FeedItem).where(FeedItem.source_id == self._source_id, is_same)
                for item in (await session.exec(query)).all():
                    self._items.setdefault(item.key, item)
                    self._by_address.setdefault(item.address, item)
        present = {told["key"] for told in items}
        for told in unknown:
            before = self._by_address.get(told["address"]) if told["address"] else None
            # The same page under another id: unless both stand in the feed, and then they are two.
            if told["key"] not in self._items and before is not None and before.key not in present:
                self._renamed[told["key"]] = before

    def knows(self, told: Told) -> bool:
        return told["key"] in self._items or told["key"] in self._renamed

    def item(self, told: Told) -> FeedItem:
        """Give what is known of an item that is known."""
        return self._items.get(told["key"]) or self._renamed[told["key"]]

    async def remember(
        self,
        app: Resources,
        items: Sequence[Told],
        now: datetime,
        *,
        external_ids: Mapping[str, str] | None = None,
        is_too_old: bool = False,
    ) -> None:
        """Store items that are known from now on."""
        async with app.transaction() as session:
            for part in _parts(items):
                rows = [
                    {
                        "source_id": self._source_id,
                        "key": told["key"],
                        "address": told["address"],
                        "external_id": (external_ids or {}).get(told["key"], told["external_id"]),
                        "digest": told["digest"],
                        "is_too_old": is_too_old,
                        "first_seen_at": now,
                        "last_seen_at": now,
                    }
                    for told in part
                ]
                await _insert(session, rows)

    async def renew(self, app: Resources, items: Sequence[Told], now: datetime) -> None:
        """Note of known items what has changed, and once a day that they still stand in the feed."""
        table = FeedItem.__table__  # type: ignore[attr-defined]
        changed = [
            {"of": self._source_id, "named": told["key"], "digest": told["digest"], "last_seen_at": now}
            for told in items
            if told["key"] in self._items and told["draft"] is not None and told["digest"] != self.item(told).digest
        ]
        seen = [
            told["key"]
            for told in items
            if told["key"] in self._items and now - self._items[told["key"]].last_seen_at > _TOUCHED_EVERY
        ]
        renamed = [
            {
                "source_id": self._source_id,
                "key": told["key"],
                "address": told["address"],
                "external_id": self._renamed[told["key"]].external_id,
                "digest": told["digest"],
                "is_too_old": self._renamed[told["key"]].is_too_old,
                "first_seen_at": self._renamed[told["key"]].first_seen_at,
                "last_seen_at": now,
            }
            for told in items
            if told["key"] in self._renamed
        ]
        if not (changed or seen or renamed):
            return
        same = (table.c.source_id == sa.bindparam("of"), table.c.key == sa.bindparam("named"))
        async with app.transaction() as session:
            if changed:
                await (await session.connection()).execute(sa.update(table).where(*same), changed)
            for part in _parts(seen):
                is_seen = (table.c.source_id == self._source_id, table.c.key.in_(part))
                await session.exec(sa.update(table).where(*is_seen).values(last_seen_at=now))
            for rows in _parts(renamed):
                await _insert(session, rows)


async def forget_old_items(app: Resources) -> None:
    """Forget items that have not stood in their feed for more than a year."""
    async with app.transaction() as session:
        await session.exec(sa.delete(FeedItem).where(col(FeedItem.last_seen_at) < utcnow() - KEPT_FOR))


async def _insert(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        table = FeedItem.__table__  # type: ignore[attr-defined]
        insert = insert_into(session.get_bind().dialect.name, table).values(list(rows))
        await session.exec(insert.on_conflict_do_nothing())


def _parts(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (items[start : start + _MOST_IN_A_STATEMENT] for start in range(0, len(items), _MOST_IN_A_STATEMENT))
