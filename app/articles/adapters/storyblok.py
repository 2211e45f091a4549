"""Storyblok: thin webhooks of stories, by its documents; the story itself is asked for."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from time import time
from typing import Any
from urllib.parse import quote, urlencode

from app.articles.adapters import fields
from app.articles.adapters.base import (
    NO_HEADERS,
    EventKind,
    Fetch,
    IgnoredDelivery,
    Lookup,
    ParsedDelivery,
    Question,
    SourceOptions,
    ThinDelivery,
    Traits,
    Verified,
)
from app.articles.adapters.bearer import has_bearer, make_token
from app.articles.adapters.entries import draft_of
from app.articles.adapters.entry_options import FetchedOptions, FieldMap, is_article
from app.articles.adapters.signing import verify_mac_or_bearer
from app.articles.decode import decode_object
from app.errors import Invalid
from app.messages import refusals
from app.messages.translator import N_

NAME = "storyblok"
OPTIONS: type[SourceOptions] = FetchedOptions
MAX_BODY_BYTES = 1024 * 1024

_SIGNATURE = "webhook-signature"
_API = "https://api.storyblok.com"
_KINDS = {
    "published": EventKind.published,
    "unpublished": EventKind.unpublished,
    "deleted": EventKind.unpublished,
}
_USUAL: FieldMap = {
    "title": ["title", "headline", "story_name"],
    "excerpt": ["excerpt", "teaser", "intro", "description", "summary", "lead"],
    "text": ["body", "content", "text", "long_text", "article"],
    "images": ["image", "cover", "featured_image", "thumbnail", "gallery", "images"],
    "video": ["video"],
    "category": ["category", "section", "categories"],
    "authors": ["authors", "author"],
    "tags": ["tags", "tag_list"],
    "url": ["url", "canonical_url"],
    "language": ["story_lang"],
    "published_at": ["published_at", "first_published_at", "story_published_at"],
    "breaking": ["breaking"],
}


def make_secret() -> str:
    """Make a secret; Storyblok takes any text."""
    return make_token()


def is_signed(headers: Mapping[str, str]) -> bool:
    """Tell whether the request could be a signed delivery, before anybody reads its body."""
    return _SIGNATURE in headers or has_bearer(headers)


def verify(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime, _options: SourceOptions
) -> Verified:
    """Check the signature of the raw bytes, or the secret in the address where the plan has no signatures."""
    return verify_mac_or_bearer(
        headers, _SIGNATURE, body, secrets, now, hashlib.sha1, lambda digest: digest.hex().encode()
    )


def parse(
    body: bytes, _options: SourceOptions, _headers: Mapping[str, str] = NO_HEADERS
) -> ParsedDelivery | IgnoredDelivery | ThinDelivery:
    """Read which story it is. Some installations write `story.published` for `published`."""
    document = decode_object(body)
    action = document.get("action")
    if not isinstance(action, str) or not action:
        raise Invalid(refusals.EVENT_REQUIRED)
    kind = _KINDS.get(action.removeprefix("story."))
    if kind is None or "story_id" not in document:
        return IgnoredDelivery(action[:64], "only stories that go out are of use here")
    try:
        key = fields.external_id(document["story_id"])[:100]
    except ValueError:
        raise Invalid(refusals.ENTRY_ID_REQUIRED) from None
    if kind is EventKind.unpublished:
        draft = draft_of({}, FetchedOptions(), _USUAL)
        return ParsedDelivery(kind, action[:64], key, draft, only_if_known=True)
    return ThinDelivery(action[:64], [Lookup(key, {"id": key})])


def ask(named: Mapping[str, str], options: SourceOptions, token: str) -> Question:
    """Ask for the published story, past what the content network remembers of it."""
    assert isinstance(options, FetchedOptions)
    if not token:
        raise Invalid(refusals.READ_TOKEN_REQUIRED)
    query = urlencode({"token": token, "version": "published", "cv": int(time())})
    base = (options.api_url or _API).rstrip("/")
    return Question(f"{base}/v2/cdn/stories/{quote(named['id'], safe='')}?{query}")


def read(
    answer: bytes | None, key: str, _named: Mapping[str, str], options: SourceOptions
) -> ParsedDelivery | IgnoredDelivery | None:
    """Read the story. One that was published a moment ago may not be there yet."""
    if answer is None:
        return None
    assert isinstance(options, FetchedOptions)
    story = decode_object(answer).get("story")
    content = story.get("content") if isinstance(story, dict) else None
    if not isinstance(story, dict) or not isinstance(content, dict):
        raise Invalid(refusals.ENTRY_REQUIRED)
    component = content.get("component")
    if isinstance(component, str) and not is_article(options, component):
        return IgnoredDelivery("story", f"{component[:60]} is none of the source's kinds of articles")
    own = {f"story_{name}": story.get(name) for name in ("name", "published_at", "first_published_at")}
    lang = story.get("lang")
    entry: dict[str, Any] = {
        **{name: story.get(name) for name in ("slug", "full_slug", "tag_list", "id", "uuid")},
        **content,
        **own,
        "story_published_at": story.get("first_published_at") or story.get("published_at"),
        "story_lang": None if lang == "default" else lang,
    }
    revision = fields.find_moment(story.get("published_at"), options.zone)
    return ParsedDelivery(EventKind.published, "story", key, draft_of(entry, options, _USUAL), revision)


TRAITS = Traits(
    label=N_("Storyblok"),
    summary=N_("Webhooks of stories, the token to read them with, and which field is what."),
    recipe=(
        N_("In Storyblok, open Settings, Webhooks, and add a webhook with the address above as endpoint."),
        N_("Tick the story's events published, unpublished and deleted, and paste the secret of this source."),
        N_("Make a public access token under Settings, Access Tokens, and give it below."),
    ),
    fetch=Fetch(ask, read),
)
