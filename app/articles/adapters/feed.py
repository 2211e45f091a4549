"""A source without a webhook: all that it has is a feed, which `app/articles/feeds` polls."""

import secrets as randomness
from collections.abc import Mapping, Sequence
from datetime import datetime

from app.articles.adapters.base import (
    NO_HEADERS,
    IgnoredDelivery,
    SignatureRefused,
    SourceOptions,
    Traits,
    Verified,
)
from app.articles.decode import decode_object
from app.messages.translator import N_

NAME = "feed"
OPTIONS: type[SourceOptions] = SourceOptions
MAX_BODY_BYTES = 64 * 1024
TRAITS = Traits(
    label=N_("A feed (RSS, Atom, JSON Feed)"),
    summary=N_("RSS, Atom or JSON Feed, polled: for any site, and as a net beneath every webhook."),
    recipe=(
        N_("Find the address of the site's feed: often the site's address with /feed or /rss behind it."),
        N_("Paste it below as feed address. What stands in it when it is first read is known, and is not posted."),
        N_("Each new article is found at the next poll. Nothing is to be set up in the CMS."),
    ),
)


def make_secret() -> str:
    """Make a secret, which nobody uses."""
    return randomness.token_urlsafe(32)


def is_signed(_headers: Mapping[str, str]) -> bool:
    """Tell that nothing that is sent is awaited."""
    return False


def verify(
    _headers: Mapping[str, str], _body: bytes, _secrets: Sequence[str], _now: datetime, _options: SourceOptions
) -> Verified:
    """Refuse whatever is sent."""
    raise SignatureRefused


def parse(body: bytes, _options: SourceOptions, _headers: Mapping[str, str] = NO_HEADERS) -> IgnoredDelivery:
    """Make nothing of it. Raises BadRequest for what is no JSON."""
    decode_object(body)
    return IgnoredDelivery("feed", "the source is polled, and takes no deliveries")
