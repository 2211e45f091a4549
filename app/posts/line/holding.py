"""What a refusal of TikTok's means for the other posts of its account."""

from dataclasses import replace

from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.holds import learn_daily_cap, pause_inits, widen_init_gap
from app.accounts.models import Account
from app.kit.clock import utcnow
from app.posts.line.pacing import count_in_day
from app.posts.line.turns import find_slot
from app.posts.models import Post
from app.posts.waits import CAP_REASONS, Halt


async def hold_account(session: AsyncSession, post_id: str, account_id: str, halt: Halt) -> Halt:
    """Hold the account's posts back as `halt` says; tell it again with the slot that the refused post gets.

    A cap is learned: what TikTok has taken from us is what it takes, for a day, and then we look again. Anything else
    is a pause, and a refusal for speed puts a longer distance between inits for some hours.
    """
    if not halt.pause_account or halt.at is None:
        return halt
    now = utcnow()
    account = await session.get_one(Account, account_id, populate_existing=True)
    if halt.reason not in CAP_REASONS:
        await pause_inits(session, account_id, halt.at, halt.reason)
        if halt.reason == "rate_limit_exceeded":
            await widen_init_gap(session, account, now)
        return halt
    await learn_daily_cap(session, account_id, await count_in_day(session, account, now), now)
    await session.refresh(account)
    post = await session.get_one(Post, post_id)
    slot = await find_slot(session, account, post, now)
    return halt if slot is None else replace(halt, at=slot.at, moves_others=slot.is_before_others)
