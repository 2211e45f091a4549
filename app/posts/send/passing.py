"""The gates that a post passes before TikTok is asked anything about it."""

from datetime import timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from app.kit.clock import utcnow
from app.media.models import MediaAsset
from app.posts.consent import consent_gate
from app.posts.gates import account_gate, article_gate, needs_approval, readiness_gate
from app.posts.line.ladder import Slot
from app.posts.line.turns import find_slot
from app.posts.restored import restored_gate
from app.posts.send.handover import read_film
from app.posts.waits import Halt, chosen_time, embargo, wait_until
from app.posts.work import Work

_PREPARED_AHEAD = timedelta(minutes=2)
"""A post whose slot is further away is not prepared yet: its article may still change, its pictures only take space."""


async def pass_first_gates(session: AsyncSession, work: Work) -> Halt | None:
    """Pass the gates that need nothing of TikTok."""
    post, article, account = work.post, work.article, work.account
    halt = article_gate(post, article) or await restored_gate(session, post, article) or account_gate(account)
    halt = halt or (None if post.is_forced else embargo(article.published_at, utcnow()))
    # A person may look meanwhile at one that cannot leave for a while.
    if halt is not None or needs_approval(post, account):
        return halt
    halt = chosen_time(post.settings, utcnow())
    if halt is not None:
        return halt
    slot = await find_slot(session, account, post, utcnow())
    return None if slot is None or slot.at <= utcnow() + _PREPARED_AHEAD else wait_for(slot)


async def pass_gates(session: AsyncSession, work: Work) -> MediaAsset | Halt | None:
    """Pass the gates that need no word of TikTok's; give a video post's film."""
    halt = account_gate(work.account) or readiness_gate(work.post, work.account)
    halt = halt or await consent_gate(session, work.post)
    if halt is not None:
        return halt
    slot = await find_slot(session, work.account, work.post, utcnow())
    return await read_film(session, work.post) if slot is None else wait_for(slot)


def wait_for(slot: Slot) -> Halt:
    return wait_until(slot.at, slot.reason, slot.detail, moves_others=slot.is_before_others)
