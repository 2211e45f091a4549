"""The address to which a video's bytes go: who may name one, and who must not see it."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

import httpx

from app.kit.redact import hide


def hide_upload_url(upload_url: str) -> None:
    """Keep an upload address out of every log: who knows it may put any video into the post."""
    hide(upload_url)
    try:
        query = urlsplit(upload_url).query
        hide(query, str(httpx.URL(upload_url)))
    except (ValueError, httpx.InvalidURL):
        return


def is_upload_address(upload_url: str, api_base_url: str) -> bool:
    """Tell whether a video may go there: TikTok's hosts by TLS, or the very machine that plays TikTok.

    The hosts vary by region (open-upload.tiktokapis.com, upload.us.tiktokapis.com), so none is required by name.
    """
    try:
        parts, api = urlsplit(upload_url), urlsplit(api_base_url)
        _ = parts.port  # reading it is what checks it
    except ValueError:
        return False
    if not parts.hostname or parts.username is not None or not upload_url.isascii() or not upload_url.isprintable():
        return False
    if (parts.scheme, parts.hostname) == (api.scheme, api.hostname):
        return True
    if parts.scheme == "https":
        return not _is_local(parts) and not _is_ip(parts)
    return parts.scheme == "http" == api.scheme and _is_local(parts) and _is_local(api)


def _is_ip(parts: SplitResult) -> bool:
    try:
        ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        return False
    return True


def _is_local(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return _is_ip(parts) and ipaddress.ip_address(host).is_loopback
