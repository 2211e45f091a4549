"""Values that people and gateways send for ads, as they must be before anything is called: ids, money, names, dates."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Any

import regex
from babel.core import get_global
from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.kit.zones import known_zone
from app.messages import ads_values
from app.messages.message import Message, recognise

LONGEST_NAME = 512
_LONGEST_ADVERTISER_NAME = 100
_MOST_MONEY = Decimal(10) ** 12
_ID = regex.compile(r"[1-9][0-9]{0,19}")
_MONEY = regex.compile(r"[0-9]{1,13}(?:\.[0-9]{1,20})?")
_FIRST_YEAR, _LAST_YEAR = 2016, 2100
_KINDS = {"missing": ads_values.MISSING, "list_type": ads_values.LIST, "model_type": ads_values.OBJECT}
_CONTROL = regex.compile(r"[\p{Cc}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]")
# What a phone shows as a picture. ©, ®, ™ and the oldest arrows are letters, unless they ask for the picture's form.
_EMOJI = regex.compile(
    r"[\p{Emoji_Presentation}\U0001F1E6-\U0001F1FF\u20E3]|[\p{Extended_Pictographic}--[\u0000-\u2319]]|"
    r"\p{Extended_Pictographic}\uFE0F",
    flags=regex.V1,
)


def fault(message: str) -> PydanticCustomError:
    """Say what is wrong with a value, without its text: it may be a secret, or 10 MB."""
    return PydanticCustomError("value", "{told}", {"told": recognise(message)})


def told_by(error: PydanticCustomError) -> Message:
    """What `fault` was given."""
    return recognise(str(error.message())) if error.context is None else recognise(error.context["told"])


def told_of(item: Mapping[str, Any]) -> Message:
    """What is wrong, by one of pydantic's rows; pydantic's own words are the last resort."""
    if told := (item.get("ctx") or {}).get("told"):
        return recognise(told)
    return _KINDS.get(item["type"]) or recognise(item["msg"])


def read_id(value: Any) -> str:
    """Take an id: text, or a whole number exactly. What has been a float has lost its last digits."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise fault(ads_values.ID_TEXT)
    text = str(value).strip() if isinstance(value, str) else _written(value)
    if not _ID.fullmatch(text):
        raise fault(ads_values.ID_DIGITS)
    return text


def read_money(value: Any) -> Decimal:
    """Take an amount: a number or a decimal text, above zero, two decimals at most."""
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise fault(ads_values.NUMBER)
    if isinstance(value, str):
        text = value.strip()
        if text.startswith("-"):
            raise fault(ads_values.ABOVE_ZERO)
        if not _MONEY.fullmatch(text):
            raise fault(ads_values.DECIMAL)
        value = text
    elif isinstance(value, int) and abs(value) > 10**15:
        raise fault(ads_values.TOO_LARGE)
    amount = Decimal(value)
    if not amount.is_finite():
        raise fault(ads_values.FINITE)
    if amount <= 0:
        raise fault(ads_values.ABOVE_ZERO)
    if amount > _MOST_MONEY:
        raise fault(ads_values.TOO_LARGE)
    rounded = amount.quantize(Decimal("0.01"))
    if rounded != amount:
        raise fault(ads_values.TWO_DECIMALS)
    return rounded if amount != amount.to_integral_value() else amount.to_integral_value().quantize(Decimal(1))


def read_name(value: Any, *, longest: int = LONGEST_NAME) -> str:
    """Take a name for TikTok: it takes no emoji."""
    text = read_text(value, longest=longest)
    if _EMOJI.search(text):
        raise fault(ads_values.NO_EMOJI)
    return text


def plain_text(text: str, longest: int) -> str:
    """Make a name for TikTok of any text: without emoji, in one line, cut between words where that can be."""
    line = " ".join(_EMOJI.sub(" ", _CONTROL.sub(" ", text)).split())
    if len(line) <= longest:
        return line
    cut = line[: longest - 1]
    return f"{cut.rpartition(' ')[0] or cut}…"


def read_text(value: Any, *, longest: int) -> str:
    """Take one line of text."""
    if not isinstance(value, str):
        raise fault(ads_values.TEXT)
    if not 0 < len(value) <= longest or not value.strip():
        raise fault(ads_values.value_length(str(longest)))
    if _CONTROL.search(value):
        raise fault(ads_values.ONE_LINE)
    return value


def read_day(value: Any) -> str:
    """Take a day, YYYY-MM-DD, of the years in which there can be ads."""
    if not isinstance(value, str) or len(value) != 10:
        raise fault(ads_values.DAY)
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise fault(ads_values.DAY) from None
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise fault(ads_values.value_years_between(str(_FIRST_YEAR), str(_LAST_YEAR)))
    return value


def read_moment(value: Any) -> str:
    """Take a day, or a moment of UTC as TikTok writes it; give the moment."""
    if isinstance(value, str) and len(value) == 10:
        return f"{read_day(value)} 00:00:00"
    text = value.replace("T", " ").removesuffix("Z") if isinstance(value, str) else ""
    if len(text) == 19 and regex.fullmatch(r" ([01]\d|2[0-3]):[0-5]\d:[0-5]\d", text[10:]):
        return f"{read_day(text[:10])}{text[10:]}"
    raise fault(ads_values.MOMENT)


def read_currency(value: Any) -> str:
    """Take a currency that is in use somewhere."""
    text = value.strip().upper() if isinstance(value, str) else ""
    if text not in _currencies():
        raise fault(ads_values.CURRENCY)
    return text


def read_zone(value: Any) -> str:
    """Take a time zone by its name."""
    if isinstance(value, str) and 0 < len(value) <= 64:
        try:
            return known_zone(value)
        except ValueError:
            pass
    raise fault(ads_values.ZONE)


def read_country(value: Any) -> str:
    """Read a country by the two letters of ISO 3166-1. Raises PydanticCustomError."""
    text = value.strip().upper() if isinstance(value, str) else ""
    if not regex.fullmatch(r"[A-Z]{2}", text) or text not in get_global("territory_currencies"):
        raise fault(ads_values.COUNTRY)
    return text


def read_link(value: Any) -> str:
    """Read an http or https address of 2,000 characters at most. Raises PydanticCustomError."""
    text = read_text(value, longest=2000)
    if not regex.fullmatch(r"https?://[^\s/?#]+\.[^\s/?#]+[^\s]*", text):
        raise fault(ads_values.LINK)
    return text


def read_flag(value: Any) -> bool:
    """Read true or false, and nothing that looks like it. Raises PydanticCustomError."""
    if not isinstance(value, bool):
        raise fault(ads_values.FLAG)
    return value


@cache
def _currencies() -> frozenset[str]:
    """The currencies that are tender somewhere today."""
    by_country = get_global("territory_currencies")
    return frozenset(row[0] for rows in by_country.values() for row in rows if row[2] is None and row[3])


def _written(number: int) -> str:
    return str(number) if abs(number) < 10**20 else ""


def choice(*allowed: str, **others: str) -> Any:
    """A word of a list, without regard to case; `others` are other words for some of them."""
    words = {word.lower(): word for word in allowed} | {word.lower(): meant for word, meant in others.items()}

    def read(value: Any) -> str:
        found = words.get(value.strip().lower()) if isinstance(value, str) else None
        if found is None:
            raise fault(ads_values.value_one_of(", ".join([*allowed, *others])))
        return found

    schema = {"type": "string", "enum": [*allowed, *others]}
    return Annotated[str, BeforeValidator(read), WithJsonSchema(schema)]


def whole(least: int, most: int) -> Any:
    """A whole number within bounds."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise fault(ads_values.value_whole_between(str(least), str(most)))
        return value

    return Annotated[int, BeforeValidator(read), WithJsonSchema({"type": "integer", "minimum": least, "maximum": most})]


def many(item: Any, most: int) -> Any:
    """A list of 1 to `most` items, each once."""

    def read(value: Any) -> list[Any]:
        given = value if isinstance(value, list) else [value]
        if not 0 < len(given) <= most:
            raise fault(ads_values.value_list_up_to(str(most)))
        return given

    return Annotated[list[item], BeforeValidator(read)]


def _text_of(longest: int) -> Any:
    def read(value: Any) -> str:
        return read_text(value, longest=longest)

    return Annotated[str, BeforeValidator(read), WithJsonSchema({"type": "string", "maxLength": longest})]


def _read_advertiser_name(value: Any) -> str:
    return read_name(value, longest=_LONGEST_ADVERTISER_NAME)


_DAY = {"type": "string", "format": "date"}
Id = Annotated[str, BeforeValidator(read_id), WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]{0,19}$"})]
Money = Annotated[
    Decimal, BeforeValidator(read_money), WithJsonSchema({"type": ["number", "string"], "exclusiveMinimum": 0})
]
Name = Annotated[str, BeforeValidator(read_name), WithJsonSchema({"type": "string", "maxLength": LONGEST_NAME})]
AdvertiserName = Annotated[
    str, BeforeValidator(_read_advertiser_name), WithJsonSchema({"type": "string", "maxLength": 100})
]
Day = Annotated[str, BeforeValidator(read_day), WithJsonSchema(_DAY)]
Moment = Annotated[str, BeforeValidator(read_moment), WithJsonSchema({"type": "string"})]
Currency = Annotated[str, BeforeValidator(read_currency), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$"})]
Zone = Annotated[str, BeforeValidator(read_zone), WithJsonSchema({"type": "string"})]
Country = Annotated[str, BeforeValidator(read_country), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{2}$"})]
Link = Annotated[str, BeforeValidator(read_link), WithJsonSchema({"type": "string", "format": "uri"})]
Flag = Annotated[bool, BeforeValidator(read_flag)]
Words = _text_of(255)
Line = _text_of(2000)
