"""What the desk asks of a report: TikTok's own parameters, in an address or a body, checked before any call."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator

from app.ads.faults import refuse
from app.ads.figures.spans import Span, faults_of_span, split_span
from app.ads.internal.payloads import InvalidPayload, SnakePayload
from app.ads.values import Day, Flag, Line, choice, fault, many, whole
from app.messages import ads_values
from app.tiktok_business.reports import ReportQuery

REPORT_TYPES = ("BASIC", "AUDIENCE", "PLAYABLE_MATERIAL", "CATALOG")
LEVELS = [
    f"{kind}_{level}" for kind in ("AUCTION", "RESERVATION") for level in ("AD", "ADGROUP", "CAMPAIGN", "ADVERTISER")
]
_FILTER_TYPES = (
    "IN", "MATCH", "GREATER_EQUAL", "GREATER_THAN", "LOWER_EQUAL", "LOWER_THAN", "BETWEEN", "RANGE",
)  # fmt: skip
_TASK_FILTERS = frozenset({"campaign_ids", "adgroup_ids", "ad_ids", "country_code"})
_WORD = re.compile(r"[a-z][a-z0-9_]{0,63}")
_LISTS = frozenset({"dimensions", "metrics", "filtering"})
_NUMBERS = frozenset({"page", "page_size"})
T = TypeVar("T", bound="ReportParameters")

_FLAGS = {"true": True, "false": False}


def _read_word(value: Any) -> str:
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        raise fault(ads_values.WORD)
    return value


Word = Annotated[str, BeforeValidator(_read_word)]


class Filter(SnakePayload):
    """One of TikTok's filters; `filter_value` is JSON text."""

    field_name: Word
    filter_type: choice(*_FILTER_TYPES)  # type: ignore[valid-type]
    filter_value: Line


class ReportParameters(SnakePayload):
    """A report of one advertiser's, in TikTok's words."""

    report_type: choice(*REPORT_TYPES) = "BASIC"  # type: ignore[valid-type]
    service_type: choice("AUCTION", "RESERVATION") | None = None  # type: ignore[valid-type]
    data_level: choice(*LEVELS)  # type: ignore[valid-type]
    dimensions: many(Word, 20)  # type: ignore[valid-type]
    metrics: many(Word, 200) | None = None  # type: ignore[valid-type]
    start_date: Day | None = None
    end_date: Day | None = None
    query_lifetime: Flag = False
    filtering: list[Filter] | None = None
    order_field: Word | None = None
    order_type: choice("ASC", "DESC") | None = None  # type: ignore[valid-type]

    def faults(self) -> Iterator[tuple[str, str]]:
        if "all" in (self.metrics or ()):
            yield "metrics", ads_values.NO_WORD_FOR_ALL
        if self.order_field and self.order_field not in {*self.dimensions, *self.columns_of_metrics}:
            yield "order_field", ads_values.ORDER
        names = ("start_date", "end_date", "query_lifetime")
        yield from faults_of_span(
            self.start_date, self.end_date, self.dimensions, is_lifetime=self.query_lifetime, names=names
        )

    @property
    def columns_of_metrics(self) -> list[str]:
        """The metrics, TikTok's own choice where none were named."""
        return self.metrics or ["spend", "impressions"]

    @property
    def columns(self) -> list[str]:
        return [*self.dimensions, *self.columns_of_metrics]

    def spans(self) -> list[Span]:
        """The spans that TikTok is asked for, in order."""
        return split_span(self.start_date, self.end_date, self.dimensions)

    def first_and_last(self) -> tuple[date, date]:
        """First and last day. Raises InvalidPayload where it is over all time: then there are none."""
        if self.start_date is None or self.end_date is None:
            raise InvalidPayload({"start_date": ads_values.MISSING})
        return date.fromisoformat(self.start_date), date.fromisoformat(self.end_date)

    def query(self, advertiser_id: str) -> ReportQuery:
        """The whole question; each span is asked with days of its own."""
        return ReportQuery(
            report_type=self.report_type,
            advertiser_id=advertiser_id,
            service_type=self.service_type or self.data_level.partition("_")[0],
            data_level=self.data_level,
            dimensions=self.dimensions,
            metrics=self.columns_of_metrics,
            query_lifetime=True if self.query_lifetime else None,
            filtering=[one.model_dump() for one in self.filtering] if self.filtering else None,
            order_field=self.order_field,
            order_type=self.order_type,
        )


class PagedParameters(ReportParameters):
    """The same, and which page of it is wanted."""

    page: whole(1, 1_000_000) = 1  # type: ignore[valid-type]
    page_size: whole(1, 1000) = 100  # type: ignore[valid-type]


class TaskParameters(ReportParameters):
    """The same for a report that TikTok makes in its own time: it takes fewer filters."""

    def faults(self) -> Iterator[tuple[str, str]]:
        yield from super().faults()
        odd = [one.field_name for one in self.filtering or [] if one.field_name not in _TASK_FILTERS]
        if odd:
            yield "filtering", ads_values.value_task_filters(", ".join(sorted(_TASK_FILTERS)))


def read_query(query: Mapping[str, str]) -> PagedParameters:
    """Read the parameters of an address: lists are JSON text as at TikTok, or words with commas between them."""
    return _read(PagedParameters, {name: _value(name, text) for name, text in query.items()})


def read_body(body: Mapping[str, Any]) -> TaskParameters:
    """Read the parameters of a body."""
    return _read(TaskParameters, body)


def _read(kind: type[T], given: Mapping[str, Any]) -> T:
    try:
        return kind.read(given)
    except InvalidPayload as error:
        refuse(error.faults)


def _value(name: str, text: str) -> Any:
    if name in _LISTS:
        return _list(text)
    if name in _NUMBERS:
        return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else text
    return _FLAGS.get(text.lower(), text) if name == "query_lifetime" else text


def _list(text: str) -> Any:
    if not text.lstrip().startswith("["):
        return [word.strip() for word in text.split(",")]
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
