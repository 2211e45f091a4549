"""Arc XP's ANS, as an integration there sends the events that it gets: `story:first-publish`, `story:update`, …

Arc sends no webhooks of its own; the integration signs by Standard Webhooks: this is a second language of the generic
source (dev.arcxp.com/integrations/events, seen November 2026).
"""

from collections.abc import Mapping
from typing import Any

from app.articles.adapters import fields
from app.articles.adapters.base import EventKind, IgnoredDelivery, ParsedDelivery, SourceOptions
from app.articles.adapters.entries import draft_of
from app.articles.adapters.entry_options import EntryOptions, FieldMap
from app.errors import Invalid
from app.messages import refusals

_PREFIX = "story:"
_KINDS = {
    "story:first-publish": EventKind.published,
    "story:publish": EventKind.published,
    "story:republish": EventKind.updated,
    "story:update": EventKind.updated,
    "story:unpublish": EventKind.unpublished,
    "story:delete": EventKind.unpublished,
}
_USUAL: FieldMap = {
    "title": ["headlines.basic", "headlines.web"],
    "excerpt": ["description.basic", "subheadlines.basic"],
    "text": ["text"],
    "images": ["promo_items.basic", "pictures"],
    "category": ["taxonomy.primary_section.name", "taxonomy.sections"],
    "tags": ["taxonomy.tags.text"],
    "authors": ["credits.by.name"],
    "url": ["address"],
    "language": ["language"],
    "published_at": ["first_publish_date", "display_date", "publish_date"],
}
_TEXTS = frozenset({"text", "header", "raw_html"})
_MOST_PARTS = 2_000


def is_ans(document: Mapping[str, Any]) -> bool:
    """Tell whether this is an event of Arc's: `{"key": "story:…", "body": {ANS}}`."""
    return str(document.get("key", "")).startswith(_PREFIX) and isinstance(document.get("body"), dict)


def parse_ans(document: Mapping[str, Any], options: SourceOptions) -> ParsedDelivery | IgnoredDelivery:
    """Read an event of Arc's. Raises Invalid."""
    key, story = str(document["key"]), document["body"]
    if key not in _KINDS:
        return IgnoredDelivery(key[:64], f"only {', '.join(_KINDS)} are of use here")
    try:
        external_id = fields.external_id(story.get("_id") or document.get("uuid"))
    except ValueError as error:
        raise Invalid(refusals.GUID_REQUIRED) from error
    own = {name: getattr(options, name) for name in SourceOptions.model_fields}
    draft = draft_of(_as_entry(story), EntryOptions(**own), _USUAL, is_typed=False)
    revision = fields.find_moment(story.get("last_updated_date"), options.zone)
    return ParsedDelivery(_KINDS[key], key, external_id, draft, revision)


def _as_entry(story: Mapping[str, Any]) -> dict[str, Any]:
    """Put the text and the pictures, which ANS tells part by part, where a field map finds them."""
    elements = story.get("content_elements")
    parts = [one for one in elements[:_MOST_PARTS] if isinstance(one, dict)] if isinstance(elements, list) else []
    paragraphs = [
        content if one.get("type") == "raw_html" else f"<p>{content}</p>"
        for one in parts
        if str(one.get("type")) in _TEXTS and isinstance(content := one.get("content"), str)
    ]
    pictures = [{"url": one["url"], "alt": one.get("alt_text") or one.get("caption") or ""} for one in parts
                if one.get("type") == "image" and isinstance(one.get("url"), str)]  # fmt: skip
    return {**story, "text": "".join(paragraphs), "pictures": pictures, "address": _address(story)}


def _address(story: Mapping[str, Any]) -> str:
    """Give the article's address where it is told in full; ANS often has no more than its path."""
    sites = story.get("_website_urls")
    told = [story.get("canonical_url"), *(sites if isinstance(sites, list) else [])]
    return next((one for one in told if isinstance(one, str) and fields.http_url(one)), "")
