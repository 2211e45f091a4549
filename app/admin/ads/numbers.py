"""Amounts and counts as a reader's language writes them; money always with its currency's code."""

from decimal import Decimal, InvalidOperation

from app.messages.kinds import show_number
from app.messages.translator import N_, Translator

NOTHING = "–"
_TENTH = Decimal("0.1")


def money(i18n: Translator, amount: Decimal | None, currency: str, *, is_round: bool = True) -> str:
    """Write an amount: with as many decimals as it needs, two at least; `is_round`: none for a round one."""
    from babel.numbers import format_decimal

    if amount is None:
        return NOTHING
    pattern = "#,##0" if is_round and amount == amount.to_integral_value() else "#,##0.00##"
    return f"{format_decimal(amount, pattern, locale=i18n.locale)} {currency}".strip().replace(" ", "\u00a0")


def count(i18n: Translator, number: Decimal | int | None) -> str:
    """Write a count."""
    return NOTHING if number is None else show_number(i18n, int(number))


def percent(i18n: Translator, share: Decimal | None) -> str:
    """Write a share that is given in percent, with two decimals."""
    from babel.numbers import format_decimal

    return NOTHING if share is None else f"{format_decimal(share, '0.00', locale=i18n.locale)}\u00a0%"


def change(i18n: Translator, now: Decimal | None, before: Decimal | None) -> str:
    """Say how much more or less it is than before; '' where nothing can be compared."""
    from babel.numbers import format_decimal

    if now is None or not before:
        return ""
    difference = ((now - before) * 100 / before).quantize(_TENTH)
    if not difference:
        return i18n.gettext(N_("as much as before"))
    return f"{format_decimal(difference, '+0.#;−0.#', locale=i18n.locale)}\u00a0%"


def read_number(text: str | None) -> Decimal | None:
    """Read one of TikTok's figures; None where it tells none."""
    try:
        number = Decimal(text or "")
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def size(i18n: Translator, octets: int | None) -> str:
    """Write the size of a file."""
    from babel.numbers import format_decimal

    if octets is None:
        return NOTHING
    kilobytes, megabytes = i18n.gettext(N_("KB")), i18n.gettext(N_("MB"))
    if octets < 1024 * 1024:
        return f"{format_decimal(-(-octets // 1024), locale=i18n.locale)}\u00a0{kilobytes}"
    return f"{format_decimal(Decimal(octets) / (1024 * 1024), '0.0', locale=i18n.locale)}\u00a0{megabytes}"
