"""What people send to the desk, under TikTok's own names: read whole, so that every fault is named at once."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError

from app.ads.desk.errors import InvalidInput
from app.ads.internal.payloads import plain_name
from app.ads.values import told_of
from app.messages import ads_values

_MOST_FAULTS = 50
_LONGEST_TEXT, _MOST_ITEMS, _LARGEST = 5_000, 3_000, Decimal(10) ** 12
# A unit of these is worth more than two dollars: what is least there in dollars' number would be too much.
_DEAR_CURRENCIES = frozenset({"KWD", "BHD", "OMR", "JOD"})

Faults = dict[str, str]


class DeskInput(BaseModel):
    """Base of all inputs. Every field may be missing for pydantic, so that the rest is looked at all the same.

    `required` says which may not; `others` are documented fields that are handed on as they come.
    """

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)

    required: ClassVar[frozenset[str]] = frozenset()
    others: ClassVar[frozenset[str]] = frozenset()

    _wrong: frozenset[str] = PrivateAttr(default=frozenset())

    @classmethod
    def read(cls, given: object) -> Self:
        """Read a body. Raises InvalidInput."""
        made, faults = cls.try_read(given)
        if faults:
            raise InvalidInput(dict(list(faults.items())[:_MOST_FAULTS]))
        return made

    @classmethod
    def try_read(cls, given: object) -> tuple[Self, Faults]:
        """Read what can be read, and tell what is wrong with the rest."""
        if not isinstance(given, Mapping):
            return cls(), {"body": ads_values.OBJECT}
        values = {name: value for name, value in given.items() if value is not None}
        faults = _odd_ones(cls, values)
        values = {name: value for name, value in values.items() if name not in faults}
        try:
            made = cls.model_validate(values)
        except ValidationError as error:
            faults |= _told(error)
            wrong = {name.partition(".")[0] for name in faults}
            made = cls.model_validate({name: value for name, value in values.items() if name not in wrong})
        wrong = {name.partition(".")[0] for name in faults}
        faults |= dict.fromkeys(sorted(cls.required - values.keys() - wrong), ads_values.MISSING)
        made._wrong = frozenset(wrong)
        faults |= {name: why for name, why in made.faults() if name.partition(".")[0] not in wrong | faults.keys()}
        return made, faults

    def faults(self) -> Iterator[tuple[str, str]]:
        """Give what is wrong with the fields together."""
        yield from ()

    def sent(self) -> dict[str, Any]:
        """What goes to TikTok: only what was given."""
        return self.model_dump(exclude_none=True)


def least_budget(budget: Decimal | None, least: int, currency: str) -> str | None:
    """Tell what is wrong with a budget that is below TikTok's minimum of so many dollars, or their like."""
    if budget is None or currency in _DEAR_CURRENCIES or budget >= least:
        return None
    return ads_values.value_least_budget(str(least))


def _odd_ones(model: type[DeskInput], values: Mapping[str, Any]) -> Faults:
    faults: Faults = {}
    for name, value in values.items():
        if name in model.model_fields:
            continue
        if name not in model.others:
            faults[plain_name(name)] = ads_values.NOT_THERE
        elif why := _oddity(value):
            faults[name] = why
    return faults


def _oddity(value: Any) -> str | None:
    """Tell what is wrong with a value that is handed on: it is bounded, whatever it means."""
    if isinstance(value, str):
        return ads_values.value_shorter(str(_LONGEST_TEXT)) if len(value) > _LONGEST_TEXT else None
    if isinstance(value, (int, Decimal)):
        return ads_values.NO_NUMBER if abs(Decimal(value)) > _LARGEST else None
    items: list[Any] = list(value.values()) if isinstance(value, Mapping) else value if isinstance(value, list) else []
    if len(items) > _MOST_ITEMS:
        return ads_values.value_fewer(str(_MOST_ITEMS))
    return next((why for why in map(_oddity, items) if why), None)


def _told(error: ValidationError) -> Faults:
    told: Faults = {}
    for item in error.errors(include_url=False, include_input=False):
        told[".".join(str(part) for part in item["loc"]) or "body"] = told_of(item)
    return told
