"""The page of an ad account's money: what it has, and what moved on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode

import regex

from app.admin.ads.desk import AdsDesk, explain_ads
from app.admin.ads.numbers import money
from app.admin.ads.words import word_of
from app.ads.money.service import list_transactions, read_balance
from app.errors import AppError
from app.kit.clock import utcnow
from app.messages.translator import N_, Translator
from app.resources import Resources
from app.tiktok_business.fields import read_amount

PATH = "/admin/ads/money"
_AT_ONCE = 50
_ZONE = regex.compile(r"UTC([+-])(\d{2}):(\d{2})")

_AMOUNTS: Sequence[tuple[str, str]] = (
    ("account_balance", N_("In the ad account")),
    ("valid_account_balance", N_("May be spent now")),
    ("cash_balance", N_("of that paid in")),
    ("grant_balance", N_("of that granted by TikTok")),
    ("frozen_balance", N_("Held back by TikTok")),
    ("transferable_amount", N_("May be moved out")),
)
_TYPES: Mapping[str, str] = {
    "INCREASE_BALANCE": N_("Moved in"),
    "ADD_BALANCE": N_("Paid in"),
    "RECHARGE": N_("Moved in"),
    "DECREASE_BALANCE": N_("Moved out"),
    "REFUND": N_("Moved out"),
    "COST": N_("Spent"),
    "TAX": N_("Tax"),
    "PAYMENT": N_("Payment"),
}
_KINDS: Mapping[str, str] = {"CASH": N_("money"), "GRANT": N_("a grant"), "CREDIT": N_("credit")}


@dataclass(frozen=True, slots=True)
class MoveLine:
    """One thing that moved."""

    at: datetime | None
    told_at: str
    what: str
    kind: str
    amount: str
    is_in: bool
    id: str


@dataclass(frozen=True, slots=True)
class MoneyPage:
    """The page. What TikTok does not tell of the one does not hide the other."""

    desk: AdsDesk
    problem: Sequence[str]
    amounts: Sequence[tuple[str, str]]
    moves: Sequence[MoveLine]
    moves_problem: Sequence[str]
    first_day: str
    last_day: str
    older: str
    as_of: datetime | None


async def read_money(
    app: Resources, i18n: Translator, desk: AdsDesk, *, first_day: str, last_day: str, page: int
) -> MoneyPage:
    """Collect the page."""
    first_day, last_day = _day(first_day), _day(last_day)
    amounts: list[tuple[str, str]] = []
    moves: list[MoveLine] = []
    problem: list[str] = []
    moves_problem: list[str] = []
    older = ""
    if desk.current is not None:
        try:
            amounts = _amounts(i18n, desk, await read_balance(app, desk.advertiser_id))
        except AppError as error:
            problem = explain_ads(i18n, error)
        query = {"start_date": first_day, "end_date": last_day, "page": str(page), "page_size": str(_AT_ONCE)}
        try:
            told = await list_transactions(
                app, desk.advertiser_id, {name: value for name, value in query.items() if value}
            )
            moves = [_move(i18n, desk, item) for item in told["items"]]
            older = _href(first_day, last_day, told["next_cursor"]) if told["next_cursor"] else ""
        except AppError as error:
            moves_problem = explain_ads(i18n, error)
    if moves_problem == problem:
        moves_problem = []
    return MoneyPage(
        desk, problem, amounts, moves, moves_problem, first_day, last_day, older, utcnow() if amounts else None
    )


def _amounts(i18n: Translator, desk: AdsDesk, told: Mapping[str, Any]) -> list[tuple[str, str]]:
    currency = str(told.get("currency") or desk.currency)
    found = ((label, read_amount(told.get(name))) for name, label in _AMOUNTS)
    return [(label, money(i18n, amount, currency)) for label, amount in found if amount is not None]


def _move(i18n: Translator, desk: AdsDesk, item: Mapping[str, Any]) -> MoveLine:
    told = str(item.get("transaction_type") or item.get("transfer_type") or item.get("type") or "")
    bare = told.removeprefix("TRANS_TYPE_")
    amount = read_amount(item.get("amount"))
    is_in = item.get("amount_type") == "POSITIVE" or bare in {"INCREASE_BALANCE", "ADD_BALANCE", "RECHARGE"}
    text = money(i18n, amount, str(item.get("currency") or desk.currency))
    at, told_at = _moment(str(item.get("create_time") or ""), str(item.get("timezone") or ""))
    return MoveLine(
        at=at,
        told_at=told_at,
        what=word_of(i18n, _TYPES, bare),
        kind=word_of(i18n, _KINDS, str(item.get("billing_type") or item.get("funds_type") or "").rpartition("_")[2]),
        amount=f"{'+' if is_in else '−'}{text}" if amount is not None else text,
        is_in=is_in,
        id=str(item.get("transaction_id") or ""),
    )


def _moment(told: str, zone: str) -> tuple[datetime | None, str]:
    """Read TikTok's time and its zone; what cannot be read is shown as it is."""
    try:
        bare = datetime.strptime(told, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None, told[:40]
    if found := _ZONE.fullmatch(zone):
        offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
        if offset < timedelta(hours=24):
            return bare.replace(tzinfo=timezone(offset if found[1] == "+" else -offset)), ""
    return bare, ""


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _href(first_day: str, last_day: str, page: str) -> str:
    given = {"from": first_day, "to": last_day, "page": page}
    return f"{PATH}?{urlencode({name: value for name, value in given.items() if value})}"
