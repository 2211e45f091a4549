"""The gates that a post passes before TikTok is asked anything about it."""

from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from app.articles.rules import read_rules
from app.config import Settings
from app.kit.clock import utcnow
from app.media.models import MediaAsset
from app.messages import timeline
from app.posts.consent import consent_gate
from app.posts.gates import account_gate, article_gate, media_gate, needs_approval, readiness_gate
from app.posts.line.ladder import Slot
from app.posts.line.turns import find_slot
from app.posts.restored import restored_gate
from app.posts.send.handover import read_film
from app.posts.waits import Halt, chosen_time, embargo, not_before, wait_for_person, wait_until
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
    halt = news_gate(work, utcnow() if slot is None else slot.at)
    if halt is not None:
        return halt
    return None if slot is None or slot.at <= utcnow() + _PREPARED_AHEAD else wait_for(slot)


async def pass_gates(settings: Settings, session: AsyncSession, work: Work) -> MediaAsset | Halt | None:
    """Pass the gates that need no word of TikTok's; give a video post's film."""
    halt = account_gate(work.account) or readiness_gate(work.post, work.account)
    halt = halt or await consent_gate(session, work.post)
    halt = halt or media_gate(settings, work.post, work.account, is_held=work.is_media_held)
    if halt is not None:
        return halt
    slot = await find_slot(session, work.account, work.post, utcnow())
    if slot is None:
        return await read_film(session, work.post)
    return news_gate(work, slot.at) or wait_for(slot)


def news_gate(work: Work, at: datetime) -> Halt | None:
    """Ask a person about a post that goes out at `at`, where that is later than the source lets its news wait."""
    post, hours = work.post, read_rules(work.source.rules).max_wait_hours
    if hours is None or post.is_forced:
        return None
    times = (post.created_at, work.article.published_at, not_before(post.settings))
    due_at = max(time for time in times if time is not None)
    if at <= due_at + timedelta(hours=hours):
        return None
    return wait_for_person("waits_too_long", timeline.waits_too_long(date=at, hours=hours))


def wait_for(slot: Slot) -> Halt:
    """Put a post off to its slot."""
    return wait_until(slot.at, slot.reason, slot.detail, moves_others=slot.is_before_others)
