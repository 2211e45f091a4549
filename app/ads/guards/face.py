"""Spending guards of an ad account as the API takes and tells them."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator

from app.ads.desk.inputs import DeskInput
from app.ads.guard_limits import NAMES, guards_of_all, read_guards, read_own, set_guards
from app.ads.models import Advertiser
from app.ads.values import fault, read_money
from app.messages import ads_values
from app.resources import Resources

_MOST_PERCENT = 1_000_000


def _read_limit(value: Any) -> Decimal:
    """Take an amount, or 0 for no guard."""
    return Decimal(0) if value == 0 and not isinstance(value, bool) else read_money(value)


def _read_percent(value: Any) -> Decimal:
    percent = _read_limit(value)
    if percent > _MOST_PERCENT:
        raise fault(ads_values.value_up_to(str(_MOST_PERCENT)))
    return percent


Limit = Annotated[Decimal, BeforeValidator(_read_limit)]


class GuardsInput(DeskInput):
    """All guards of an ad account; what is left out or null is the installation's, 0 is no guard."""

    max_raise_percent: Annotated[Decimal, BeforeValidator(_read_percent)] | None = None
    max_daily_budget: Limit | None = None
    max_total_budget: Limit | None = None
    max_transfer: Limit | None = None

    def given(self) -> Iterator[tuple[str, Decimal | None]]:
        for name in NAMES:
            yield name, getattr(self, name)


async def show_guards(app: Resources, advertiser_id: str) -> dict[str, Any]:
    """What counts for an ad account, what was set for it, and what the installation has."""
    own, of_all, counts = (
        await read_own(app, advertiser_id),
        guards_of_all(app.settings),
        await read_guards(app, advertiser_id),
    )
    account = await _find_account(app, advertiser_id)
    return {
        "advertiser_id": advertiser_id,
        "name": account.name if account else None,
        "currency": account.currency if account else None,
        "guards": {name: getattr(counts, name) for name in NAMES},
        "own": own,
        "installation": {name: getattr(of_all, name) for name in NAMES},
    }


async def change_guards(app: Resources, advertiser_id: str, body: object) -> dict[str, Any]:
    """Set them. Raises InvalidInput."""
    asked = GuardsInput.read(body)
    account = await _find_account(app, advertiser_id)
    await set_guards(app, advertiser_id, dict(asked.given()), name=account.name if account else "")
    return await show_guards(app, advertiser_id)


async def _find_account(app: Resources, advertiser_id: str) -> Advertiser | None:
    async with app.read() as session:
        return await session.get(Advertiser, advertiser_id)
