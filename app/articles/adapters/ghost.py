"""Ghost 5 and 6: the webhooks of its custom integrations, as recorded from 6.65.0 (November 2026)."""

import hashlib
import hmac
import re
import secrets as randomness
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator

from app.articles.adapters import fields, pictures
from app.articles.adapters.base import (
    NO_HEADERS,
    ArticleDraft,
    EventKind,
    IgnoredDelivery,
    ParsedDelivery,
    SignatureRefused,
    SourceOptions,
    Traits,
    Verified,
    check_freshness,
)
from app.articles.adapters.ghost_body import Change, read_change
from app.articles.adapters.ghost_cards import PAYWALL, OpenPart, open_part
from app.articles.decode import read_model
from app.kit.html_text import first_paragraphs
from app.kit.sentences import whole_sentences
from app.kit.text import cut, utf16_len
from app.messages.translator import N_


class GhostOptions(SourceOptions):
    """`legacy_signature` accepts Ghost before 5.87.1, which did not sign the time: its deliveries can be replayed."""

    legacy_signature: bool = False


NAME = "ghost"
OPTIONS: type[SourceOptions] = GhostOptions
# Every revision of a post comes along with it: 962 kB of text were 12 MB after some edits.
MAX_BODY_BYTES = 50 * 1024 * 1024
TRAITS = Traits(
    label=N_("Ghost"),
    summary=N_("Webhooks of Ghost: which events, and what is used of an article."),
    recipe=(
        N_("In Ghost, open Settings, Advanced, Integrations, and add a custom integration."),
        N_(
            "Add a webhook for each of these events: Post published, Published post updated, Post unpublished, Post"
            " deleted."
        ),
        N_("Paste the address above as target URL, and the secret of this source as secret."),
        N_("Ghost waits two seconds and sends nothing twice: this server must be reachable when an article goes out."),
    ),
)

_SIGNATURE = re.compile(rb"sha256=([0-9a-f]{64}), t=([0-9]{1,13})")
_WITHDRAWN = frozenset({"post.unpublished", "post.deleted"})
# ghost/core/core/server/services/… `plaintext.substring(0, 500)`: JavaScript counts UTF-16 units.
_AUTOMATIC_UNITS = 500
_OPENING_UNITS = 500
_LOOKED_AT = 2_000


def make_secret() -> str:
    """Make a secret; Ghost takes any text."""
    return randomness.token_urlsafe(32)


def is_signed(headers: Mapping[str, str]) -> bool:
    """Tell whether the headers could be those of a signed delivery, before anybody reads its body."""
    return _SIGNATURE.fullmatch(headers.get("x-ghost-signature", "").encode("latin-1", "replace")) is not None


def verify(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime, options: SourceOptions
) -> Verified:
    """Check the signature over the raw bytes and the time that follows them, without a separator."""
    header = _SIGNATURE.fullmatch(headers.get("x-ghost-signature", "").encode("latin-1", "replace"))
    offered, stamp = (header[1], header[2]) if header else (b"", b"0")
    expected = [_signature(secret, body, stamp) for secret in secrets]
    if isinstance(options, GhostOptions) and options.legacy_signature:
        expected += [_signature(secret, body, b"") for secret in secrets]
    if not any(hmac.compare_digest(signature, offered) for signature in expected):
        raise SignatureRefused
    check_freshness(int(stamp) / 1000, now)
    return Verified(None, datetime.fromtimestamp(int(stamp) / 1000, UTC))


def _signature(secret: str, body: bytes, stamp: bytes) -> bytes:
    if not secret:
        raise SignatureRefused
    mac = hmac.new(secret.encode(), body, hashlib.sha256)
    mac.update(stamp)
    return mac.hexdigest().encode()


def _text_or_empty(value: object) -> object:
    return value if isinstance(value, str) else ""


def _dicts_only(value: object) -> object:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


# Ghost is not to blame for a field that another version writes otherwise: only the id is indispensable.
Text = Annotated[str, BeforeValidator(_text_or_empty)]


class _Tag(BaseModel):
    name: Text = ""
    visibility: Text = "public"


class _Author(BaseModel):
    name: Text = ""


class _Post(BaseModel):
    id: Annotated[str, BeforeValidator(fields.external_id)]
    title: Text = ""
    url: Text = ""
    html: Text = ""
    plaintext: Text = ""
    excerpt: Text = ""
    custom_excerpt: Text = ""
    feature_image: Text = ""
    feature_image_alt: Text = ""
    status: Text = ""
    visibility: Text = ""
    email_only: Any = False
    tags: Annotated[list[_Tag], BeforeValidator(_dicts_only)] = []
    authors: Annotated[list[_Author], BeforeValidator(_dicts_only)] = []
    primary_tag: Any = None
    updated_at: Any = None
    published_at: Any = None

    @property
    def is_public(self) -> bool:
        return self.visibility in {"", "public"}


def parse(
    body: bytes, options: SourceOptions, _headers: Mapping[str, str] = NO_HEADERS
) -> ParsedDelivery | IgnoredDelivery:
    """Read the post. Of a deleted one `current` is empty and all that was stands in `previous`."""
    change = read_change(body)
    event = change.event
    if event and not event.startswith("post."):
        return IgnoredDelivery(event, "only posts are of use here")
    at = "post.current" if change.current else "post.previous"
    post = read_model(_Post, change.current or change.previous, at=at)
    if change.current and post.status == "published" and event not in _WITHDRAWN:
        return _live(change, post, options)
    # Editing a draft or scheduling a post says as much about an article that we know, and nothing about any other.
    was_live = not change.current or event in _WITHDRAWN or change.previous.get("status") == "published"
    return _delivery(EventKind.unpublished, event, post, options, only_if_known=not was_live)


def _live(change: Change, post: _Post, options: SourceOptions) -> ParsedDelivery | IgnoredDelivery:
    event = change.event
    if post.email_only is True or post.email_only == 1:
        return IgnoredDelivery(event, "the post goes out by e-mail only")
    if post.url.rstrip("/").endswith("/404"):
        return IgnoredDelivery(event, "the post has no public page")
    # Ghost tells one publishing several times, and before 6 without the event's name: what changed tells it as well.
    is_added = event in {"", "post.added"} and not change.has_previous
    is_new = event == "post.published" or "status" in change.previous or is_added
    return _delivery(EventKind.published if is_new else EventKind.updated, event, post, options)


def _delivery(
    kind: EventKind, event: str, post: _Post, options: SourceOptions, *, only_if_known: bool = False
) -> ParsedDelivery:
    revision = fields.find_moment(post.updated_at, options.zone)
    return ParsedDelivery(kind, event or kind.value, post.id, _draft(post, options), revision, only_if_known)


def _draft(post: _Post, options: SourceOptions) -> ArticleDraft:
    url = fields.http_url(post.url) or ""
    part = _open_part(post)
    names = [tag.name for tag in post.tags if _is_public_tag(tag)]
    return ArticleDraft(
        url=url,
        title=fields.typed_line(post.title, fields.MAX_TITLE),
        excerpt=_excerpt(post, part),
        text=_text(post, part),
        language=options.language,
        category=_category(post, names) or options.category,
        tags=fields.tag_names(names, without=options.opt_in_tag, is_typed=True),
        authors=fields.people(author.name for author in post.authors),
        is_paywalled=not post.is_public,
        is_wanted=not options.opt_in_tag or fields.has_tag((tag.name for tag in post.tags), options.opt_in_tag),
        images=pictures.image_list(_images(post, part), url),
        published_at=fields.find_moment(post.published_at, options.zone),
    )


def _open_part(post: _Post) -> OpenPart:
    """Give what everyone may read; of a post for members that is what stands before the paywall, where there is one."""
    free, wall, _ = post.html.partition(PAYWALL)
    if post.is_public:
        return open_part(fields.readable_html(post.html))
    return replace(open_part(fields.readable_html(free if wall else "")), pictures="", is_whole=False)


def _is_public_tag(tag: _Tag) -> bool:
    return tag.visibility == "public" and not tag.name.startswith("#")


def _category(post: _Post, public_names: list[str]) -> str:
    primary = post.primary_tag.get("name") if isinstance(post.primary_tag, dict) else None
    chosen = primary if isinstance(primary, str) and primary in public_names else next(iter(public_names), "")
    return fields.typed_line(chosen, fields.MAX_NAME)


def _text(post: _Post, part: OpenPart) -> str:
    if not post.is_public:
        return ""
    if part.is_whole and post.plaintext:
        return fields.typed_lines(post.plaintext, fields.MAX_TEXT)
    return fields.text_of(part.text)


def _excerpt(post: _Post, part: OpenPart) -> str:
    """Give the teaser that an editor wrote, else the article's opening.

    Ghost makes the excerpt that nobody wrote from the first 500 characters of the whole text, cut anywhere.
    """
    if written := fields.typed_lines(post.custom_excerpt, fields.MAX_EXCERPT):
        return written
    excerpt, is_opening, is_cut = fields.typed_lines(post.excerpt, fields.MAX_EXCERPT), *_compare(post)
    if excerpt and not is_cut and (part.is_whole or not (is_opening or post.is_public)):
        return excerpt
    if part.text or not part.is_whole:
        return first_paragraphs(part.text, _OPENING_UNITS) if part.text else ""
    # Whatever it ends with is no sentence.
    return whole_sentences(excerpt, utf16_len(excerpt) - 1) or cut(excerpt, utf16_len(excerpt) - 1)


def _compare(post: _Post) -> tuple[bool, bool]:
    """Tell whether the excerpt is the text's beginning, and whether it ends before the text does."""
    excerpt, text = (" ".join(value[:_LOOKED_AT].split()) for value in (post.excerpt, post.plaintext))
    is_opening = text.startswith(excerpt)
    is_long = utf16_len(post.excerpt) >= _AUTOMATIC_UNITS - 1  # half of an emoji at its end may be gone
    return is_opening, is_long or (is_opening and len(text) > len(excerpt))


def _images(post: _Post, part: OpenPart) -> list[tuple[str, str]]:
    cover = [(post.feature_image, post.feature_image_alt)] if post.feature_image else []
    return cover + pictures.images_in(part.pictures)
