"""The one place that sends: a place before the limiter, tries by the class of the call, and a deadline for it all."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import perf_counter

import httpx
import structlog

from app import meters
from app.kit.http.client import FRESH_CONNECTION
from app.kit.http.failures import failure_code, surely_unsent
from app.kit.redact import redact
from app.kit.tracing import span
from app.tiktok_business.addresses import ApiAddress
from app.tiktok_business.answers import Answer, Received, read_answer
from app.tiktok_business.calls import Call, CallClass, Sink, build_request
from app.tiktok_business.codes import NO_ANSWER, UNREACHED, Kind
from app.tiktok_business.errors import BusinessError, NotInSandbox, Outcome, make_error, out_of_time
from app.tiktok_business.limiter import Limiter, Place, Priority

log = structlog.get_logger(__name__)

MOST_TRIES = 5
DEADLINE_SECONDS = 60.0
TRY_SECONDS = 20.0
MOST_BYTES = 32 * 1024 * 1024
FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 16.0
_WAITS = ("read", "write", "pool")


@dataclass(frozen=True, slots=True)
class Patience:
    """How one call is made: who asks, how long it may take in all, and how long it waits for its turn."""

    priority: Priority = Priority.interactive
    caller: str = ""
    deadline: float = DEADLINE_SECONDS
    turn: float | None = None
    tries: int = MOST_TRIES


@dataclass(slots=True)
class _Course:
    """What became of the tries so far.

    `is_lost`: one of them may have been done; `is_under_way`: the present one may have reached TikTok.
    """

    call: Call
    place: Place
    ends_at: float
    sink: Sink | None = None
    tries: int = 0
    is_lost: bool = False
    is_under_way: bool = False
    error: BusinessError | None = None
    pause: float | None = None

    def outcome(self) -> Outcome:
        is_open = self.is_lost or self.is_under_way
        return Outcome.unknown if is_open and self.call.is_write else Outcome.not_done


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends calls over a client that it was given, and knows neither settings nor database.

    A read or a repeatable write is tried again where that helps; a write that must not happen twice only where it
    surely did not happen: TikTok was not reached, or said that it was asked too often.
    """

    http: httpx.AsyncClient = field(repr=False)
    address: ApiAddress
    limiter: Limiter = field(repr=False)
    access_token: str = field(default="", repr=False)
    patience: Patience = Patience()
    draw: Callable[[], float] = field(default=random.random, repr=False)

    async def send(self, call: Call, *, may_be_file: bool = False, sink: Sink | None = None) -> Answer:
        """Make a call and give its answer, which is a success. Raises BusinessError.

        `may_be_file`: the answer may be no envelope but the file itself; with a `sink` that goes there, piece by piece.
        """
        if not self.address.has(call.endpoint):
            raise _not_in_sandbox(call)
        loop = asyncio.get_running_loop()
        seconds = call.deadline or self.patience.deadline
        place = Place(call.endpoint, self.patience.priority, self.patience.caller, self.patience.turn)
        course = _Course(call, place, loop.time() + seconds, sink)
        try:
            async with asyncio.timeout_at(course.ends_at):
                return await self._try_often(course, may_be_file)
        except TimeoutError:
            raise _late(course) from None

    async def _try_often(self, course: _Course, may_be_file: bool) -> Answer:
        while True:
            try:
                await self.limiter.wait(course.place)
            except BusinessError as error:
                error.outcome, error.tries = course.outcome(), course.tries
                raise
            answer = await self._try(course, may_be_file)
            if answer is not None:
                return answer
            assert course.error is not None
            pause = await self._pause_before_next(course)
            if pause is None:
                raise course.error
            await asyncio.sleep(pause)

    async def _try(self, course: _Course, may_be_file: bool) -> Answer | None:
        """Send once. None where it failed: the course knows why."""
        course.tries += 1
        started_at = perf_counter()
        error: BusinessError
        with span(f"tiktok_business.{course.call.endpoint.strip('/').replace('/', '_')}"):
            try:
                answer = read_answer(await self._exchange(course), may_be_file=may_be_file)
            except httpx.RequestError as broken:
                error = _broken(course, broken)
                word = failure_code(broken)
            else:
                word = str(answer.meaning.code) if answer.meaning.code is not None else f"http_{answer.status}"
                if answer.is_success:
                    self.limiter.note_taken(course.place)
                    _count(course, word, started_at)
                    return answer
                error = _refused(course, answer)
                if error.meaning.kind is Kind.throttled:
                    course.pause = await self.limiter.note_throttled(course.place, error.tiktok_code, error.said)
        _count(course, word, started_at)
        course.error = error
        error.outcome, error.tries = course.outcome(), course.tries
        return None

    async def _exchange(self, course: _Course) -> Received:
        request = build_request(self.address.base, course.call, self.access_token)
        if course.call.kind is CallClass.once:
            request.extensions.update(FRESH_CONNECTION)
        left = max(0.001, course.ends_at - asyncio.get_running_loop().time())
        is_large = course.call.upload is not None
        seconds = left if is_large else min(TRY_SECONDS, left)
        request.extensions["timeout"] = {"connect": min(5.0, seconds / 2), **dict.fromkeys(_WAITS, seconds)}
        course.is_under_way = True
        try:
            response = await self.http.send(request, stream=True)
            try:
                content = await _read_whole(response, course.sink)
            finally:
                await response.aclose()
        except httpx.RequestError as error:
            course.is_under_way, course.is_lost = False, course.is_lost or not surely_unsent(error)
            raise
        return Received(response.status_code, response.headers, content)

    async def _pause_before_next(self, course: _Course) -> float | None:
        """Tell how long to wait before the next try; None where there is none."""
        error = course.error
        assert error is not None
        if course.tries >= self.patience.tries or not error.meaning.is_retryable or not _may_repeat(course, error):
            return None
        pause = self.draw() * min(_LONGEST_PAUSE, FIRST_PAUSE * 2**course.tries)
        turn = self.patience.turn
        if course.pause is not None and turn is not None and course.pause > turn:
            error.retry_after = course.pause
            return None
        left = course.ends_at - asyncio.get_running_loop().time()
        return pause if pause < left else None


def _may_repeat(course: _Course, error: BusinessError) -> bool:
    if course.call.kind is not CallClass.once:
        return True
    return error.meaning.kind is Kind.throttled or error.meaning is UNREACHED


def _refused(course: _Course, answer: Answer) -> BusinessError:
    course.is_under_way, course.is_lost = False, course.is_lost or answer.meaning.is_lost
    said = redact(answer.message)
    log.info(
        "tiktok_business_refused",
        endpoint=course.call.endpoint,
        code=answer.meaning.code,
        http_status=answer.status,
        said=said[:200],
        request_id=answer.request_id,
        log_id=answer.log_id,
    )
    return make_error(
        answer.meaning,
        endpoint=course.call.endpoint,
        said=said,
        request_id=answer.request_id,
        log_id=answer.log_id,
        http_status=answer.status,
    )


def _broken(course: _Course, broken: httpx.RequestError) -> BusinessError:
    is_unsent = surely_unsent(broken)
    meaning = UNREACHED if is_unsent else NO_ANSWER
    said = failure_code(broken)
    log.warning("tiktok_business_unanswered", endpoint=course.call.endpoint, error=said, is_unsent=is_unsent)
    return make_error(meaning, endpoint=course.call.endpoint, said=said)


def _late(course: _Course) -> BusinessError:
    """The deadline of the whole call is over: what the last try was cut off in may have been done."""
    if course.error is not None and not course.is_under_way:
        course.error.outcome, course.error.tries = course.outcome(), course.tries
        return course.error
    error = out_of_time(course.call.endpoint, course.outcome())
    error.tries = course.tries
    return error


def _not_in_sandbox(call: Call) -> NotInSandbox:
    meaning = replace(UNREACHED, kind=Kind.sandbox, is_retryable=False, cause="TikTok's sandbox does not have this.")
    cure = "Use the production host (TikTok__ApiBaseUrl), or the emulated mode, for this call."
    return NotInSandbox(replace(meaning, cure=cure), endpoint=call.endpoint)


async def _read_whole(response: httpx.Response, sink: Sink | None) -> bytes:
    """Read an answer, but for a file that goes to the sink: what begins with a brace is an envelope."""
    received = bytearray()
    is_file = False
    async for chunk in response.aiter_bytes():
        if sink is not None and not received and not is_file and response.status_code == 200:
            is_file = not chunk.lstrip().startswith(b"{")
            if is_file:
                await sink.begin()
        if is_file and sink is not None:
            await sink.take(chunk)
            continue
        received += chunk
        if len(received) > MOST_BYTES:
            raise httpx.ReadError("the answer is too large")
    return bytes(received)


def _count(course: _Course, code: str, started_at: float) -> None:
    meters.business_calls.count(course.call.endpoint, code)
    meters.business_call_seconds.observe(perf_counter() - started_at, course.call.endpoint)
