"""Campaigns with their ad groups and these with their ads: one tree, of which only what is open is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from app.admin.ads.desk import AdsDesk, explain_ads
from app.admin.ads.numbers import money
from app.admin.ads.tree_query import LEVELS, PRIMARY, STANDINGS, TreeQuery
from app.admin.ads.words import BUDGETS, NO_BUDGET, OBJECTIVES, StateWords, state_words, word_of
from app.ads.desk.kinds import ADGROUPS, ADS, CAMPAIGNS, KINDS, ObjectKind
from app.ads.desk.listing import list_objects
from app.errors import AppError
from app.messages.message import Message
from app.messages.translator import Translator
from app.resources import Resources
from app.tiktok_business.fields import read_amount

AT_ONCE = 25
_MOST_CHILDREN = 200
_CHILD: Mapping[str, ObjectKind] = {"campaigns": ADGROUPS, "adgroups": ADS}
_PARENT_FILTERS = {"adgroups": "campaign_ids", "ads": "adgroup_ids"}


@dataclass(slots=True)
class Node:
    """One campaign, ad group or ad. `budget` is said, `budget_value` is for a form; both are '' where it has none."""

    plural: str
    id: str
    name: str
    state: StateWords
    operation_status: str
    is_smart_plus: bool
    detail: str
    budget: str
    budget_value: str
    budget_mode: str
    is_open: bool = False
    turn_href: str = ""
    inside_href: str = ""
    children: list["Node"] = field(default_factory=list)
    is_cut: bool = False

    @property
    def is_on(self) -> bool:
        return self.operation_status == "ENABLE"

    @property
    def can_be_switched(self) -> bool:
        return not self.is_smart_plus and self.operation_status in {"ENABLE", "DISABLE"}

    @property
    def can_have_budget(self) -> bool:
        return bool(self.budget_value) and self.can_be_switched and self.plural != "ads"


@dataclass(frozen=True, slots=True)
class Done:
    """What was just changed, from what to what, and how it is taken back."""

    name: str
    plural: str
    object_id: str
    is_budget: bool
    before: str
    after: str
    undo_value: str
    undo_seen: str


@dataclass(frozen=True, slots=True)
class Ask:
    """A guard that has to be confirmed: what was asked, and of each guard what it allows."""

    plural: str
    object_id: str
    before: str
    after: str
    value: str
    seen: str
    confirm: str
    guards: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class TreePage:
    """The page."""

    desk: AdsDesk
    query: TreeQuery
    nodes: Sequence[Node]
    more_href: str
    notice: Message | None
    problem: Sequence[str]
    done: Done | None
    ask: Ask | None
    levels: Sequence[tuple[str, str, bool]]
    standings: Sequence[tuple[str, str]]


async def read_tree(
    app: Resources,
    i18n: Translator,
    desk: AdsDesk,
    query: TreeQuery,
    *,
    problem: Sequence[str] = (),
    done: Done | None = None,
    ask: Ask | None = None,
) -> TreePage:
    """Collect the page: one question for the root, and one for each level that is open."""
    nodes: list[Node] = []
    more, notice, told = "", None, list(problem)
    if desk.current is not None:
        try:
            nodes, more, notice = await _read_root(app, i18n, desk, query)
        except AppError as error:
            told += explain_ads(i18n, error)
    return TreePage(
        desk=desk,
        query=query,
        nodes=nodes,
        more_href=query.href(cursor=more, opened=()) if more else "",
        notice=notice,
        problem=told,
        done=done,
        ask=ask,
        levels=[
            (query.href(level=level, opened=(), campaign_id=""), label, level == query.level)
            for level, label in LEVELS.items()
        ],
        standings=list(STANDINGS.items()),
    )


async def _read_root(
    app: Resources, i18n: Translator, desk: AdsDesk, query: TreeQuery
) -> tuple[list[Node], str, Message | None]:
    kind = KINDS[query.plural]
    given = {"primary_status": [PRIMARY[query.standing]]}
    if query.q.isascii() and query.q.isdigit() and len(query.q) > 9:
        given[kind.ids_field] = [query.q]
    elif query.q:
        given[kind.name_field] = [query.q]
    if query.campaign_id and kind is not CAMPAIGNS:
        given["campaign_ids"] = [query.campaign_id]
    page = await list_objects(app, kind, desk.advertiser_id, given, limit=AT_ONCE, cursor=query.cursor or None)
    nodes = [_node(i18n, desk, query, kind, item) for item in page.items]
    await _open(app, i18n, desk, query, nodes)
    return nodes, page.next_cursor or "", page.notice


async def _open(app: Resources, i18n: Translator, desk: AdsDesk, query: TreeQuery, nodes: Sequence[Node]) -> None:
    """Read what is in the nodes that are open, all of them with one question, and so on down."""
    opened = {node.id: node for node in nodes if node.is_open and not node.is_smart_plus}
    if not opened:
        return
    kind = _CHILD[nodes[0].plural]
    name = _PARENT_FILTERS[kind.plural]
    given = {name: list(opened), "primary_status": [PRIMARY["deleted" if query.standing == "deleted" else ""]]}
    page = await list_objects(app, kind, desk.advertiser_id, given, limit=_MOST_CHILDREN)
    for item in page.items:
        parent = opened.get(str(item.get(name.removesuffix("s")) or ""))
        if parent is not None:
            parent.children.append(_node(i18n, desk, query, kind, item))
            parent.is_cut = page.next_cursor is not None
    await _open(app, i18n, desk, query, [child for node in opened.values() for child in node.children])


def _node(i18n: Translator, desk: AdsDesk, query: TreeQuery, kind: ObjectKind, item: Mapping[str, Any]) -> Node:
    object_id = str(item.get(kind.id_field) or "")
    budget, mode = read_amount(item.get("budget")), str(item.get("budget_mode") or "")
    has_budget = budget is not None and budget > 0 and mode in BUDGETS
    is_smart = bool(item.get("smart_plus"))
    status = str(item.get("operation_status") or "")
    opens = kind is not ADS and not is_smart
    return Node(
        plural=kind.plural,
        id=object_id,
        name=str(item.get(kind.name_field) or object_id),
        state=state_words(i18n, str(item.get("secondary_status") or ""), status),
        operation_status=status,
        is_smart_plus=is_smart,
        detail=_detail(i18n, query, kind, item),
        budget=say_budget(i18n, budget, mode, desk.currency) if has_budget else _no_budget(i18n, kind, mode),
        budget_value=f"{budget:f}" if has_budget and budget is not None else "",
        budget_mode=mode,
        is_open=opens and object_id in query.opened,
        turn_href=query.href(opened=query.turned(object_id)) if opens else "",
        inside_href=query.href(q=str(item.get("campaign_id") or ""), level="", opened=(), campaign_id="")
        if query.level and kind is not CAMPAIGNS
        else "",
    )


def say_budget(i18n: Translator, budget: Decimal | None, mode: str, currency: str) -> str:
    """Say an amount and over what it is spread."""
    return f"{money(i18n, budget, currency)} {word_of(i18n, BUDGETS, mode)}".strip()


def _no_budget(i18n: Translator, kind: ObjectKind, mode: str) -> str:
    return i18n.gettext(NO_BUDGET) if kind is not ADS and mode else ""


def _detail(i18n: Translator, query: TreeQuery, kind: ObjectKind, item: Mapping[str, Any]) -> str:
    """Say what it is for; at the root of a list of ad groups or ads also where it belongs."""
    if kind is CAMPAIGNS:
        return word_of(i18n, OBJECTIVES, str(item.get("objective_type") or ""))
    if query.level == kind.plural:
        return str(item.get("campaign_name") or "")
    return str(item.get("ad_text") or "")[:120] if kind is ADS else ""
