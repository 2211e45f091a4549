"""The page of what boosts have cost, by article or by desk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from app.admin.ads.desk import AdsDesk, read_desk
from app.admin.ads.numbers import count, money
from app.ads.models import SpendBy
from app.messages.translator import N_, Translator
from app.resources import Resources

PATH = "/admin/ads/boosts/spend"
BY: Mapping[SpendBy, str] = {
    SpendBy.article: N_("By article"),
    SpendBy.source: N_("By source"),
    SpendBy.category: N_("By category"),
    SpendBy.account: N_("By account"),
}
SPANS: Mapping[int, str] = {7: N_("7 days"), 30: N_("30 days"), 0: N_("All")}
_COLUMNS = (
    N_("Spent"), N_("Boosts"), N_("Times shown"), N_("Clicks"), N_("Cost of a thousand times shown"),
    N_("Cost of a click"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SpendRow:
    """One article or desk. `unknown`: of so many of its boosts TikTok has told nothing yet."""

    name: str
    href: str
    cells: Sequence[str]
    unknown: int


@dataclass(frozen=True, slots=True)
class SpendPage:
    """The page; `kinds` and `spans` are addresses, what they are called, and whether one looks at them."""

    desk: AdsDesk
    kinds: Sequence[tuple[str, str, bool]]
    spans: Sequence[tuple[str, str, bool]]
    heading: str
    columns: Sequence[str]
    rows: Sequence[SpendRow]
    problem: Sequence[str] = ()


async def read_spend_page(app: Resources, i18n: Translator, admin_id: str, by: SpendBy, days: int) -> SpendPage:
    """Collect the page; `days` 0 is all."""
    from app.ads.boosts.spend import read_spend

    lines = await read_spend(app, by, days=days or None)
    rows = []
    for line in lines:
        paid, currency = line.paid, line.currency
        cells = (
            money(i18n, paid.spend, currency, is_round=False), count(i18n, line.boosts), count(i18n, paid.impressions),
            count(i18n, paid.clicks), money(i18n, paid.cost_per_thousand, currency),
            money(i18n, paid.cost_per_click, currency),
        )  # fmt: skip
        rows.append(SpendRow(line.name, _href(by, line.id), cells, line.unknown))
    return SpendPage(
        desk=await read_desk(app, admin_id, "boosts"),
        kinds=[(_address(kind, days), label, kind is by) for kind, label in BY.items()],
        spans=[(_address(by, span), label, span == days) for span, label in SPANS.items()],
        heading=BY[by],
        columns=_COLUMNS,
        rows=rows,
    )


def _address(by: SpendBy, days: int) -> str:
    return f"{PATH}?{urlencode({'by': by.value, 'days': days})}"


def _href(by: SpendBy, row_id: str) -> str:
    if by is SpendBy.article:
        return f"/admin/articles/{row_id}"
    return f"/admin/sources/{row_id}" if by is SpendBy.source else ""
