"""What the routes of the ads desk read from a request, whatever web framework brings it."""

from collections.abc import Set as AbstractSet
from typing import Any

from pydantic_core import PydanticCustomError

from app.ads.faults import refuse
from app.ads.values import read_id, told_by
from app.kit import exact_json
from app.messages import ads_values

_MOST_CONFIRMED = 20


def check_advertiser_id(given: str) -> None:
    """Refuse what is no id, before anything is looked for."""
    try:
        read_id(given)
    except PydanticCustomError as error:
        refuse({"advertiser_id": told_by(error)})


async def body_of(request: Any) -> dict[str, Any]:
    """Read a body of JSON in which each number is the one that was sent. Raises InvalidInput."""
    from app.ads.desk.errors import InvalidInput

    try:
        body = exact_json.parse(await request.body(), is_strict=True)
    except ValueError as error:
        raise InvalidInput(
            {"body": ads_values.value_not_json(str(error).encode("ascii", "replace").decode()[:120])}
        ) from None
    if not isinstance(body, dict):
        raise InvalidInput({"body": ads_values.OBJECT})
    return body


def take_confirmed(body: dict[str, Any]) -> list[str]:
    """Take `confirm` out of a body: what is let past a guard, as a list or a comma list. Raises InvalidInput."""
    from app.ads.desk.errors import InvalidInput

    given = body.pop("confirm", [])
    words = [given] if isinstance(given, str) else given
    if not isinstance(words, list) or len(words) > _MOST_CONFIRMED or any(not _is_word(one) for one in words):
        raise InvalidInput({"confirm": ads_values.CONFIRMATION})
    return [part for one in words for part in one.split(",") if part]


def _is_word(value: object) -> bool:
    return isinstance(value, str) and len(value) <= 200 and value.isprintable()


def query_of(request: Any, without: AbstractSet[str]) -> dict[str, str]:
    """The parameters of an address. One that is given twice is refused: nobody knows which was meant."""
    query: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in query:
            refuse({name[:64]: ads_values.TWICE})
        if name not in without:
            query[name] = str(value)
    return query


def user_id_of(request: Any) -> str | None:
    """Whose login or key it is."""
    found = getattr(request.scope.get("user"), "id", None)
    return found if isinstance(found, str) else None
