"""Switching objects on and off, and deleting them: in twenties, and what became of each is told."""

from typing import Any, ClassVar

from app.ads.connections.reach import Reach
from app.ads.desk.errors import OutcomeUnknown, desk_error
from app.ads.desk.inputs import DeskInput
from app.ads.desk.kinds import ObjectKind
from app.ads.desk.writing import Desk
from app.ads.values import Id, choice, many
from app.errors import AppError
from app.tiktok_business.campaigns import MOST_IN_STATUS, OperationStatus, StatusChanged
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError, Outcome

MOST_IDS = 1000
# What one object of a batch may have wrong, and the others not.
_OF_ONE = {Kind.missing, Kind.parameter, Kind.conflict}


class StatusInput(DeskInput):
    """Which objects, and what becomes of them."""

    required: ClassVar[frozenset[str]] = frozenset({"ids", "operation_status"})

    ids: many(Id, MOST_IDS) | None = None  # type: ignore[valid-type]
    operation_status: choice(*OperationStatus) | None = None  # type: ignore[valid-type]


async def switch_objects(desk: Desk, kind: ObjectKind, advertiser_id: str, body: object) -> list[dict[str, Any]]:
    """Switch objects; give a row for each. Raises where none could be switched, or where an outcome is unknown."""
    given = StatusInput.read(_renamed(body, kind))
    ids: list[str] = list(dict.fromkeys(given.ids or []))
    status = OperationStatus(given.operation_status or "")

    async def work(reach: Reach) -> list[dict[str, Any]]:
        switched = _Switched(kind, status)
        for start in range(0, len(ids), MOST_IN_STATUS):
            await switched.try_some(reach, ids[start : start + MOST_IN_STATUS])
        return switched.sum_up(ids)

    payload = {"ids": ids, "operation_status": status.value}
    return await desk.write(f"ads.{kind.plural}.status", advertiser_id, payload, work)


def _renamed(body: object, kind: ObjectKind) -> object:
    """TikTok's own name of the ids is good as well."""
    if isinstance(body, dict) and kind.ids_field in body and "ids" not in body:
        return {("ids" if name == kind.ids_field else name): value for name, value in body.items()}
    return body


class _Switched:
    """What became of each object."""

    def __init__(self, kind: ObjectKind, status: OperationStatus) -> None:
        self._kind, self._status = kind, status
        self._rows: dict[str, dict[str, Any]] = {}
        self._errors: list[BusinessError] = []

    async def try_some(self, reach: Reach, ids: list[str]) -> None:
        """Switch a batch; TikTok refuses all of it for one that is wrong, and then each goes alone."""
        try:
            changed = await self._kind.switch(reach.client, reach.advertiser_id, ids, self._status)
        except BusinessError as error:
            if len(ids) > 1 and error.meaning.kind in _OF_ONE and error.outcome is Outcome.not_done:
                for one in ids:
                    await self.try_some(reach, [one])
                return
            if error.meaning.kind is Kind.auth:
                raise
            self._errors.append(error)
            self._rows |= {one: self._row(one, desk_error(error)) for one in ids}
        else:
            failed = self._failed_of(changed)
            self._rows |= {one: self._row(one, None, failed.get(one)) for one in ids}

    def sum_up(self, ids: list[str]) -> list[dict[str, Any]]:
        rows = [self._rows[one] for one in ids]
        lost = next((error for error in self._errors if error.outcome is Outcome.unknown), None)
        if lost is not None:
            raise OutcomeUnknown(lost, items=rows)
        if self._errors and all(row["error"] for row in rows):
            raise desk_error(self._errors[0], items=rows)
        return rows

    def _failed_of(self, changed: StatusChanged) -> dict[str, str]:
        """Which of a batch TikTok did not switch, and what it said."""
        rows = [(getattr(one, self._kind.id_field), one.error_message) for one in changed.error_list or []]
        return {one: said or "TikTok did not switch it." for one, said in rows if one}

    def _row(self, object_id: str, error: AppError | None, said: str | None = None) -> dict[str, Any]:
        told = None
        if error is not None:
            told = {"code": error.code, "message": str(error.message)}
        elif said is not None:
            told = {"code": "tiktok_refused", "message": said}
        return {
            self._kind.id_field: object_id,
            "operation_status": None if told else self._status.value,
            "error": told,
        }
