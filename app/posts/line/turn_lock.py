"""The turn of an account: one of its posts at a time talks to TikTok, those that came first before the others."""

import asyncio
from bisect import insort
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from app.posts.line.turns import Place
from app.resources import Resources


@dataclass(order=True)
class _Waiting:
    place: Place
    called: asyncio.Future[None] = field(compare=False)


class Turn:
    """A lock that goes to the lowest place among those that wait, whoever asked first."""

    def __init__(self) -> None:
        self._holder: Place | None = None
        self._waiting: list[_Waiting] = []

    async def take(self, place: Place) -> None:
        """Wait until nobody has the turn and nobody with a lower place waits for it."""
        if self._holder is None:
            self._holder = place
        else:
            await self._wait(self._join(place))

    async def offer(self, place: Place) -> None:
        """Let whoever waits with a lower place go first; where there is none, the turn stays where it is."""
        if self._waiting and self._waiting[0].place < place:
            me = self._join(place)
            self.leave(place)
            await self._wait(me)

    def leave(self, place: Place) -> None:
        """Hand the turn on; nothing happens where it is another's already."""
        if self._holder != place:
            return
        self._holder = None
        while self._waiting and self._holder is None:
            next_one = self._waiting.pop(0)
            if not next_one.called.done():
                self._holder = next_one.place
                next_one.called.set_result(None)

    def _join(self, place: Place) -> _Waiting:
        me = _Waiting(place, asyncio.get_running_loop().create_future())
        insort(self._waiting, me)
        return me

    async def _wait(self, me: _Waiting) -> None:
        try:
            await me.called
        except asyncio.CancelledError:
            if not me.called.cancelled():
                self.leave(me.place)  # it was called in the very moment in which it gave up
            raise


class _Turns:
    """By account; a turn that nobody has or waits for goes by itself."""

    def __init__(self) -> None:
        self.turns: WeakValueDictionary[str, Turn] = WeakValueDictionary()


def turn_of(app: Resources, account_id: str) -> Turn:
    """Give the turn that posts of an account take in this process before they ask TikTok about themselves.

    The database lets one init of an account leave at a time, whatever the process. This is for the questions before it:
    a burst of articles would ask for the creator's limits again and again, until TikTok refuses to answer.
    """
    turns = app.parts.of(_Turns).turns
    # Held until it is returned: a weak dictionary forgets at once what nobody holds.
    turn = turns.get(account_id) or Turn()
    return turns.setdefault(account_id, turn)
