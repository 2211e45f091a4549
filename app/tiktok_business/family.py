"""What all families of calls share: sending, reading `data` into a model, and walking through pages."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from app.tiktok_business.answers import Answer
from app.tiktok_business.calls import Call, get
from app.tiktok_business.codes import UNREADABLE
from app.tiktok_business.errors import BusinessUnavailable, Outcome
from app.tiktok_business.fields import Page, VendorModel
from app.tiktok_business.sending import Sender

M = TypeVar("M", bound=VendorModel)
T = TypeVar("T")

_MOST_PAGES = 20_000
LARGEST_PAGE = 1000


class Family:
    """Calls that belong together, over one sender."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def _ask(self, model: type[M], call: Call) -> M:
        return read_data(model, call, await self._sender.send(call))

    async def _list(
        self,
        model: type[Page[T]],
        endpoint: str,
        advertiser_id: str,
        *,
        filtering: Mapping[str, Any] | None,
        fields: Sequence[str],
        page: int,
        page_size: int,
    ) -> Page[T]:
        """Ask for a page of what an ad account has; no `fields` means all that TikTok gives by itself."""
        call = get(
            endpoint,
            advertiser_id=advertiser_id,
            filtering=filtering,
            fields=fields or None,
            page=page,
            page_size=page_size,
        )
        return await self._ask(model, call)


def read_data(model: type[M], call: Call, answer: Answer) -> M:
    """Read an answer's data; raise BusinessUnavailable where it is not what the documents promise."""
    data: Any = answer.data
    if isinstance(data, list):
        # The one answer that is a list: an uploaded video [business-api.md 1].
        data = data[0] if data else {}
    values = dict(data) if isinstance(data, dict) else {}
    values["request_id"] = answer.request_id
    try:
        return model.model_validate(values)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, item["loc"])) for item in error.errors()[:5])
        raise unreadable_data(call, answer, f"wrong or missing: {fields}") from None


def unreadable_data(call: Call, answer: Answer, said: str) -> BusinessUnavailable:
    """An answer that is a success, and whose data is not what the documents promise."""
    return BusinessUnavailable(
        UNREADABLE,
        endpoint=call.endpoint,
        said=said,
        request_id=answer.request_id,
        log_id=answer.log_id,
        http_status=answer.status,
        outcome=Outcome.unknown if call.is_write else Outcome.not_done,
    )


async def walk(fetch: Callable[[int], Awaitable[Page[T]]]) -> AsyncIterator[Page[T]]:
    """Give page after page until the last."""
    for number in range(1, _MOST_PAGES + 1):
        page = await fetch(number)
        yield page
        if page.is_last:
            return


async def every(fetch: Callable[..., Awaitable[Page[T]]], *asked: Any, **query: Any) -> AsyncIterator[T]:
    """Give item after item, over all pages of a list: `every(client.campaigns.list_campaigns, advertiser_id)`."""
    async for page in walk(lambda number: fetch(*asked, page=number, **query)):
        for item in page.items:
            yield item
