"""A post's turn among those of its account: one at a time asks TikTok, those that came first before the others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.kit.clock import utcnow
from app.posts.gates import needs_approval
from app.posts.line.turn_lock import Turn, turn_of
from app.posts.line.turns import NEW_WITHIN, Place, place_of, stands_behind
from app.posts.work import Work
from app.resources import Resources

_LONGEST_WAIT_SECONDS = 30.0
"""For other posts of the account that ask TikTok before this one; then it steps back, and its job ends in time."""
_LOOK_AGAIN_SECONDS = 0.2


@asynccontextmanager
async def own_turn(app: Resources, work: Work) -> AsyncIterator[bool]:
    """Wait until this process asks TikTok about no other post of the account; False where that takes too long."""
    if needs_approval(work.post, work.account):
        # It stops before TikTok is asked anything: many that are made ready together need not take turns for that.
        yield True
        return
    turn, place = turn_of(app, work.account.id), place_of(work.post)
    try:
        try:
            async with asyncio.timeout(_LONGEST_WAIT_SECONDS):
                await turn.take(place)
                await _give_way(app, work, turn, place)
        except TimeoutError:
            yield False
            return
        yield True
    finally:
        turn.leave(place)


async def _give_way(app: Resources, work: Work, turn: Turn, place: Place) -> None:
    """Let posts of the account that go before this one do so, if they are about to: articles go out as they came.

    Not for long: one whose pictures keep it waiting holds up nobody else.
    """
    now = asyncio.get_running_loop().time
    until = now() + NEW_WITHIN.total_seconds()
    while now() < until and await _stands_behind(app, work):
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        await turn.offer(place)


async def _stands_behind(app: Resources, work: Work) -> bool:
    async with app.read() as session:
        return await stands_behind(session, work.account, work.post, utcnow())
