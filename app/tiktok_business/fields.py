"""How the Business API's JSON is read and written: ids are text, amounts Decimal, metrics text, and nothing is lost."""

import hashlib
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    model_validator,
)

from app.kit.json_values import clean_text, read_int

T = TypeVar("T")

_LONGEST_ID = 64
# Most lists are called so; some have names of their own [business-api.md 1].
_LISTS = (
    "list", "items", "identity_list", "advertiser_account_list", "transaction_list", "transaction", "video_list",
    "subscriptions", "comments",
)  # fmt: skip


class VendorModel(BaseModel):
    """Base of all that is read from TikTok: unknown fields are kept, and errors never show the input."""

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True, hide_input_in_errors=True)


class VendorObject(VendorModel):
    """An object of TikTok's that is handed on as it came, beside what we read of it."""

    _raw: dict[str, Any] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _keep(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        made = handler(value)
        if isinstance(value, dict):
            made._raw = value
        return made

    @property
    def raw(self) -> dict[str, Any]:
        """TikTok's own object, to the digit."""
        return self._raw


class VendorInput(BaseModel):
    """Base of all that is sent to TikTok: what TikTok does not document is refused by name."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    def body(self) -> dict[str, Any]:
        """What stands in the request: only what was given."""
        return self.model_dump(exclude_none=True)


def read_id(value: object) -> str | None:
    """Read an id as text; `None` where there is none. A fraction is none: its digits are lost."""
    if isinstance(value, Decimal):
        return None
    return clean_text(value).strip()[:_LONGEST_ID] or None


def read_amount(value: object) -> Decimal | None:
    """Read an amount, also from text; `None` where there is none."""
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        return None
    try:
        amount = Decimal(value)
    except (InvalidOperation, ValueError):
        return None
    return amount if amount.is_finite() else None


def read_metric(value: object) -> str | None:
    """Read a metric as TikTok wrote it; "-" is its word for none."""
    text = clean_text(value)
    return None if text in {"", "-"} else text


def sign(content: bytes) -> str:
    """Give the MD5 by which TikTok checks an upload."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _required_id(value: object) -> str:
    found = read_id(value)
    if found is None:
        raise ValueError("not an id")
    return found


def _ids(value: object) -> Sequence[str]:
    items = value if isinstance(value, list) else []
    return [found for found in map(read_id, items) if found is not None]


Text = Annotated[str, BeforeValidator(clean_text)]
VendorId = Annotated[str, BeforeValidator(_required_id)]
OptionalId = Annotated[str | None, BeforeValidator(read_id)]
IdList = Annotated[list[str], BeforeValidator(_ids)]
OptionalAmount = Annotated[Decimal | None, BeforeValidator(read_amount)]
OptionalInt = Annotated[int | None, BeforeValidator(read_int)]
Metric = Annotated[str | None, BeforeValidator(read_metric)]


class PageInfo(VendorModel):
    """Where a list stands."""

    page: OptionalInt = None
    page_size: OptionalInt = None
    total_number: OptionalInt = None
    total_page: OptionalInt = None


class Page(VendorModel, Generic[T]):
    """One page of a list. `request_id` is TikTok's, of the call that gave it."""

    items: list[T] = Field(default_factory=list, validation_alias=AliasChoices(*_LISTS))
    page_info: PageInfo = PageInfo()
    request_id: str | None = None

    @property
    def is_last(self) -> bool:
        """Whether nothing follows, by TikTok's count; where it gave none, an empty page is the last."""
        if self.page_info.total_page is not None:
            return (self.page_info.page or 1) >= self.page_info.total_page
        return not self.items


class Nothing(VendorModel):
    """An answer in which nothing stands that anybody needs."""

    request_id: str | None = None
