"""A post's turn among those of its account: one at a time asks TikTok, those that came first before the others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from app.kit.clock import utcnow
from app.posts.gates import needs_approval
from app.posts.line.turn_lock import Turn, turn_of
from app.posts.line.turns import NEW_WITHIN, Place, place_of, stands_behind
from app.posts.work import Work
from app.resources import Resources

LONGEST_WAIT_SECONDS = 30.0
"""For other posts of the account that ask TikTok before this one; then it steps back, and its job ends in time."""
LOOK_AGAIN_SECONDS = 0.2
YIELDS_SECONDS = 20.0
"""To those that came first and are ready. They go one after the other, each with two questions to TikTok, in whatever
process; only one whose worker died keeps the others waiting so long, which is less than its lease."""
_MOST_PATIENCE = 4


@dataclass(frozen=True, slots=True)
class OwnTurn:
    """A turn that is had since `had_at`; it and `ends_at` are moments of the event loop's clock.

    `had_at` is None for a post that stops for a person's consent: it asks TikTok nothing, and waits for nobody.
    `new_within` is how long those that are not ready are waited for.
    """

    turn: Turn
    place: Place
    had_at: float | None
    ends_at: float
    new_within: timedelta

    async def stands_behind(self, session: AsyncSession, work: Work) -> bool:
        """Tell whether posts of the account that go before this one are about to: articles go out as they came.

        Not for long: one whose pictures keep it waiting holds up nobody else.
        """
        if self.had_at is None:
            return False
        waited = asyncio.get_running_loop().time() - self.had_at
        if waited >= YIELDS_SECONDS:
            return False
        new_within = self.new_within if waited < self.new_within.total_seconds() else timedelta(0)
        return await stands_behind(session, work.account, work.post, utcnow(), new_within=new_within)

    async def give_way(self) -> bool:
        """Let them go first, if they are there by now; False where that takes too long."""
        try:
            async with asyncio.timeout_at(self.ends_at):
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
                await self.turn.offer(self.place)
        except TimeoutError:
            return False
        return True


@asynccontextmanager
async def own_turn(app: Resources, work: Work) -> AsyncIterator[OwnTurn | None]:
    """Wait until this process asks TikTok about no other post of the account; None where that takes too long."""
    turn, place = turn_of(app, work.account.id), place_of(work.post)
    now = asyncio.get_running_loop().time()
    if needs_approval(work.post, work.account):
        # It stops before TikTok is asked anything: many that are made ready together need not take turns for that.
        yield OwnTurn(turn, place, had_at=None, ends_at=now, new_within=timedelta(0))
        return
    ends_at, new_within = now + LONGEST_WAIT_SECONDS, patience_of(work)
    try:
        try:
            async with asyncio.timeout_at(ends_at):
                await turn.take(place)
        except TimeoutError:
            yield None
            return
        yield OwnTurn(turn, place, asyncio.get_running_loop().time(), ends_at, new_within)
    finally:
        turn.leave(place)


def patience_of(work: Work) -> timedelta:
    """Tell how long a post waits for those that are not ready: as long as it took itself, on a busy machine too."""
    own = utcnow() - work.post.created_at
    return max(NEW_WITHIN, min(own, _MOST_PATIENCE * NEW_WITHIN))
