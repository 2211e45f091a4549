"""The form of a boost, read leniently: a newsroom writes 1 200,50 where a program writes 1200.50."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from app.admin.ads.forms import plain_amount

Short = Annotated[str, Field(max_length=2000)]
DEFAULT_BUDGET, DEFAULT_DAYS = "20", "3"
_AMOUNTS, _NUMBERS = ("budget", "max_spend"), ("days", "max_hours", "max_bad_comments")
_TEXTS = ("advertiser_id", "objective_type", "call_to_action", "landing_page_url", "auth_code")


class BoostForm(BaseModel):
    """What was typed. `confirm` names the guards that this very amount may pass."""

    advertiser_id: Short = ""
    budget: Short = DEFAULT_BUDGET
    days: Short = DEFAULT_DAYS
    objective_type: Short = ""
    landing_page_url: Short = ""
    call_to_action: Short = ""
    auth_code: Short = ""
    location_ids: list[Annotated[str, Field(max_length=20)]] | Short = ""
    max_spend: Short = ""
    max_hours: Short = ""
    max_bad_comments: Short = ""
    bad_words: Annotated[str, Field(max_length=20_000)] = ""
    confirm: Short = ""

    @property
    def confirmed(self) -> list[str]:
        return [part for part in self.confirm.split(",") if part]

    @property
    def chosen_places(self) -> list[str]:
        """What was chosen; a form with one choice sends it as text."""
        given = [self.location_ids] if isinstance(self.location_ids, str) else self.location_ids
        return [one for one in given if one]

    def body(self) -> dict[str, Any]:
        """What the API would have been sent; what is left empty is left out."""
        sent: dict[str, Any] = {name: getattr(self, name).strip() for name in _TEXTS}
        sent |= {name: plain_amount(getattr(self, name).strip()) for name in _AMOUNTS}
        sent |= {name: _number(getattr(self, name)) for name in _NUMBERS}
        sent["bad_words"] = [line.strip() for line in self.bad_words.splitlines() if line.strip()]
        sent["location_ids"] = self.chosen_places
        return {name: value for name, value in sent.items() if value not in ("", [])}


def _number(text: str) -> int | str:
    """Give a whole number; what is none stays as it is, and is refused where it is read."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text
