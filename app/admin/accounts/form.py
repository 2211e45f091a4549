"""The form for an account's settings."""

from typing import Self

from pydantic import BaseModel, ValidationError

from app.accounts.models import Account
from app.accounts.schemas import AccountUpdate
from app.admin.shell.forms import Short
from app.errors import Invalid
from app.messages import refusals


class AccountInput(BaseModel):
    """An account's settings. `privacy_level` is None where the list of audiences was not on the page."""

    enabled: bool = False
    mode: Short = "direct"
    privacy_level: Short | None = None
    allow_comment: bool = False
    allow_duet: bool = False
    allow_stitch: bool = False
    auto_add_music: bool = False
    brand_content_toggle: bool = False
    brand_organic_toggle: bool = False
    is_aigc: bool = False
    with_link: bool = False
    resend_after_no_trace: bool = False
    post_incomplete: bool = False
    headline_card: bool = False
    card_background: Short = ""
    card_text: Short = ""
    language: Short = ""
    daily_cap: Short = ""
    title_limit: Short = ""
    description_limit: Short = ""
    caption_limit: Short = ""

    @classmethod
    def of(cls, account: Account) -> Self:
        """Fill the form with the stored settings."""
        stored = {name: getattr(account.settings, name) for name in _SAME}
        texts = {name: _text(getattr(account.settings, name)) for name in (*_NUMBERS, "daily_cap")}
        texts |= {name: getattr(account.settings, name) for name in _COLOURS}
        inverted = {f"allow_{name}": not getattr(account.settings, f"disable_{name}") for name in _INVERTED}
        return cls(**stored, **texts, **inverted)

    def to_update(self, account: Account) -> AccountUpdate:
        """Give what differs from the stored settings, so that TikTok is asked about that only. Raises Invalid."""
        values: dict[str, object] = {name: getattr(self, name) for name in _SAME}
        values |= {name: _number(getattr(self, name)) for name in (*_NUMBERS, "daily_cap")}
        values |= {f"disable_{name}": not getattr(self, f"allow_{name}") for name in _INVERTED}
        chosen = self.privacy_level
        values["privacy_level"] = account.settings.privacy_level if chosen is None else chosen or None
        if values["daily_cap"] is None:
            values["daily_cap"] = account.settings.daily_cap
        values |= {name: getattr(self, name).strip().lower() or getattr(account.settings, name) for name in _COLOURS}
        changed = {name: value for name, value in values.items() if value != getattr(account.settings, name)}
        try:
            return AccountUpdate.model_validate(changed)
        except ValidationError:
            raise Invalid(refusals.ODD_FORM) from None


_SAME = (
    "enabled",
    "mode",
    "privacy_level",
    "auto_add_music",
    "brand_content_toggle",
    "brand_organic_toggle",
    "is_aigc",
    "with_link",
    "resend_after_no_trace",
    "post_incomplete",
    "headline_card",
    "language",
)
_COLOURS = ("card_background", "card_text")
_NUMBERS = ("title_limit", "description_limit", "caption_limit")
_INVERTED = ("comment", "duet", "stitch")


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _number(text: str) -> int | str | None:
    text = text.strip()
    return (int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text) if text else None
