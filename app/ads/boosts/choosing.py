"""In which ad account a post would be boosted, and whether it can be there."""

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.access import mode_of
from app.ads.boosts.checks import Verdict, judge
from app.ads.boosts.facts import PostFacts, read_facts
from app.ads.boosts.lending import find_linked
from app.ads.connections.reach import reach_advertiser
from app.ads.connections.sync import has_consents, sync_own
from app.ads.models import Advertiser, AdvertiserGrant, CurrentAdvertiser
from app.errors import AppError
from app.resources import Resources
from app.tiktok_business.sending import Patience

_LOOK = Patience(caller="ads desk", deadline=6.0, turn=3.0)


async def judge_post(
    app: Resources,
    post_id: str,
    advertiser_id: str | None,
    admin_id: str | None,
    *,
    is_looked_up: bool = False,
    is_ahead: bool = False,
) -> tuple[Verdict, str | None]:
    """Answer for the ad account that is named, else for the current one of whoever asks. Raises NotFound.

    `is_looked_up`: TikTok is asked whether the post's account is linked to the ad account, for some seconds at most.
    `is_ahead`: whether it could be boosted once it is out.
    """
    async with app.read() as session:
        facts: PostFacts = await read_facts(session, post_id)
    chosen = advertiser_id or await choose_account(app, admin_id)
    verdict = await judge(app, facts, chosen, is_ahead=is_ahead)
    if is_ahead:
        return verdict, chosen
    # A code that is here already, or that can be made, is as good as a link: TikTok need not be asked.
    if not is_looked_up or chosen is None or not facts.item_id or not (verdict.needs_code and verdict.can_boost):
        return verdict, chosen
    try:
        reach = await reach_advertiser(app, chosen, patience=_LOOK)
        linked = await find_linked(reach, facts.item_id, facts.account.username)
    except AppError:
        return verdict, chosen
    return (verdict if linked is None else await judge(app, facts, chosen, linked=linked)), chosen


async def choose_account(app: Resources, admin_id: str | None) -> str | None:
    """Give somebody's current ad account, else the only one that there is."""
    accounts = await list_accounts(app)
    async with app.read() as session:
        current = await session.get(CurrentAdvertiser, admin_id) if admin_id else None
    ids = [one.advertiser_id for one in accounts]
    if current is not None and current.advertiser_id in ids:
        return current.advertiser_id
    return ids[0] if ids else None


async def list_accounts(app: Resources) -> Sequence[Advertiser]:
    """List the ad accounts that are connected, by name. The emulator is asked where none was looked for yet."""
    async with app.read() as session:
        found = await _list(session, mode_of(app))
    if not found and app.business.is_emulated and not await has_consents(app):
        try:
            await sync_own(app)
        except AppError:
            return []
        async with app.read() as session:
            found = await _list(session, mode_of(app))
    return found


async def _list(session: AsyncSession, mode: str) -> Sequence[Advertiser]:
    granted = select(AdvertiserGrant.advertiser_id).where(AdvertiserGrant.mode == mode)
    query = select(Advertiser).where(col(Advertiser.advertiser_id).in_(granted))
    return (await session.exec(query.order_by(col(Advertiser.name), col(Advertiser.advertiser_id)))).all()
