"""The operation GetReport: spans that are longer than TikTok allows are split, asked in turn, and joined."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from app.ads.figures.joining import add_totals, rank
from app.ads.figures.spans import Span, faults_of_span, split_span
from app.ads.figures.walking import of_span, walk
from app.ads.internal.answers import Done
from app.ads.internal.operations import Operation, Run
from app.ads.internal.payloads import Payload
from app.ads.internal.shapes import cut_page, page_shape, whole_page
from app.ads.values import Day, Flag, Id, Words, choice, many, whole
from app.kit import exact_json
from app.messages import ads_values
from app.tiktok_business.reports import ReportPage, ReportQuery, ReportRow, make_filter

_REPORT_TYPES = ("BASIC", "AUDIENCE", "PLAYABLE_MATERIAL", "CATALOG", "BC", "TT_SHOP")
_LEVELS = [
    f"{kind}_{level}" for kind in ("AUCTION", "RESERVATION") for level in ("AD", "ADGROUP", "CAMPAIGN", "ADVERTISER")
]


class ReportFilters(Payload):
    """Which objects and countries the report is about."""

    campaign_ids: many(Id, 1000) | None = None  # type: ignore[valid-type]
    adgroup_ids: many(Id, 1000) | None = None  # type: ignore[valid-type]
    ad_ids: many(Id, 1000) | None = None  # type: ignore[valid-type]
    country_codes: many(Words, 300) | None = None  # type: ignore[valid-type]


class GetReport(Payload):
    """A report by TikTok's own dimensions and metrics. Longer spans than TikTok allows are split and joined here."""

    synonyms: ClassVar[Mapping[str, str]] = {"filtering": "filters", "queryLifetime": "lifetime"}

    advertiser_id: Id | None = None
    advertiser_ids: many(Id, 5) | None = None  # type: ignore[valid-type]
    report_type: choice(*_REPORT_TYPES) = "BASIC"  # type: ignore[valid-type]
    data_level: choice(*_LEVELS)  # type: ignore[valid-type]
    dimensions: many(Words, 20)  # type: ignore[valid-type]
    metrics: many(Words, 200) | None = None  # type: ignore[valid-type]
    start_date: Day | None = None
    end_date: Day | None = None
    lifetime: Flag = False
    filters: ReportFilters | None = None
    order_field: Words | None = None
    order_type: choice("ASC", "DESC") | None = None  # type: ignore[valid-type]
    page: whole(1, 1_000_000) = 1  # type: ignore[valid-type]
    page_size: whole(1, 1000) = 100  # type: ignore[valid-type]
    all: Flag = False

    def faults(self) -> Iterator[tuple[str, str]]:
        if (self.advertiser_id is None) == (self.advertiser_ids is None):
            yield "advertiserId", ads_values.value_one_of_two("advertiserIds")
        if "all" in (self.metrics or ()):
            yield "metrics", ads_values.NO_WORD_FOR_ALL
        yield from faults_of_span(
            self.start_date,
            self.end_date,
            self.dimensions,
            is_lifetime=self.lifetime,
            names=("startDate", "endDate", "lifetime"),
        )

    def spans(self) -> list[Span]:
        """The spans that TikTok is asked for, in order."""
        return split_span(self.start_date, self.end_date, self.dimensions)


async def _report(run: Run, given: GetReport) -> Done:
    spans, query = given.spans(), _query(given)
    if len(spans) == 1 and not given.all:
        asked = of_span(query, spans[0])
        page = await run.client.reports.get_report(asked, page=given.page, page_size=given.page_size)
        rows = [_row(row) for row in page.items]
        told = page_shape(page.page_info, given.page, given.page_size, len(rows))
        return Done(_data(rows, page.total_metrics, told, page.is_truncated), page.request_id)
    found: list[ReportRow] = []
    totals: list[Mapping[str, str | None] | None] = [None] * len(spans)
    last, is_truncated = ReportPage(), False
    async for span, last in walk(run.client.reports, query, spans):
        found += last.items
        totals[span] = totals[span] or last.total_metrics
        is_truncated = is_truncated or last.is_truncated
    ordered = _in_order(found, given) if len(spans) > 1 else found
    shown: Sequence[Any] = [_row(row) for row in ordered]
    told = whole_page(shown)
    if not given.all:
        shown, told = cut_page(shown, given.page, given.page_size)
    total = totals[0] if len(totals) == 1 else add_totals(totals)
    return Done(_data(shown, total, told, is_truncated), last.request_id)


def _query(given: GetReport) -> ReportQuery:
    """The whole question; each span is asked with days of its own."""
    return ReportQuery(
        report_type=given.report_type,
        advertiser_id=given.advertiser_id,
        advertiser_ids=given.advertiser_ids,
        service_type=given.data_level.partition("_")[0],
        data_level=given.data_level,
        dimensions=given.dimensions,
        metrics=given.metrics,
        query_lifetime=True if given.lifetime else None,
        filtering=_filtering(given.filters),
        order_field=given.order_field,
        order_type=given.order_type,
        enable_total_metrics=True,
    )


def _filtering(filters: ReportFilters | None) -> list[dict[str, str]] | None:
    if filters is None:
        return None
    fields = {
        "campaign_ids": filters.campaign_ids,
        "adgroup_ids": filters.adgroup_ids,
        "ad_ids": filters.ad_ids,
        "country_code": filters.country_codes,
    }
    made = [make_filter(name, "IN", exact_json.write(values).decode()) for name, values in fields.items() if values]
    return made or None


def _row(row: ReportRow) -> dict[str, Any]:
    return {"dimensions": row.dimensions, "metrics": row.metrics}


def _data(rows: Sequence[Any], totals: Mapping[str, Any] | None, page: Any, is_truncated: bool) -> dict[str, Any]:
    return {"rows": rows, "totals": dict(totals) if totals else None, "page": page, "truncated": is_truncated}


def _in_order(rows: list[ReportRow], given: GetReport) -> list[ReportRow]:
    """Put joined rows into the order that was asked for; without one they stand by time, as the spans do."""
    name = given.order_field
    if name is None:
        return rows
    known = [row for row in rows if _value(row, name) is not None]
    none = [row for row in rows if _value(row, name) is None]
    # Without a word TikTok's order is descending.
    return sorted(known, key=lambda row: rank(_value(row, name)), reverse=given.order_type != "ASC") + none


def _value(row: ReportRow, name: str) -> str | None:
    return row.metrics.get(name, row.dimensions.get(name))


OPERATIONS = (
    Operation(
        "GetReport",
        "Figures of ads. Those of the last days still change.",
        GetReport,
        _report,
        "GET report/integrated/get/",
    ),
)
