"""The address of a post on TikTok, as a person has copied it: believed only where it is a post of this very account.

A short link (vm.tiktok.com, vt.tiktok.com, /t/…) names neither account nor post until TikTok is asked, so it is refused
with the cure: open it, and copy the address that the browser then shows.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from app.errors import Invalid
from app.messages import post_refusals

_HOST = re.compile(r"(?:[a-z0-9-]+\.)?tiktok\.com")
_SHORT_HOSTS = frozenset({"vm.tiktok.com", "vt.tiktok.com"})
_SHORT_PATH = re.compile(r"/t/[^/]+/?")
_POST = re.compile(r"/@(?P<name>[^/@]{1,64})/(?P<kind>video|photo)/(?P<id>[0-9]{5,25})/?")
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class PostLink:
    """A post's public address in TikTok's own form, and its id."""

    url: str
    post_id: str


def read_post_link(url: str, username: str) -> PostLink:
    """Read an address. Where the account's name is not known here, TikTok's address is believed. Raises Invalid."""
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise Invalid(post_refusals.NOT_TIKTOK, code="not_tiktok") from None
    if _HOST.fullmatch(host) is None or parts.username is not None or port not in {None, _PORTS.get(parts.scheme)}:
        raise Invalid(post_refusals.NOT_TIKTOK, code="not_tiktok")
    path = unquote(parts.path)
    if host in _SHORT_HOSTS or _SHORT_PATH.fullmatch(path):
        raise Invalid(post_refusals.SHORT_LINK, code="short_link")
    found = _POST.fullmatch(path)
    if found is None:
        raise Invalid(post_refusals.NO_POST_LINK, code="no_post_link")
    name, own = found["name"], username.removeprefix("@")
    if own and name.casefold() != own.casefold():
        raise Invalid(
            post_refusals.foreign_post_link(other=name, own=own),
            code="foreign_post_link",
        )
    return PostLink(f"https://www.tiktok.com/@{own or name}/{found['kind']}/{found['id']}", found["id"])
