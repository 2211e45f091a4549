"""The form of a CMS source: what is stored put into its fields, and what was typed as the articles understand it."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, Field

from app.articles.adapters import ADAPTERS
from app.articles.decode import read_model
from app.articles.feed_limits import MAX_AGE_HOURS, POLL_MINUTES
from app.articles.models import Source
from app.articles.models_feeds import SourceFeed
from app.articles.schemas import SourceCreate, SourceUpdate
from app.errors import Invalid
from app.messages import feeds
from app.messages import rules as rules_said
from app.messages.message import Message

_Short = Annotated[str, Field(max_length=2000)]


class SourceInput(BaseModel):
    """A CMS source. `kind` counts only when it is added; an unticked box is not sent."""

    name: _Short = ""
    card_name: _Short = ""
    kind: _Short = "generic"
    enabled: bool = False
    language: _Short = ""
    category: _Short = ""
    opt_in_tag: _Short = ""
    timezone: _Short = ""
    legacy_signature: bool = False
    public_key: _Short = ""
    site_url: _Short = ""
    article_url: _Short = ""
    content_types: _Short = ""
    field_map: Annotated[str, Field(max_length=10_000)] = ""
    locale: _Short = ""
    api_url: _Short = ""
    proof_site: _Short = ""
    read_token: Annotated[str, Field(max_length=4000)] = ""
    forget_token: bool = False
    feed_url: _Short | None = None
    poll_minutes: _Short = ""
    max_age_hours: _Short = ""

    @classmethod
    def of(cls, source: Source, feed: SourceFeed | None = None) -> Self:
        """Fill the form with what is stored."""
        known = ADAPTERS[source.kind].OPTIONS.model_fields if source.kind in ADAPTERS else {}
        defaults = {name: field.get_default() for name, field in known.items() if not field.default_factory}
        stored = {**defaults, **source.options, "field_map": _write_map(source.options.get("field_map"))}
        options = {name: value for name, value in stored.items() if name in cls.model_fields}
        of_feed = {
            "feed_url": feed.url if feed else "",
            "poll_minutes": str(feed.poll_minutes if feed else POLL_MINUTES),
            "max_age_hours": str(feed.max_age_hours if feed else MAX_AGE_HOURS),
        }
        return cls(
            name=source.name,
            card_name=source.card_name,
            kind=source.kind,
            enabled=source.enabled,
            **of_feed,
            **options,
        )

    @property
    def can_legacy(self) -> bool:
        """Whether this kind of source has the option."""
        return self.has_option("legacy_signature")

    def has_option(self, name: str) -> bool:
        """Tell whether this kind of source has an option."""
        return name in _option_names(self.kind)

    def to_create(self) -> SourceCreate:
        """Give the new source. Raises Invalid."""
        common = self._common(self.kind)
        # A form that does not show an option says nothing of it.
        given = {name: value for name, value in common["options"].items() if value}
        return read_model(SourceCreate, {**common, "kind": self.kind, "options": given})

    def to_update(self, kind: str) -> SourceUpdate:
        """Give the change of a source of this kind. Raises Invalid."""
        return read_model(SourceUpdate, {**self._common(kind), "enabled": self.enabled})

    def _common(self, kind: str) -> dict[str, Any]:
        options = {name: getattr(self, name) for name in _option_names(kind) if name in type(self).model_fields}
        if "field_map" in options:
            options["field_map"] = _read_map(self.field_map)
        token = "" if self.forget_token else self.read_token.strip() or None
        common = {"name": self.name, "card_name": self.card_name, "options": options, "read_token": token}
        return {**common, **self._feed()}

    def _feed(self) -> dict[str, Any]:
        """Give what is said of the feed. A form without the field says nothing, and one without an address ends it."""
        if not (self.feed_url or "").strip():
            return {} if self.feed_url is None else {"feed_url": ""}
        given: dict[str, Any] = {"feed_url": self.feed_url}
        if self.poll_minutes.strip():
            given["poll_minutes"] = _number(self.poll_minutes, feeds.POLL_MINUTES)
        if self.max_age_hours.strip():
            given["rules"] = {"max_age_hours": _number(self.max_age_hours, rules_said.MAX_AGE_HOURS)}
        return given


def _number(written: str, refusal: Message) -> int:
    written = written.strip()
    if not (written.isascii() and written.isdigit() and len(written) < 9):
        raise Invalid(refusal)
    return int(written)


def _write_map(field_map: Any) -> str:
    """Write a field map as people type it: one field a line, its places behind a colon."""
    pairs = field_map.items() if isinstance(field_map, dict) else ()
    return "\n".join(f"{name}: {', '.join(paths)}" for name, paths in pairs)


def _read_map(written: str) -> dict[str, list[str]]:
    """Read it again. What is no such line keeps its words, so that it is refused where the source is changed."""
    lines = [line.partition(":") for line in written.splitlines() if line.strip()]
    return {name.strip(): [path.strip() for path in paths.split(",") if path.strip()] for name, _, paths in lines}


def _option_names(kind: str) -> list[str]:
    """An unknown kind has none, and is refused where the source is made."""
    return list(ADAPTERS[kind].OPTIONS.model_fields) if kind in ADAPTERS else []


class RotateInput(BaseModel):
    """Whether the old secret dies at once."""

    revoke_old: bool = False
