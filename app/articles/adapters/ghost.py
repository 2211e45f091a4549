"""Ghost 5 and 6: the webhooks of its custom integrations, as recorded from 6.65.0 (November 2026)."""

import hashlib
import hmac
import re
import secrets as randomness
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator

from app.articles.adapters import fields
from app.articles.adapters.base import (
    ArticleDraft,
    EventKind,
    IgnoredDelivery,
    ParsedDelivery,
    SignatureRefused,
    SourceOptions,
    Verified,
    check_freshness,
)
from app.articles.decode import decode_object, read_model
from app.errors import Invalid


class GhostOptions(SourceOptions):
    """`legacy_signature` accepts Ghost before 5.87.1, which did not sign the time: its deliveries can be replayed."""

    legacy_signature: bool = False


NAME = "ghost"
OPTIONS: type[SourceOptions] = GhostOptions

_SIGNATURE = re.compile(rb"sha256=([0-9a-f]{64}), t=([0-9]{1,13})")
_WITHDRAWN = frozenset({"post.unpublished", "post.deleted"})
_BOOKMARK = "kg-bookmark-card"
_FREE_PART_ENDS = "<!--members-only-->"


def make_secret() -> str:
    """Make a secret; Ghost takes any text."""
    return randomness.token_urlsafe(32)


def sign_ghost(secret: str, milliseconds: int, body: bytes) -> dict[str, str]:
    """Sign a delivery as Ghost does, and give the headers that go with it."""
    stamp = str(milliseconds)
    signature = _signature(secret, body, stamp.encode()).decode()
    return {"content-type": "application/json", "x-ghost-signature": f"sha256={signature}, t={stamp}"}


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
    primary_tag: Any = None
    updated_at: Any = None
    published_at: Any = None

    @property
    def is_public(self) -> bool:
        return self.visibility in {"", "public"}


def parse(body: bytes, options: SourceOptions) -> ParsedDelivery | IgnoredDelivery:
    """Read the post. Of a deleted one `current` is empty and all that was stands in `previous`."""
    document = decode_object(body)
    event = document.get("event") if isinstance(document.get("event"), str) else ""
    event = str(event)[:64]
    if event and not event.startswith("post."):
        return IgnoredDelivery(event, "only posts are of use here")
    envelope = document.get("post")
    if not isinstance(envelope, dict):
        raise Invalid("post: Field required")
    current, previous = (_object(envelope.get(key)) for key in ("current", "previous"))
    post = read_model(_Post, current or previous, at="post.current" if current else "post.previous")
    if current and post.status == "published" and event not in _WITHDRAWN:
        return _live(event, post, previous, options)
    # Editing a draft or scheduling a post says as much about an article that we know, and nothing about any other.
    was_live = not current or event in _WITHDRAWN or previous.get("status") == "published"
    return _delivery(EventKind.unpublished, event, post, options, only_if_known=not was_live)


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _live(
    event: str, post: _Post, previous: dict[str, Any], options: SourceOptions
) -> ParsedDelivery | IgnoredDelivery:
    if post.email_only is True or post.email_only == 1:
        return IgnoredDelivery(event, "the post goes out by e-mail only")
    if post.url.rstrip("/").endswith("/404"):
        return IgnoredDelivery(event, "the post has no public page")
    # Ghost tells one publishing several times, and before 6 without the event's name: what changed tells it as well.
    is_new = event == "post.published" or "status" in previous or (event in {"", "post.added"} and not previous)
    return _delivery(EventKind.published if is_new else EventKind.updated, event, post, options)


def _delivery(
    kind: EventKind, event: str, post: _Post, options: SourceOptions, *, only_if_known: bool = False
) -> ParsedDelivery:
    revision = fields.find_moment(post.updated_at)
    return ParsedDelivery(kind, event or kind.value, post.id, _draft(post, options), revision, only_if_known)


def _draft(post: _Post, options: SourceOptions) -> ArticleDraft:
    url = fields.http_url(post.url) or ""
    markup = fields.readable_html(post.html if post.is_public else "")
    names = [tag.name for tag in post.tags if _is_public_tag(tag)]
    return ArticleDraft(
        url=url,
        title=fields.one_line(post.title, fields.MAX_TITLE),
        excerpt=fields.many_lines(_excerpt(post), fields.MAX_EXCERPT) or fields.opening_of(markup),
        text=fields.many_lines(post.plaintext, fields.MAX_TEXT)
        if post.is_public and post.plaintext
        else fields.text_of(markup),
        language=options.language,
        category=_category(post, names) or options.category,
        tags=fields.tag_names(names, without=options.opt_in_tag),
        is_paywalled=not post.is_public,
        is_wanted=not options.opt_in_tag or fields.has_tag((tag.name for tag in post.tags), options.opt_in_tag),
        images=fields.image_list(_images(post, markup), url),
        published_at=fields.find_moment(post.published_at),
    )


def _is_public_tag(tag: _Tag) -> bool:
    return tag.visibility == "public" and not tag.name.startswith("#")


def _category(post: _Post, public_names: list[str]) -> str:
    primary = _object(post.primary_tag).get("name")
    chosen = primary if isinstance(primary, str) and primary in public_names else next(iter(public_names), "")
    return fields.one_line(chosen, fields.MAX_NAME)


def _excerpt(post: _Post) -> str:
    """Give what everyone may read.

    Ghost makes the excerpt that an editor did not write from the first 500 characters of the text, paid or not.
    """
    if post.custom_excerpt or post.is_public:
        return post.custom_excerpt or post.excerpt
    free, wall, _ = post.html.partition(_FREE_PART_ENDS)
    if wall:
        return fields.opening_of(fields.readable_html(free))
    is_cut_from_text = " ".join(post.plaintext.split()).startswith(" ".join(post.excerpt.split()))
    return "" if is_cut_from_text else post.excerpt


def _images(post: _Post, markup: str) -> list[tuple[str, str]]:
    cover = [(post.feature_image, post.feature_image_alt)] if post.feature_image else []
    return cover + fields.images_in(_without_bookmarks(markup))


def _without_bookmarks(markup: str) -> str:
    # A bookmark card shows another site's icon and picture, which are not the newsroom's to publish.
    kept: list[str] = []
    while True:
        before, card, after = markup.partition(_BOOKMARK)
        kept.append(before)
        if not card:
            return "".join(kept)
        markup = after.partition("</figure>")[2]
