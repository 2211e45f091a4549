"""What boosts have cost, put together by article, or by the desk that it came from."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from app.accounts.models import Account
from app.ads.access import mode_of
from app.ads.boosts.figures import Paid, read_paid
from app.ads.models import Boost, SpendBy
from app.articles.models import Article, Source
from app.kit.clock import utcnow
from app.resources import Resources

MOST_LINES = 500
_NOTHING = Paid(Decimal(0), 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class SpendLine:
    """What the boosts of one article or desk brought together, in one currency. `id` is empty for a category.

    `unknown` of its `boosts` were started, and TikTok has told no figures of them yet.
    """

    id: str
    name: str
    currency: str
    boosts: int
    unknown: int
    paid: Paid


_KEYS: Mapping[SpendBy, tuple[Any, Any]] = {
    SpendBy.article: (col(Article.id), col(Article.title)),
    SpendBy.source: (col(Source.id), col(Source.name)),
    SpendBy.category: (sa.literal(""), col(Article.category)),
    SpendBy.account: (
        col(Account.id), sa.func.coalesce(sa.func.nullif(col(Account.display_name), ""), col(Account.username)),
    ),
}  # fmt: skip


async def read_spend(app: Resources, by: SpendBy, *, days: int | None = None) -> Sequence[SpendLine]:
    """Add up all days of the boosts that were started, what cost most first; with `days` of those started since.

    Amounts of different currencies are never added up, nor held against each other: they stand one currency after the
    other, that of most boosts first.
    """
    row_id, name = _KEYS[by]
    query = (
        sa.select(row_id.label("id"), name.label("name"), col(Boost.currency), col(Boost.figures))
        .select_from(Boost)
        .join(Article, col(Article.id) == col(Boost.article_id))
        .join(Source, col(Source.id) == col(Article.source_id))
        .join(Account, col(Account.id) == col(Boost.account_id))
        .where(col(Boost.mode) == mode_of(app), col(Boost.started_at).is_not(None))
    )
    if days is not None:
        query = query.where(col(Boost.started_at) >= utcnow() - timedelta(days=days))
    async with app.read() as session:
        rows = (await session.exec(query)).all()  # type: ignore[call-overload]
    lines: dict[tuple[str, str, str], SpendLine] = {}
    for row in rows:
        key = (row.id, row.name or "", row.currency)
        before = lines.get(key) or SpendLine(*key, 0, 0, _NOTHING)
        unknown = before.unknown + (row.figures is None)
        paid = _add(before.paid, read_paid(row.figures))
        lines[key] = SpendLine(*key, before.boosts + 1, unknown, paid)
    used = Counter(row.currency for row in rows)
    ordered = sorted(
        lines.values(), key=lambda line: (-used[line.currency], line.currency, -(line.paid.spend or 0), line.name)
    )
    return ordered[:MOST_LINES]


def _add(one: Paid, other: Paid) -> Paid:
    return Paid(
        (one.spend or Decimal(0)) + (other.spend or Decimal(0)),
        *((getattr(one, name) or 0) + (getattr(other, name) or 0) for name in
          ("impressions", "clicks", "views", "likes", "comments", "shares")),
    )  # fmt: skip
