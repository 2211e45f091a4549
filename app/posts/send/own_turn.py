"""A post's turn among those of its account: one at a time asks TikTok, those that came first before the others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from app.kit.clock import utcnow
from app.posts.gates import needs_approval
from app.posts.line.turn_lock import Turn, turn_of
from app.posts.line.turns import NEW_WITHIN, Place, place_of, stands_behind
from app.posts.work import Work
from app.resources import Resources

_LONGEST_WAIT_SECONDS = 30.0
"""For other posts of the account that ask TikTok before this one; then it steps back, and its job ends in time."""
_LOOK_AGAIN_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class OwnTurn:
    """A turn that is had. `gives_way_until` and `ends_at` are moments of the event loop's clock."""

    turn: Turn
    place: Place
    gives_way_until: float
    ends_at: float

    async def stands_behind(self, session: AsyncSession, work: Work) -> bool:
        """Tell whether posts of the account that go before this one are about to: articles go out as they came.

        Not for long: one whose pictures keep it waiting holds up nobody else.
        """
        is_patient = asyncio.get_running_loop().time() < self.gives_way_until
        return is_patient and await stands_behind(session, work.account, work.post, utcnow())

    async def give_way(self) -> bool:
        """Let them go first, if they are there by now; False where that takes too long."""
        try:
            async with asyncio.timeout_at(self.ends_at):
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
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
        yield OwnTurn(turn, place, gives_way_until=now, ends_at=now)
        return
    ends_at = now + _LONGEST_WAIT_SECONDS
    try:
        try:
            async with asyncio.timeout_at(ends_at):
                await turn.take(place)
        except TimeoutError:
            yield None
            return
        taken_at = asyncio.get_running_loop().time()
        yield OwnTurn(turn, place, gives_way_until=taken_at + NEW_WITHIN.total_seconds(), ends_at=ends_at)
    finally:
        turn.leave(place)
