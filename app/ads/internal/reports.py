"""The operation GetReport: spans that are longer than TikTok allows are split, asked in turn, and joined."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from app.ads.internal.answers import Done
from app.ads.internal.operations import Operation, Run
from app.ads.internal.payloads import Payload
from app.ads.internal.shapes import cut_page, page_shape, whole_page
from app.ads.values import Day, Flag, Id, Words, choice, many, whole
from app.kit import exact_json
from app.tiktok_business.reports import ReportPage, ReportQuery, ReportRow, make_filter

_DAYS_BY_DAY, _DAYS_BY_HOUR, _DAYS_AT_ALL = 30, 1, 365
_MOST_DAYS, _MOST_DAYS_BY_HOUR = 1_096, 93
# Of one metric, what all days or advertisers have together is the sum. Everything else (reach, rates, costs per …,
# averages) cannot be added up.
ADDITIVE = frozenset(
    {
        "spend", "impressions", "clicks", "conversion", "result", "video_play_actions", "video_watched_2s",
        "video_watched_6s", "engaged_view", "engaged_view_15s", "video_views_p25", "video_views_p50",
        "video_views_p75", "video_views_p100", "likes", "comments", "shares", "follows", "profile_visits",
    }
)  # fmt: skip
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
            yield "advertiserId", "or advertiserIds must be given, and not both"
        if "all" in (self.metrics or ()):
            yield "metrics", "must name each metric: TikTok has no word for all"
        yield from self._faults_of_span()

    def _faults_of_span(self) -> Iterator[tuple[str, str]]:
        if self.lifetime:
            for name, day in (("startDate", self.start_date), ("endDate", self.end_date)):
                if day is not None:
                    yield name, "must be left out where lifetime is true"
            return
        for name, day in (("startDate", self.start_date), ("endDate", self.end_date)):
            if day is None:
                yield name, "is missing (or lifetime: true)"
        if self.start_date is not None and self.end_date is not None:
            days = (date.fromisoformat(self.end_date) - date.fromisoformat(self.start_date)).days + 1
            yield from self._faults_of_length(days)

    def _faults_of_length(self, days: int) -> Iterator[tuple[str, str]]:
        if days < 1:
            yield "endDate", "must not be before startDate"
        elif "stat_time_hour" in self.dimensions and days > _MOST_DAYS_BY_HOUR:
            yield "endDate", f"is too far: by the hour {_MOST_DAYS_BY_HOUR} days at most"
        elif "stat_time_day" in self.dimensions and days > _MOST_DAYS:
            yield "endDate", f"is too far: by the day {_MOST_DAYS} days at most"
        elif self._days_at_once() == _DAYS_AT_ALL and days > _DAYS_AT_ALL:
            yield "endDate", "is too far: 365 days at most without stat_time_day, for such rows cannot be joined"

    def _days_at_once(self) -> int:
        if "stat_time_hour" in self.dimensions:
            return _DAYS_BY_HOUR
        return _DAYS_BY_DAY if "stat_time_day" in self.dimensions else _DAYS_AT_ALL

    def spans(self) -> list[tuple[str | None, str | None]]:
        """The spans that TikTok is asked for, in order."""
        if self.start_date is None or self.end_date is None:
            return [(None, None)]
        start, end, step = date.fromisoformat(self.start_date), date.fromisoformat(self.end_date), self._days_at_once()
        spans: list[tuple[str | None, str | None]] = []
        while start <= end:
            last = min(end, start + timedelta(days=step - 1))
            spans.append((start.isoformat(), last.isoformat()))
            start = last + timedelta(days=1)
        return spans


async def _report(run: Run, given: GetReport) -> Done:
    spans = given.spans()
    if len(spans) == 1 and not given.all:
        page = await run.client.reports.get_report(_query(given, *spans[0]), page=given.page, page_size=given.page_size)
        rows = [_row(row) for row in page.items]
        told = page_shape(page.page_info, given.page, given.page_size, len(rows))
        return Done(_data(rows, page.total_metrics, told, page.is_truncated), page.request_id)
    found: list[ReportRow] = []
    last, totals, is_truncated = ReportPage(), [], False
    for start, end in spans:
        async for last in run.client.reports.every_page(_query(given, start, end)):
            found += last.items
            is_truncated = is_truncated or last.is_truncated
        totals.append(last.total_metrics)
    ordered = _in_order(found, given) if len(spans) > 1 else found
    shown: Sequence[Any] = [_row(row) for row in ordered]
    told = whole_page(shown)
    if not given.all:
        shown, told = cut_page(shown, given.page, given.page_size)
    total = totals[0] if len(totals) == 1 else _sum(totals)
    return Done(_data(shown, total, told, is_truncated), last.request_id)


def _query(given: GetReport, start: str | None, end: str | None) -> ReportQuery:
    ids = {"advertiser_id": given.advertiser_id, "advertiser_ids": given.advertiser_ids}
    return ReportQuery(
        report_type=given.report_type,
        service_type=given.data_level.partition("_")[0],
        data_level=given.data_level,
        dimensions=given.dimensions,
        metrics=given.metrics,
        start_date=start,
        end_date=end,
        query_lifetime=True if given.lifetime else None,
        filtering=_filtering(given.filters),
        order_field=given.order_field,
        order_type=given.order_type,
        enable_total_metrics=True,
        **ids,
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
    return sorted(known, key=lambda row: _rank(_value(row, name)), reverse=given.order_type != "ASC") + none


def _value(row: ReportRow, name: str) -> str | None:
    return row.metrics.get(name, row.dimensions.get(name))


def _rank(value: str | None) -> tuple[int, Decimal, str]:
    number = _number(value)
    return (1, Decimal(0), value or "") if number is None else (0, number, "")


def _number(value: str | None) -> Decimal | None:
    try:
        number = Decimal(value or "")
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _sum(totals: Sequence[Mapping[str, str | None] | None]) -> dict[str, str | None] | None:
    """Add up what may be added; of the rest nobody knows the total."""
    given = [one for one in totals if one]
    if not given:
        return None
    names = list(dict.fromkeys(name for one in given for name in one))
    return {name: _added(name, given) for name in names}


def _added(name: str, totals: Sequence[Mapping[str, str | None]]) -> str | None:
    if name not in ADDITIVE:
        return None
    numbers = [number for one in totals if (number := _number(one.get(name))) is not None]
    return f"{sum(numbers, Decimal(0)):f}" if numbers else None


OPERATIONS = (
    Operation(
        "GetReport",
        "Figures of ads. Those of the last days still change.",
        GetReport,
        _report,
        "GET report/integrated/get/",
    ),
)
