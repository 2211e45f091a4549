"""What the page about connections to ads shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.admin.ads.outcomes import Outcome, read_outcome
from app.ads.connections.schemas import AdvertiserRead, ConnectionRead
from app.messages.translator import Translator
from app.resources import Resources

PATH = "/admin/ads"
_MOST_SHOWN = 1000


@dataclass(frozen=True, slots=True)
class AdsPage:
    """The page."""

    outcome: Outcome | None
    is_emulated: bool
    connections: Sequence[ConnectionRead]
    advertisers: Sequence[AdvertiserRead]
    problem: str


async def read_ads_page(
    app: Resources, i18n: Translator, admin_id: str, *, result: str, reason: str, problem: str = ""
) -> AdsPage:
    """Collect the page."""
    # The ads desk is read when somebody looks at it: most processes need not carry it.
    from app.ads.connections import showing

    found = await showing.read_advertisers(app, admin_id, limit=_MOST_SHOWN, cursor=None)
    return AdsPage(
        outcome=read_outcome(i18n, result, reason),
        is_emulated=app.business.is_emulated,
        connections=await showing.read_connections(app),
        advertisers=found.items,
        problem=problem,
    )
