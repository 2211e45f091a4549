"""JSON from outside: every trap of RFC 8259 ends in a BadRequest."""

import json
import re
from typing import Any, NoReturn, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError

from app.errors import BadRequest, Invalid
from app.messages import refusals
from app.messages.message import recognise

M = TypeVar("M", bound=BaseModel)

FORM = "application/x-www-form-urlencoded"

_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_MAX_PROBLEMS = 5
_MAX_FIELDS = 1000


class UnsupportedContent(BadRequest):
    status_code = 415
    code = "unsupported_content"
    title = refusals.NOT_JSON_TYPE


def decode_object(body: bytes) -> dict[str, Any]:
    """Decode a JSON object. A byte order mark and halves of emoji are dropped; of duplicate keys the last wins."""
    try:
        text = body.decode("utf-8-sig")
        value = json.loads(text, parse_constant=_refuse_constant)
        if _ESCAPED_SURROGATE.search(text):
            value = _without_lone_surrogates(value)
    except RecursionError:
        raise BadRequest(refusals.TOO_DEEP) from None
    except UnicodeDecodeError:
        raise BadRequest(refusals.NOT_UTF8) from None
    except ValueError as error:
        raise BadRequest(refusals.not_json(cause=recognise(_reason(error)))) from None
    if not isinstance(value, dict):
        raise BadRequest(refusals.NO_OBJECT)
    return value


def decode_form(body: bytes) -> dict[str, Any]:
    """Decode the fields of an HTML form. Of a name that comes twice the last value wins."""
    try:
        pairs = parse_qsl(body.decode("utf-8-sig"), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except UnicodeDecodeError:
        raise BadRequest(refusals.NOT_UTF8) from None
    except ValueError as error:
        raise BadRequest(refusals.not_json(cause=recognise(str(error)))) from None
    return dict(pairs)


def read_model(model: type[M], value: object, *, at: str = "", context: Any = None) -> M:
    """Check decoded JSON against a model; raise Invalid naming each wrong field, `at` being where the value stood."""
    try:
        return model.model_validate(value, context=context)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        lines = [_problem(at, item["loc"], item["msg"]) for item in problems[:_MAX_PROBLEMS]]
        raise Invalid(recognise("; ".join(lines))) from None


def _problem(at: str, loc: tuple[int | str, ...], message: str) -> str:
    return f"{'.'.join([at, *map(str, loc)]).strip('.') or 'body'}: {message}"


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _reason(error: ValueError) -> str:
    # Our own words only: the decoder's hold pieces of the document where it fails on a long number.
    return (
        f"{error.msg} at character {error.pos}"
        if isinstance(error, json.JSONDecodeError)
        else "a number is out of range"
    )


def _without_lone_surrogates(value: Any) -> Any:
    # A CMS that cuts a teaser in the middle of an emoji leaves half of it, which no database and no answer can hold.
    if isinstance(value, str):
        return value.encode("utf-8", "ignore").decode()
    if isinstance(value, list):
        return [_without_lone_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_lone_surrogates(key): _without_lone_surrogates(item) for key, item in value.items()}
    return value
