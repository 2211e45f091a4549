"""How large a body a caller may send: decided by the headers, before anybody reads it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from app.articles.adapters import ADAPTERS
from app.articles.adapters.base import SignatureRefused
from app.articles.intake import answer_queue
from app.articles.senders import OpenedSource, find_source
from app.resources import Resources
from app.web.bodies import BodyRoom, BodyTooLarge

# Who is not known is read this far, so that neither the answer nor its time tells whether the source exists.
STRANGERS_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Admission:
    """Whose delivery this seems to be; nobody knows yet. `is_fresh`: the source was read for this delivery."""

    source: OpenedSource | None
    is_fresh: bool
    is_signed: bool

    @property
    def limit(self) -> int:
        """The most bytes that the body may have."""
        return ADAPTERS[self.source.kind].MAX_BODY_BYTES if self.source and self.is_signed else STRANGERS_BYTES

    @property
    def answer_status(self) -> int:
        """What this sender takes for a success."""
        return ADAPTERS[self.source.kind].TRAITS.answer_status if self.source else 202

    async def read(self, room: BodyRoom, stream: AsyncIterator[bytes], announced: int | None) -> bytes:
        """Read the body. Raises BodyTooLarge, NoRoomForBody, or SignatureRefused for who sends it all the same."""
        try:
            return await room.read(stream, announced=announced, limit=self.limit)
        except BodyTooLarge:
            if self.is_signed:
                raise
            raise SignatureRefused from None


async def admit(resources: Resources, slug: str, headers: Mapping[str, str]) -> Admission:
    """Look the source up, and see whether the headers could be signed. Raises what the database raises."""
    source, is_fresh = await _look_up(resources, slug)
    return Admission(source, is_fresh, source is not None and ADAPTERS[source.kind].is_signed(headers))


async def _look_up(resources: Resources, slug: str) -> tuple[OpenedSource | None, bool]:
    now = asyncio.get_running_loop().time
    started = now()
    while True:
        bound = asyncio.timeout(answer_queue.ANSWER_WITHIN_SECONDS)
        try:
            async with bound:
                return await find_source(resources, slug)
        except TimeoutError:
            # A process that stood still hears of the time before it hears of the answer that came meanwhile.
            is_late = now() - (bound.when() or 0.0) > answer_queue.STANDSTILL_SECONDS
            if not (bound.expired() and is_late) or now() - started > answer_queue.LONGEST_QUEUE_SECONDS:
                raise
