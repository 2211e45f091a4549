"""What posts by hand would say, and when they would go out: by the same code that writes and times them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.articles.models import Article, Source
from app.captions.schemas import Caption, CaptionLimits
from app.config import Settings
from app.kit.clock import utcnow
from app.posts.by_hand.good_times import choose_good_time, read_taken_times
from app.posts.line.ladder import Slot
from app.posts.line.pacing import next_slot
from app.posts.models import PostKind
from app.posts.prepare.caption import load_caption_rules, write_caption
from app.posts.prepare.caption_settings import text_limits


@dataclass(frozen=True, slots=True)
class CaptionLook:
    """What the post of some accounts would say: accounts for which it says the same stand together."""

    accounts: Sequence[Account]
    caption: Caption
    limits: CaptionLimits


@dataclass(frozen=True, slots=True)
class SlotLook:
    """When an account's post would go out: its next good slot, and what it must wait for if it is sent now."""

    account: Account
    good: datetime
    wait: Slot | None


async def look_at_captions(
    session: AsyncSession, settings: Settings, article: Article, accounts: Sequence[Account], kind: PostKind
) -> list[CaptionLook]:
    """Write the captions. Without an account, as for one that has no wishes of its own."""
    rules = await load_caption_rules(session)
    source = await session.get(Source, article.source_id)
    name = source.name if source else ""
    looks: list[CaptionLook] = []
    for account in accounts:
        caption = write_caption(settings, article, account, rules, source_name=name, kind=kind)
        same = next((look for look in looks if look.caption == caption), None)
        if same is None:
            looks.append(CaptionLook([account], caption, text_limits(settings, account)))
        else:
            looks[looks.index(same)] = CaptionLook([*same.accounts, account], caption, same.limits)
    if looks:
        return looks
    caption = write_caption(settings, article, None, rules, source_name=name, kind=kind)
    return [CaptionLook([], caption, text_limits(settings, None))]


async def look_at_slots(session: AsyncSession, settings: Settings, accounts: Sequence[Account]) -> list[SlotLook]:
    """Foretell the times."""
    now, zone = utcnow(), ZoneInfo(settings.timezone or "UTC")
    looks = []
    for account in accounts:
        taken = await read_taken_times(session, account, now)
        good = choose_good_time(taken, now, zone, daily_cap=account.settings.daily_cap)
        looks.append(SlotLook(account, good, await next_slot(session, account, now)))
    return looks
