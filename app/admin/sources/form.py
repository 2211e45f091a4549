"""The form of a CMS source: what is stored put into its fields, and what was typed as the articles understand it."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, Field

from app.articles.adapters import ADAPTERS
from app.articles.decode import read_model
from app.articles.models import Source
from app.articles.schemas import SourceCreate, SourceUpdate

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

    @classmethod
    def of(cls, source: Source) -> Self:
        """Fill the form with what is stored."""
        options = {name: value for name, value in source.options.items() if name in cls.model_fields}
        return cls(
            name=source.name, card_name=source.card_name, kind=source.kind, enabled=source.enabled, **options
        )  # fmt: skip

    @property
    def can_legacy(self) -> bool:
        """Whether this kind of source has the option."""
        return "legacy_signature" in _option_names(self.kind)

    def to_create(self) -> SourceCreate:
        """Give the new source. Raises Invalid."""
        return read_model(SourceCreate, {**self._common(self.kind), "kind": self.kind})

    def to_update(self, kind: str) -> SourceUpdate:
        """Give the change of a source of this kind. Raises Invalid."""
        return read_model(SourceUpdate, {**self._common(kind), "enabled": self.enabled})

    def _common(self, kind: str) -> dict[str, Any]:
        options = {name: getattr(self, name) for name in _option_names(kind) if name in type(self).model_fields}
        return {"name": self.name, "card_name": self.card_name, "options": options}


def _option_names(kind: str) -> list[str]:
    """An unknown kind has none, and is refused where the source is made."""
    return list(ADAPTERS[kind].OPTIONS.model_fields) if kind in ADAPTERS else []
