"""A payload as it comes: names without regard to case and underscores, every fault told at once, nothing ignored."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, ClassVar, Self, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from app.ads.values import told_of
from app.messages import ads_values

_MOST_FAULTS = 50


class InvalidPayload(Exception):
    """What is wrong, by the property's name as it was given or as it should be."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {why}" for name, why in faults.items()))
        self.faults = dict(list(faults.items())[:_MOST_FAULTS])


class Payload(BaseModel):
    """Base of all payloads. `synonyms`: other names of properties, TikTok's own among them."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, alias_generator=to_camel)

    synonyms: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def spell(cls, name: str) -> str:
        """The name of a property as callers read it."""
        return to_camel(name)

    @classmethod
    def read(cls, given: object) -> Self:
        """Read a payload. Raises InvalidPayload, which names every fault."""
        if not isinstance(given, Mapping):
            raise InvalidPayload({"payload": ads_values.OBJECT})
        faults: dict[str, str] = {}
        values = _named(cls, given, "", faults)
        try:
            made = cls.model_validate(values)
        except ValidationError as error:
            faults |= {path: why for path, why in _told(error) if path not in faults}
        else:
            faults |= dict(made.faults())
            if not faults:
                return made
        raise InvalidPayload(faults)

    def faults(self) -> Iterator[tuple[str, str]]:
        """Give what is wrong with the properties together."""
        yield from ()

    def canonical(self) -> dict[str, Any]:
        """The payload as every spelling of it reads, for comparison."""
        return self.model_dump(mode="json", exclude_none=True)


class SnakePayload(Payload):
    """The same with TikTok's own names, as all of `/api/ads` speaks."""

    model_config = ConfigDict(alias_generator=None)

    @classmethod
    def spell(cls, name: str) -> str:
        return name


def squash(name: str) -> str:
    """A name without case and underscores."""
    return name.replace("_", "").replace("-", "").lower()


def plain_name(name: str) -> str:
    """A given name, cut to what a message can hold."""
    return name[:64].encode("utf-8", "replace").decode("utf-8")


@cache
def _names(model: type[Payload]) -> dict[str, str]:
    """Squashed names of a model's properties, to the names that it reads."""
    known = {squash(name): model.spell(name) for name in model.model_fields}
    return known | {squash(other): model.spell(name) for other, name in model.synonyms.items()}


def _named(model: type[Payload], given: Mapping[str, Any], prefix: str, faults: dict[str, str]) -> dict[str, Any]:
    """Give each value the name that its model reads; note unknown and doubled ones."""
    values: dict[str, Any] = {}
    known = _names(model)
    for name, value in given.items():
        meant = known.get(squash(name))
        if meant is None:
            faults[prefix + plain_name(name)] = ads_values.NOT_THERE
        elif meant in values:
            faults[prefix + meant] = ads_values.TWO_SPELLINGS
        elif value is not None:
            inner = _inner(model, meant)
            is_object = inner is not None and isinstance(value, Mapping)
            values[meant] = _named(inner, value, f"{prefix}{meant}.", faults) if is_object and inner else value
    return values


@cache
def _inner(model: type[Payload], meant: str) -> type[Payload] | None:
    """The payload that a property is, if it is one."""
    for name, field in model.model_fields.items():
        if model.spell(name) == meant:
            kinds = (field.annotation, *get_args(field.annotation))
            return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Payload)), None)
    return None


def _told(error: ValidationError) -> Iterator[tuple[str, str]]:
    for item in error.errors(include_url=False, include_input=False):
        path = ".".join(str(part) for part in item["loc"]) or "payload"
        yield path, told_of(item)
