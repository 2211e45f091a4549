"""The page about who follows a business account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.accounts.audience import FEWEST_FOLLOWERS, Share, fetch_audience
from app.accounts.queries import get_account
from app.admin.accounts.page import name_account
from app.admin.wording.errors import explain
from app.errors import AppError
from app.messages.kinds import show_number
from app.messages.translator import N_, Translator
from app.resources import Resources

_GENDERS: Mapping[str, str] = {"female": N_("Women"), "male": N_("Men"), "other": N_("Not told")}
_HEIGHT, _STEP, _GAP = 110, 28, 8


@dataclass(frozen=True, slots=True)
class PartLine:
    """One part of the followers: its name, its share of 1, and the same in words."""

    name: str
    share: float
    told: str


@dataclass(frozen=True, slots=True)
class PartList:
    """One way to divide the followers."""

    heading: str
    lines: Sequence[PartLine]


@dataclass(frozen=True, slots=True)
class HourBar:
    """How many followers were there in an hour, and where its bar stands in the picture."""

    hour: int
    count: str
    x: int
    height: int


@dataclass(frozen=True, slots=True)
class AudiencePage:
    """The page; `problem` says why there is nothing on it."""

    id: str
    name: str
    followers: str = ""
    parts: Sequence[PartList] = ()
    hours: Sequence[HourBar] = ()
    last_day: str = ""
    problem: str = ""
    fewest: int = FEWEST_FOLLOWERS

    @property
    def width(self) -> int:
        return _STEP * 24

    @property
    def bar_width(self) -> int:
        return _STEP - _GAP

    @property
    def ground(self) -> int:
        return _HEIGHT


async def read_audience_page(resources: Resources, i18n: Translator, account_id: str) -> AudiencePage:
    """Ask TikTok, and put what it tells in the reader's words. Raises NotFound."""
    async with resources.read() as session:
        name = name_account(await get_account(session, account_id))
    try:
        found = await fetch_audience(resources, account_id)
    except AppError as error:
        return AudiencePage(account_id, name, problem=explain(i18n, error))
    lists = (
        (N_("Countries"), [(_country(i18n, one.name), one) for one in found.countries]),
        (N_("Ages"), [(one.name, one) for one in sorted(found.ages, key=lambda one: one.name)]),
        (N_("Women and men"), [(_gender(i18n, one.name), one) for one in found.genders]),
        (N_("Cities"), [(one.name, one) for one in found.cities]),
    )
    return AudiencePage(
        account_id,
        name,
        followers="" if found.followers is None else show_number(i18n, found.followers),
        parts=[PartList(heading, _lines(i18n, named)) for heading, named in lists if named],
        hours=_bars(i18n, found.hours),
        last_day=found.last_day,
    )


def _lines(i18n: Translator, named: Sequence[tuple[str, Share]]) -> list[PartLine]:
    from babel.numbers import format_percent

    return [PartLine(name, one.share, format_percent(one.share, locale=i18n.locale)) for name, one in named]


def _country(i18n: Translator, code: str) -> str:
    from babel.core import Locale

    return str(Locale.parse(i18n.language).territories.get(code.upper(), code))


def _gender(i18n: Translator, name: str) -> str:
    known = _GENDERS.get(name.casefold())
    return i18n.gettext(known) if known else name


def _bars(i18n: Translator, hours: Sequence[int]) -> list[HourBar]:
    highest = max(hours, default=0) or 1
    return [
        HourBar(hour, show_number(i18n, count), hour * _STEP + _GAP // 2, round(count / highest * (_HEIGHT - 10)))
        for hour, count in enumerate(hours)
    ]
