"""Pages as the Marketing API counts them, and fields as it selects them."""

from collections.abc import Sequence
from typing import Any, TypeVar

from app.emulator.business_api.errors import refuse
from app.emulator.business_api.store import Doc

T = TypeVar("T")
_LAST_PAGE = 10**9


def cut_page(
    items: Sequence[T], page: int | None, page_size: int | None, *, most: int, default: int = 10
) -> tuple[Sequence[T], Doc]:
    """Give the items of one page, and its `page_info`. Raises BusinessError."""
    number, size, info = plan_page(len(items), page, page_size, most=most, default=default)
    return items[(number - 1) * size : number * size], info


def plan_page(
    total: int, page: int | None, page_size: int | None, *, most: int, default: int = 10
) -> tuple[int, int, Doc]:
    """Say which page, of what size, and what `page_info` tells about it. Raises BusinessError."""
    number = 1 if page is None else page
    size = default if page_size is None else page_size
    if not 1 <= number <= _LAST_PAGE:
        raise refuse("page", "it is 1 or more")
    if not 1 <= size <= most:
        raise refuse("page_size", f"it is 1 to {most}")
    pages = -(-total // size)
    return number, size, {"page": number, "page_size": size, "total_number": total, "total_page": pages}


def select(docs: Sequence[Doc], fields: list[str] | None, always: Sequence[str] = ()) -> list[Doc]:
    """Keep of each only the fields that were asked for; without a wish, all."""
    if not fields:
        return list(docs)
    wanted = {*fields, *always}
    return [{name: value for name, value in doc.items() if name in wanted} for doc in docs]


def matches(text: Any, keyword: str | None) -> bool:
    return keyword is None or keyword.casefold() in str(text).casefold()
