"""Refusing what somebody sent for ads: every fault by the name of its field, as all of the API does."""

from collections.abc import Mapping
from typing import NoReturn

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError


def refuse(faults: Mapping[str, str]) -> NoReturn:
    """Raise a ValidationError, which becomes 422 with all faults."""
    details: list[InitErrorDetails] = [
        {"type": PydanticCustomError("value", "{told}", {"told": why}), "loc": tuple(name.split(".")), "input": None}
        for name, why in faults.items()
    ]
    raise ValidationError.from_exception_data("request", details)
