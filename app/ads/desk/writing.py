"""How every write of the desk is made: role and guards before any call, a row on record, and its outcome known."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, TypeVar

import structlog

from app.ads.access import mode_of
from app.ads.connections.reach import Reach, note_refused, reach_advertiser
from app.ads.connections.roles import Need
from app.ads.desk.errors import GuardBroken, desk_error
from app.ads.internal import audit
from app.ads.internal.audit import Entry
from app.ads.internal.operations import Limit
from app.ads.internal.spending import unconfirmed
from app.errors import AppError
from app.kit.ids import new_id
from app.resources import Resources
from app.tiktok_business.errors import BusinessError, Outcome
from app.tiktok_business.sending import Patience

log = structlog.get_logger(__name__)

T = TypeVar("T")

PATIENCE = Patience(caller="ads desk", turn=12.0)


@dataclass(frozen=True, slots=True)
class Desk:
    """Who writes: `caller` stands on record. `confirmed` lets exactly these values past a guard."""

    app: Resources
    caller: str
    confirmed: Sequence[str] = field(default_factory=tuple)

    async def write(
        self,
        operation: str,
        advertiser_id: str,
        payload: Mapping[str, Any],
        work: Callable[[Reach], Awaitable[T]],
        prepare: Callable[[Reach], Awaitable[Sequence[Limit]]] | None = None,
    ) -> T:
        """Make one write. `prepare` looks at what is there, and gives the guards that would be broken.

        Raises what reaching the ad account raises, GuardBroken, and what `desk_error` makes of TikTok's answers.
        """

        async def act(entry: Entry) -> T:
            reach = await reach_advertiser(self.app, advertiser_id, need=Need.write, patience=PATIENCE)
            return await self._make(reach, entry, work, prepare)

        return await self.on_record(operation, {"advertiser_id": advertiser_id, **payload}, act)

    async def on_record(self, operation: str, payload: Mapping[str, Any], act: Callable[[Entry], Awaitable[T]]) -> T:
        """Do something, and put on record what became of it. `act` begins the record itself, before a call leaves."""
        entry = Entry(
            self.caller, mode_of(self.app), operation=operation, correlation_id=new_id(), payload=payload,
            confirmed=",".join(self.confirmed) or None,
        )  # fmt: skip
        started_at = perf_counter()
        told = _Told()
        try:
            return await act(entry)
        except AppError as error:
            told = _Told.of(error)
            raise
        except BaseException:
            told = _Told(500, "internal_error", Outcome.unknown if entry.is_open else Outcome.not_done)
            raise
        finally:
            await self._record(entry, told, started_at)

    async def _make(
        self,
        reach: Reach,
        entry: Entry,
        work: Callable[[Reach], Awaitable[T]],
        prepare: Callable[[Reach], Awaitable[Sequence[Limit]]] | None,
    ) -> T:
        try:
            limits = unconfirmed(await prepare(reach), self.confirmed) if prepare else ()
            if limits:
                raise GuardBroken(limits)
            await audit.begin(self.app, entry)
            return await work(reach)
        except BusinessError as error:
            await note_refused(self.app, reach, error)
            raise desk_error(error) from error

    async def _record(self, entry: Entry, told: "_Told", started_at: float) -> None:
        answer = {
            "success": told.code is None,
            "error": told.as_error(),
            "requestId": told.request_id,
            "replayed": False,
            "durationMs": round((perf_counter() - started_at) * 1000),
        }
        try:
            await audit.complete(self.app, entry, told.status, answer)
        except Exception as error:  # noqa: BLE001
            # What was done is more than its record; where the database is away the log has it.
            log.error("ads_write_not_recorded", call=entry.id, error=type(error).__name__)  # noqa: TRY400


@dataclass(frozen=True, slots=True)
class _Told:
    """What became of a write, for the record."""

    status: int = 200
    code: str | None = None
    outcome: Outcome = Outcome.not_done
    message: str = ""
    tiktok_code: int | None = None
    request_id: str | None = None

    @classmethod
    def of(cls, error: AppError) -> "_Told":
        return cls(
            error.status_code,
            error.code[:32],
            getattr(error, "outcome", Outcome.not_done),
            str(error.message),
            getattr(error, "tiktok_code", None),
            getattr(error, "request_id", None),
        )

    def as_error(self) -> dict[str, Any] | None:
        if self.code is None:
            return None
        return {"code": self.code, "message": self.message, "outcome": self.outcome.value,
                "tiktokCode": self.tiktok_code}  # fmt: skip
