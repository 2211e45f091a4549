"""WordPress: our own plugin, WP Webhooks (recorded from 3.3.1), WordPress.com's webhooks.

Our plugin (`public/wordpress/newsreel`) signs by Standard Webhooks, and sends a post as WP Webhooks would, in `data`.
"""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from pydantic import Field

from app.articles.adapters import fields, generic, standard_webhooks
from app.articles.adapters.base import (
    NO_HEADERS,
    ArticleDraft,
    EventKind,
    IgnoredDelivery,
    ParsedDelivery,
    SourceOptions,
    Traits,
    Verified,
)
from app.articles.adapters.bearer import has_bearer
from app.articles.adapters.entries import draft_of
from app.articles.adapters.entry_options import FieldMap, ProvenOptions
from app.articles.adapters.for_tiktok import ForTikTok, lay_over
from app.articles.adapters.signing import verify_mac_or_bearer
from app.articles.adapters.wordpress_content import open_part
from app.articles.decode import FORM, decode_form, decode_object, read_model
from app.errors import Invalid
from app.messages import refusals
from app.messages.translator import N_


class WordPressOptions(ProvenOptions):
    """`content_types`: which kinds of content are articles, separated by commas: WordPress has its own for pages."""

    content_types: str = Field(default="post", max_length=1000)


NAME = "wordpress"
PLUGIN_PATH = "/newsreel-wordpress.zip"
OPTIONS: type[SourceOptions] = WordPressOptions
MAX_BODY_BYTES = 10 * 1024 * 1024
TRAITS = Traits(
    label=N_("WordPress"),
    summary=N_("Newsreel's own plugin for WordPress: how it is installed, and what is used of an article."),
    recipe=(
        N_("Download the plugin here, and install it in WordPress: Plugins, Add New, Upload Plugin, Activate."),
        N_("In WordPress open Settings, Newsreel, paste the address above and the secret of this source, and save."),
        N_("Press Send a test there: the answer says whether the address and the secret are right."),
        N_(
            "To see in WordPress what became of an article on TikTok, add a webhook on the notifications page, as the"
            " help says."
        ),
    ),
    takes_forms=True,
    plugin=PLUGIN_PATH,
)

_TEST = "newsreel.test"
_SIGNATURE = "x-wp-webhook-signature"
_TRIGGER = "x-wp-webhook-name"
_GONE = frozenset({"post_delete", "post_trash", "delete_post", "trash_post"})
_USUAL: FieldMap = {
    "title": ["post.post_title"],
    "excerpt": ["post.post_excerpt"],
    "text": ["content"],
    "images": ["post_thumbnail"],
    "category": ["category"],
    "authors": ["authors"],
    "tags": ["tags"],
    "url": ["post_permalink"],
    "language": ["language"],
    "published_at": ["published_at"],
}
# What the cover is called in the sizes that WordPress makes of it.
_SIZE = re.compile(r"(?:-scaled|-\d{2,5}x\d{2,5})(?=\.\w{2,5}$)")


def make_secret() -> str:
    """Make a secret. The plugin takes any text, Standard Webhooks only its own form."""
    return standard_webhooks.make_secret()


def is_signed(headers: Mapping[str, str]) -> bool:
    """Tell whether the headers could be those of a signed delivery, before anybody reads its body."""
    return _SIGNATURE in headers or has_bearer(headers) or standard_webhooks.is_signed(headers)


def verify(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime, options: SourceOptions
) -> Verified:
    """Check WP Webhooks' signature of the raw bytes, that of Standard Webhooks, or the secret in the address."""
    if standard_webhooks.is_signed(headers):
        return standard_webhooks.verify(headers, body, secrets, now, options)
    return verify_mac_or_bearer(headers, _SIGNATURE, body, secrets, now, hashlib.sha256, base64.b64encode)


def parse(
    body: bytes, options: SourceOptions, headers: Mapping[str, str] = NO_HEADERS
) -> ParsedDelivery | IgnoredDelivery:
    """Read the post. The plugin's trigger stands in a header alone: a deletion's body is that of a publication."""
    is_form = headers.get("content-type", "").partition(";")[0].strip().lower() == FORM
    document = _from_form(decode_form(body)) if is_form else decode_object(body)
    data, action = document.get("data"), document.get("action")
    if isinstance(action, str) and "request_id" in document and "post" not in document:
        # Newspack tries fifteen times, and then switches off what refused it.
        return IgnoredDelivery(action[:64] or "newspack", "Newspack tells of readers and payments, not of articles")
    if "post" not in document and isinstance(data, dict):
        if document.get("type") == _TEST:
            return IgnoredDelivery(_TEST, "a test: the address and the secret are right")
        return (
            _of_plugin(document, data, options) if isinstance(data.get("post"), dict) else generic.parse(body, options)
        )
    return _read(document, options, headers.get(_TRIGGER, "") or fields.text_at(document, "hook"))


def _read(document: dict[str, Any], options: SourceOptions, trigger: str) -> ParsedDelivery | IgnoredDelivery:
    assert isinstance(options, WordPressOptions)
    post = document.get("post")
    if not isinstance(post, dict):
        raise Invalid(refusals.POST_REQUIRED)
    post_id = _post_id(document, post)
    before = document.get("post_before")
    kind_of = fields.text_at(post, "post_type") or "post"
    type_ = (trigger or "post")[:64]
    wanted = {name.strip().casefold() for name in options.content_types.split(",")} - {""}
    if wanted and kind_of.casefold() not in wanted:
        return IgnoredDelivery(type_, f"{kind_of[:60]} is none of the source's kinds of articles")
    was_live = isinstance(before, dict) and _is_public(before)
    draft = _draft(document, post, options)
    # A deletion leaves the time of the last change as it was: only the delivery's own tells that it came later.
    if trigger in _GONE:
        return ParsedDelivery(EventKind.unpublished, type_, post_id, draft, None, only_if_known=not _is_public(post))
    revision = _gmt(post, "post_modified")
    if not _is_public(post):
        return ParsedDelivery(EventKind.unpublished, type_, post_id, draft, revision, only_if_known=not was_live)
    return ParsedDelivery(EventKind.updated if was_live else EventKind.published, type_, post_id, draft, revision)


def _of_plugin(
    document: dict[str, Any], data: dict[str, Any], options: SourceOptions
) -> ParsedDelivery | IgnoredDelivery:
    """Read what our plugin sends: its clock is that of the event, and which contents are articles is its settings'."""
    assert isinstance(options, WordPressOptions)
    type_ = document.get("type")
    kind = generic.KINDS.get(type_) if isinstance(type_, str) else None
    if kind is None:
        return IgnoredDelivery(str(type_)[:64], f"only {', '.join(generic.KINDS)} are of use here")
    post = data["post"]
    if not _is_public(post):
        kind = EventKind.unpublished
    said_at = fields.find_moment(document.get("timestamp"), UTC)
    decided = data.get("tiktok")
    draft = _draft(data, post, options)
    if isinstance(decided, dict):
        draft = lay_over(draft, read_model(ForTikTok, decided, at="data.tiktok"))
    is_end = kind is EventKind.unpublished
    return ParsedDelivery(kind, str(type_), _post_id(data, post), draft, said_at, only_if_known=is_end)


def _post_id(document: dict[str, Any], post: dict[str, Any]) -> str:
    try:
        return fields.first_id(document.get("post_id"), post.get("ID"))
    except ValueError:
        raise Invalid(refusals.POST_ID_REQUIRED) from None


def _is_public(post: dict[str, Any]) -> bool:
    return post.get("post_status") == "publish" and not post.get("post_password")


def _draft(document: dict[str, Any], post: dict[str, Any], options: WordPressOptions) -> ArticleDraft:
    part = open_part(fields.readable_html(fields.text_at(post, "post_content")))
    terms = document.get("taxonomies")
    taxonomies: dict[str, Any] = terms if isinstance(terms, dict) else {}
    # WordPress.com's forms have the site's own time alone.
    published_at = _gmt(post, "post_date") or _real(fields.find_moment(post.get("post_date"), options.zone))
    entry = {
        **document,
        "content": part.markup,
        "category": document.get("category") or _category(document, taxonomies),
        "tags": document.get("tags") or _names(taxonomies.get("post_tag")),
        # Polylang keeps a post's language as a taxonomy.
        "language": next(iter(_slugs(taxonomies.get("language"))), "") or fields.text_at(document, "language"),
        "published_at": published_at.isoformat() if published_at else None,
    }
    draft = draft_of(entry, options, _USUAL, is_typed=False)
    return replace(draft, is_paywalled=part.is_gated, images=_once(draft.images))


def _once(images: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out the cover's smaller copies in the text."""
    seen: dict[str, dict[str, Any]] = {}
    for image in images:
        key = _SIZE.sub("", image["url"].partition("?")[0])
        known = seen.setdefault(key, image)
        if not known.get("alt") and image.get("alt"):
            known["alt"] = image["alt"]
    return list(seen.values())


def _category(document: dict[str, Any], taxonomies: dict[str, Any]) -> str:
    """Give the main category: the one that Yoast SEO calls so, else the first that says something."""
    terms = _terms(taxonomies.get("category"))
    meta = document.get("post_meta")
    chosen = meta.get("_yoast_wpseo_primary_category") if isinstance(meta, dict) else None
    wanted = str(chosen[0] if isinstance(chosen, list) and chosen else chosen)[:20]
    named = [term for term in terms if str(term.get("term_id"))[:20] == wanted]
    telling = [term for term in terms if term.get("slug") != "uncategorized"]
    return next(filter(None, (fields.text_at(term, "name") for term in [*named, *telling])), "")


def _terms(taxonomy: Any) -> list[dict[str, Any]]:
    """Give a taxonomy's terms; PHP writes one that is empty as a list."""
    values = taxonomy.values() if isinstance(taxonomy, dict) else taxonomy if isinstance(taxonomy, list) else ()
    return [term for term in values if isinstance(term, dict)]


def _names(taxonomy: Any) -> list[str]:
    return [fields.text_at(term, "name") for term in _terms(taxonomy)]


def _slugs(taxonomy: Any) -> list[str]:
    return [unquote(slug) for term in _terms(taxonomy) if (slug := fields.text_at(term, "slug"))]


def _gmt(post: dict[str, Any], name: str) -> datetime | None:
    """Read a time in UTC. A draft's is all zeros."""
    return _real(fields.find_moment(post.get(f"{name}_gmt"), UTC))


def _real(moment: datetime | None) -> datetime | None:
    return moment if moment is not None and moment.year > 1970 else None


def _from_form(form: dict[str, Any]) -> dict[str, Any]:
    """Give what WordPress.com posts as a form the shape of the plugin's document."""
    post = {"post_status": "publish", **form}
    return {
        "hook": form.get("hook", ""),
        "post_id": form.get("ID", ""),
        "post": post,
        "post_permalink": form.get("post_url") or form.get("guid") or "",
        "post_thumbnail": form.get("post_thumbnail") or "",
        "category": form.get("post_category") or "",
        "tags": form.get("post_tags") or form.get("tags_input") or "",
    }
