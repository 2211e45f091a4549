"""The form of a source's rules: what is stored put into its fields, and what was typed as rules."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from app.articles.decode import read_model
from app.articles.rules import FIELDS, MOST_DELAY_MINUTES, AccountRules, ArticleTerms, SourceRules
from app.errors import Invalid
from app.messages import rules as said
from app.messages.message import Message

_SEPARATORS = re.compile(r"[,;\n]")
_LONGEST_FIELD = 10_000


@dataclass(frozen=True, slots=True)
class TermFields:
    """What is typed of one account, or of the source itself: one text for each list of terms."""

    include: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(FIELDS, ""))
    exclude: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(FIELDS, ""))
    delay_minutes: str = ""
    takes: bool = True

    @classmethod
    def of(cls, rules: SourceRules | AccountRules) -> Self:
        """Fill the fields with what is stored."""
        delay = rules.delay_minutes
        return cls(
            include=_write(rules.include),
            exclude=_write(rules.exclude),
            delay_minutes="" if delay is None else str(delay),
            takes=rules.takes if isinstance(rules, AccountRules) else True,
        )

    @property
    def says_something(self) -> bool:
        """Tell whether an account has rules of its own."""
        return not self.takes or bool(self.delay_minutes) or any((*self.include.values(), *self.exclude.values()))


@dataclass(frozen=True, slots=True)
class RulesForm:
    """The whole form. `accounts` by their ids."""

    source: TermFields
    max_age_hours: str = ""
    max_wait_hours: str = ""
    accounts: Mapping[str, TermFields] = field(default_factory=dict)

    @classmethod
    def of(cls, rules: SourceRules) -> Self:
        """Fill the form with what is stored."""
        return cls(
            source=TermFields.of(rules),
            max_age_hours=str(rules.max_age_hours) if rules.is_age_set else "",
            max_wait_hours="" if rules.max_wait_hours is None else str(rules.max_wait_hours),
            accounts={account_id: TermFields.of(own) for account_id, own in rules.accounts.items()},
        )

    @classmethod
    def read(cls, typed: Mapping[str, str], account_ids: list[str]) -> Self:
        """Read what was typed; an unticked box is not sent."""
        return cls(
            source=_read_fields(typed, ""),
            max_age_hours=_typed(typed, "max_age_hours"),
            max_wait_hours=_typed(typed, "max_wait_hours"),
            accounts={one: _read_fields(typed, f"{one}.") for one in account_ids},
        )

    def of_account(self, account_id: str) -> TermFields:
        """Give an account's fields."""
        return self.accounts.get(account_id, TermFields())

    def find_wrong_delay(self) -> str:
        """Name the field whose delay cannot be meant: an account's, else the source's."""
        wrong = (one for one, own in self.accounts.items() if not _is_delay(own.delay_minutes))
        return next((f"{account_id}-delay" for account_id in wrong), "delay_minutes")

    def to_rules(self, kept: Mapping[str, AccountRules]) -> SourceRules:
        """Give the rules; of accounts that the form did not show, what is `kept` stays. Raises Invalid."""
        shown: dict[str, Any] = {
            account_id: {**_terms(own), "takes": own.takes, "delay_minutes": _number(own.delay_minutes, None)}
            for account_id, own in self.accounts.items()
            if own.says_something
        }
        others = {one: rules.model_dump() for one, rules in kept.items() if one not in self.accounts}
        rules: dict[str, Any] = {
            **_terms(self.source),
            "delay_minutes": _number(self.source.delay_minutes, 0),
            "max_wait_hours": _number(self.max_wait_hours, None, said.MAX_WAIT_HOURS),
            "accounts": others | shown,
        }
        if self.max_age_hours:
            rules["max_age_hours"] = _number(self.max_age_hours, None, said.MAX_AGE_HOURS)
        return read_model(SourceRules, rules, at="rules")


def _read_fields(typed: Mapping[str, str], prefix: str) -> TermFields:
    return TermFields(
        include={name: _typed(typed, f"{prefix}include.{name}") for name in FIELDS},
        exclude={name: _typed(typed, f"{prefix}exclude.{name}") for name in FIELDS},
        delay_minutes=_typed(typed, f"{prefix}delay_minutes"),
        takes=not prefix or _typed(typed, f"{prefix}takes") == "true",
    )


def _typed(typed: Mapping[str, str], name: str) -> str:
    value = typed.get(name, "")
    return value.strip()[:_LONGEST_FIELD] if isinstance(value, str) else ""


def _write(terms: ArticleTerms) -> dict[str, str]:
    return {name: ", ".join(getattr(terms, name)) for name in FIELDS}


def _terms(own: TermFields) -> dict[str, Any]:
    return {side: {name: _split(text) for name, text in getattr(own, side).items()} for side in ("include", "exclude")}


def _split(text: str) -> list[str]:
    return [term.strip() for term in _SEPARATORS.split(text) if term.strip()]


def _number(written: str, default: int | None, refusal: Message = said.DELAY_MINUTES) -> int | None:
    if not written:
        return default
    if not (written.isascii() and written.isdigit() and len(written) < 9):
        raise Invalid(refusal)
    return int(written)


def _is_delay(written: str) -> bool:
    return not written or (written.isascii() and written.isdigit() and int(written[:9]) <= MOST_DELAY_MINUTES)
