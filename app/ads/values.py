"""Values that people and gateways send for ads, as they must be before anything is called: ids, money, names, dates."""

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Any

import regex
from babel.core import get_global
from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.kit.zones import known_zone

LONGEST_NAME = 512
_LONGEST_ADVERTISER_NAME = 100
_MOST_MONEY = Decimal(10) ** 12
_ID = regex.compile(r"[1-9][0-9]{0,19}")
_MONEY = regex.compile(r"[0-9]{1,13}(?:\.[0-9]{1,20})?")
_FIRST_YEAR, _LAST_YEAR = 2016, 2100
_CONTROL = regex.compile(r"[\p{Cc}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]")
# What a phone shows as a picture. ©, ®, ™ and the oldest arrows are letters, unless they ask for the picture's form.
_EMOJI = regex.compile(
    r"[\p{Emoji_Presentation}\U0001F1E6-\U0001F1FF\u20E3]|[\p{Extended_Pictographic}--[\u0000-\u2319]]|"
    r"\p{Extended_Pictographic}\uFE0F",
    flags=regex.V1,
)


def fault(message: str) -> PydanticCustomError:
    """Say what is wrong with a value, without its text: it may be a secret, or 10 MB."""
    return PydanticCustomError("value", "{told}", {"told": message})


def read_id(value: Any) -> str:
    """Take an id: text, or a whole number exactly. What has been a float has lost its last digits."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise fault("must be an id as text; a number with a fraction or an exponent has lost digits")
    text = str(value).strip() if isinstance(value, str) else _written(value)
    if not _ID.fullmatch(text):
        raise fault("must be an id of 1 to 20 digits")
    return text


def read_money(value: Any) -> Decimal:
    """Take an amount: a number or a decimal text, above zero, two decimals at most."""
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise fault("must be a number, or a decimal number as text")
    if isinstance(value, str):
        text = value.strip()
        if text.startswith("-"):
            raise fault("must be above 0")
        if not _MONEY.fullmatch(text):
            raise fault("must be a decimal number such as 60 or 60.50")
        value = text
    elif isinstance(value, int) and abs(value) > 10**15:
        raise fault("is larger than any amount here may be")
    amount = Decimal(value)
    if not amount.is_finite():
        raise fault("must be a finite number")
    if amount <= 0:
        raise fault("must be above 0")
    if amount > _MOST_MONEY:
        raise fault("is larger than any amount here may be")
    rounded = amount.quantize(Decimal("0.01"))
    if rounded != amount:
        raise fault("must have two decimals at most")
    return rounded if amount != amount.to_integral_value() else amount.to_integral_value().quantize(Decimal(1))


def read_name(value: Any, *, longest: int = LONGEST_NAME) -> str:
    """Take a name for TikTok: it takes no emoji."""
    text = read_text(value, longest=longest)
    if _EMOJI.search(text):
        raise fault("must have no emoji: TikTok takes none in names")
    return text


def read_text(value: Any, *, longest: int) -> str:
    """Take one line of text."""
    if not isinstance(value, str):
        raise fault("must be text")
    if not 0 < len(value) <= longest or not value.strip():
        raise fault(f"must have 1 to {longest} characters")
    if _CONTROL.search(value):
        raise fault("must be one line of text, without control characters")
    return value


def read_day(value: Any) -> str:
    """Take a day, YYYY-MM-DD, of the years in which there can be ads."""
    if not isinstance(value, str) or len(value) != 10:
        raise fault("must be a day like 2026-11-29")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise fault("must be a day like 2026-11-29") from None
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise fault(f"must be a day of the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return value


def read_moment(value: Any) -> str:
    """Take a day, or a moment of UTC as TikTok writes it; give the moment."""
    if isinstance(value, str) and len(value) == 10:
        return f"{read_day(value)} 00:00:00"
    text = value.replace("T", " ").removesuffix("Z") if isinstance(value, str) else ""
    if len(text) == 19 and regex.fullmatch(r" ([01]\d|2[0-3]):[0-5]\d:[0-5]\d", text[10:]):
        return f"{read_day(text[:10])}{text[10:]}"
    raise fault("must be a day like 2026-11-29, or a moment of UTC like 2026-11-29 12:00:00")


def read_currency(value: Any) -> str:
    """Take a currency that is in use somewhere."""
    text = value.strip().upper() if isinstance(value, str) else ""
    if text not in _currencies():
        raise fault("must be a currency's code of three letters, such as USD or KZT")
    return text


def read_zone(value: Any) -> str:
    """Take a time zone by its name."""
    if isinstance(value, str) and 0 < len(value) <= 64:
        try:
            return known_zone(value)
        except ValueError:
            pass
    raise fault("must be a time zone such as Asia/Almaty")


def read_country(value: Any) -> str:
    text = value.strip().upper() if isinstance(value, str) else ""
    if not regex.fullmatch(r"[A-Z]{2}", text) or text not in get_global("territory_currencies"):
        raise fault("must be a country's code of two letters, such as KZ")
    return text


def read_link(value: Any) -> str:
    text = read_text(value, longest=2000)
    if not regex.fullmatch(r"https?://[^\s/?#]+\.[^\s/?#]+[^\s]*", text):
        raise fault("must be an address that begins with https://")
    return text


def read_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise fault("must be true or false")
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
            raise fault(f"must be one of {', '.join([*allowed, *others])}")
        return found

    schema = {"type": "string", "enum": [*allowed, *others]}
    return Annotated[str, BeforeValidator(read), WithJsonSchema(schema)]


def whole(least: int, most: int) -> Any:
    """A whole number within bounds."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise fault(f"must be a whole number from {least} to {most}")
        return value

    return Annotated[int, BeforeValidator(read), WithJsonSchema({"type": "integer", "minimum": least, "maximum": most})]


def many(item: Any, most: int) -> Any:
    """A list of 1 to `most` items, each once."""

    def read(value: Any) -> list[Any]:
        given = value if isinstance(value, list) else [value]
        if not 0 < len(given) <= most:
            raise fault(f"must be a list of 1 to {most}")
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
