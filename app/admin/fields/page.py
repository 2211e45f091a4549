"""The page of a source's field map: which field is what, with a real delivery as the map reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from app.articles.adapters.entry_options import Name
from app.articles.deliveries.look import Look, has_field_map, look_at_newest
from app.articles.models import Source
from app.articles.sources import get_source
from app.errors import NotFound
from app.messages import refusals
from app.messages.translator import N_
from app.resources import Resources

NAMES: Sequence[str] = get_args(Name)
LABELS: Mapping[str, str] = {
    "title": N_("Title"),
    "excerpt": N_("Summary"),
    "text": N_("Text"),
    "images": N_("Pictures"),
    "video": N_("Video"),
    "category": N_("Category"),
    "tags": N_("Tags"),
    "authors": N_("Authors"),
    "url": N_("Address of the article"),
    "language": N_("Language"),
    "published_at": N_("Time of publication"),
    "breaking": N_("Breaking news"),
}
_LONGEST_SHOWN = 400


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field: where it is looked for, and what is found there in the delivery."""

    name: str
    label: str
    places: str
    found: str


@dataclass(frozen=True, slots=True)
class FieldsPage:
    """Everything on the page. `look` None: no delivery tells of an article."""

    source: Source
    lines: Sequence[FieldLine]
    look: Look | None
    problem: str = ""


def path_of(source_id: str) -> str:
    """Where the page is."""
    return f"/admin/sources/{source_id}/fields"


def read_map(typed: Mapping[str, str]) -> dict[str, list[str]]:
    """Read what was typed: of each field its places, separated by commas."""
    return {name: places for name in NAMES if (places := _split(typed.get(name, "")))}


async def read_fields_page(
    resources: Resources, source_id: str, typed: Mapping[str, str] | None = None, problem: str = ""
) -> FieldsPage:
    """Collect the page; with `typed` it shows the delivery by that map. Raises NotFound or Invalid."""
    async with resources.read() as session:
        source = await get_source(session, source_id)
        if not has_field_map(source.kind):
            raise NotFound(refusals.NO_SOURCE, code="source_not_found")
        tried = None if typed is None or problem else read_map(typed)
        look = await look_at_newest(session, source, tried)
    stored: Mapping[str, Any] = source.options.get("field_map") or {}
    written = {name: ", ".join(stored.get(name, ())) for name in NAMES} if typed is None else typed
    lines = [FieldLine(name, LABELS[name], written.get(name, ""), _found(look, name)) for name in NAMES]
    return FieldsPage(source, lines, look, problem)


def _split(written: str) -> list[str]:
    return [place.strip() for place in written.split(",") if place.strip()]


def _found(look: Look | None, name: str) -> str:
    if look is None:
        return ""
    value: Any = getattr(look.draft, {"video": "video_url"}.get(name, name))
    if name == "images":
        value = [image["url"] for image in value]
    if isinstance(value, bool):
        return "✓" if value else ""
    if isinstance(value, list):
        value = ", ".join(value)
    text = str(value or "")
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN].rstrip()}…"
