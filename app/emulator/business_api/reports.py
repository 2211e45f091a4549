"""Reports, at once: rows of dimensions and metrics, page by page."""

from collections.abc import Sequence
from typing import Any

from app.emulator.business_api import report_metrics, report_rows
from app.emulator.business_api.access import is_granted, need_advertiser, need_center, role_of
from app.emulator.business_api.call import Call, read
from app.emulator.business_api.delivery import settle
from app.emulator.business_api.errors import BusinessError
from app.emulator.business_api.paging import matches, plan_page
from app.emulator.business_api.report_query import Report, Wanted, check, id_of_level, read_filters
from app.emulator.business_api.report_rows import Plan, Row
from app.emulator.business_api.sandbox_figures import write_mock_facts
from app.emulator.business_api.store import Doc


class Integrated(Report, kw_only=True):
    enable_total_metrics: bool = False
    multi_adv_report_in_utc_time: bool = False
    query_mode: str | None = None
    page: int | None = None
    page_size: int | None = None


@read("report/integrated/get/", 44, sandbox=True)
def show_report(call: Call) -> Any:
    asked = call.take(Integrated)
    if asked.query_mode == "CHUNK":
        raise BusinessError(40002, "query_mode: CHUNK is no longer supported")
    rows, docs = make_rows(call, asked)
    number, size, info = plan_page(len(rows), asked.page, asked.page_size, most=1_000)
    page = rows[(number - 1) * size : number * size]
    answer: Doc = {"list": list(map(RowWriter(asked, docs).show, page)), "page_info": info}
    if asked.enable_total_metrics:
        sums, count = report_rows.total(rows)
        counted = [name for name in asked.metrics if name not in report_metrics.ATTRIBUTES]
        answer["total_metrics"] = {name: report_metrics.measure(name, sums, count) for name in counted}
    return answer


def make_rows(call: Call, asked: Report) -> tuple[list[Row], dict[str, Doc]]:
    """Give all rows of a report, and the objects that they are about by id. Raises BusinessError."""
    first, last = check(asked)
    wanted = read_filters(asked)
    accounts = [settle(call.book, one) for one in _find_accounts(call, asked)]
    if call.sandbox:
        for account in accounts:
            write_mock_facts(call.book, account)
    docs = {one["advertiser_id"]: {**one, "advertiser_name": one["name"]} for one in accounts}
    if asked.report_type in {"PLAYABLE_MATERIAL", "CATALOG", "TT_SHOP"}:
        return [], docs
    column = id_of_level(asked)
    for account in accounts:
        for kind in _kinds_of(column):
            found = call.book.store.find(kind, owner=account["advertiser_id"])
            docs |= {one[f"{kind}_id"]: one for one in found}
    plan = Plan(
        tuple(one["advertiser_id"] for one in accounts),
        tuple(asked.dimensions),
        first.isoformat() if first else None,
        last.isoformat() if last else None,
    )
    without = _find_unwanted(docs, column, wanted) | _find_other_lane(docs, asked)
    # What an account's rows leave out are campaigns of it.
    left_out = "campaign_id" if column == "advertiser_id" and without else column
    rows = report_rows.add_up(call.book, plan, without, left_out, wanted.countries)
    if wanted.metrics:
        rows = [row for row in rows if _passes(row, wanted)]
    return _sort(asked, rows), docs


def _kinds_of(column: str) -> Sequence[str]:
    """The objects that bear on rows of a level: its own, and those above, whose names and objectives it shows."""
    kinds = ("campaign", "adgroup", "ad")
    ids = [f"{kind}_id" for kind in kinds]
    return kinds[: ids.index(column) + 1] if column in ids else kinds


def _find_accounts(call: Call, asked: Report) -> list[Doc]:
    ids = asked.advertiser_ids or ([asked.advertiser_id] if asked.advertiser_id else [])
    if ids:
        return [need_advertiser(call, one) for one in dict.fromkeys(ids)]
    need_center(call, asked.bc_id or "")
    owned = call.book.store.find("advertiser", owner=asked.bc_id)
    return [
        one
        for one in owned
        if one["sandbox"] == call.sandbox and role_of(call.user, one) and is_granted(call.token, one["advertiser_id"])
    ]


def _find_unwanted(docs: dict[str, Doc], column: str, wanted: Wanted) -> frozenset[str]:
    """List the objects that have no rows: deleted ones, those of Smart+, and those that are filtered out."""
    if column == "advertiser_id" and not (wanted.ids or wanted.names or wanted.objective_types):
        return frozenset()
    return frozenset(
        id_
        for id_, doc in docs.items()
        if "operation_status" in doc and _is_unwanted(doc, docs.get(doc.get("campaign_id", ""), doc), wanted)
    )


def _find_other_lane(docs: dict[str, Doc], asked: Report) -> frozenset[str]:
    """List the objects that were bought the other way: reservations stand in no row of auction, nor these in theirs."""
    is_auction = (asked.data_level or asked.service_type).startswith("AUCTION")
    campaigns = {id_: doc for id_, doc in docs.items() if "buying_type" in doc}
    others = {id_ for id_, doc in campaigns.items() if (doc["buying_type"] == "AUCTION") is not is_auction}
    return frozenset(id_ for id_, doc in docs.items() if id_ in others or doc.get("campaign_id") in others)


def _is_unwanted(doc: Doc, campaign: Doc, wanted: Wanted) -> bool:
    return bool(
        (doc["operation_status"] == "DELETE" and not wanted.deleted)
        or doc.get("campaign_automation_type") == "UPGRADED_SMART_PLUS"
        or any(name in doc and doc[name] not in ids for name, ids in wanted.ids.items())
        or any(name in doc and not matches(doc[name], word) for name, word in wanted.names.items())
        or (wanted.objective_types and campaign.get("objective_type") not in wanted.objective_types)
    )


def _passes(row: Row, wanted: Wanted) -> bool:
    return all(fits(report_metrics.number(name, row.sums, row.count)) for name, fits in wanted.metrics)


def _sort(asked: Report, rows: list[Row]) -> list[Row]:
    field = asked.order_field
    if not field:
        return rows
    if field in asked.dimensions:
        place = asked.dimensions.index(field)
        return sorted(rows, key=lambda row: row.dimensions[place], reverse=asked.order_type == "DESC")
    return sorted(
        rows, key=lambda row: report_metrics.number(field, row.sums, row.count), reverse=asked.order_type == "DESC"
    )


class RowWriter:
    """Writes rows as the API shows them: all values are text. What an object is called is looked up once."""

    def __init__(self, asked: Report, docs: dict[str, Doc]) -> None:
        self._dimensions = asked.dimensions
        self._metrics = asked.metrics
        self._attributes = [name for name in asked.metrics if name in report_metrics.ATTRIBUTES]
        self._level = id_of_level(asked)
        self._docs = docs
        self._known: dict[str, Doc] = {}

    def show(self, row: Row) -> Doc:
        dimensions = dict(zip(self._dimensions, row.dimensions, strict=True))
        about = self._about(dimensions.get(self._level, ""))
        metrics = {
            name: about[name] if name in about else report_metrics.measure(name, row.sums, row.count)
            for name in self._metrics
        }
        return {"dimensions": dimensions, "metrics": metrics}

    def _about(self, object_id: str) -> Doc:
        known = self._known.get(object_id)
        if known is None:
            doc = self._docs.get(object_id)
            about: Sequence[Doc | None] = (doc,)
            if doc is not None:
                about = (doc, self._docs.get(doc.get("campaign_id", "")), self._docs.get(doc["advertiser_id"]))
            known = {name: report_metrics.attribute(name, about) for name in self._attributes}
            self._known[object_id] = known
        return known


operations = (show_report,)
