"""URL properties: which media addresses the app has proven to be its own."""

from typing import Literal
from urllib.parse import SplitResult, urlsplit

from app.emulator.open_api.answers import ApiError
from app.emulator.world.ids import new_verification_token
from app.emulator.world.outbound import UNREACHABLE, is_address, is_loopback, open_client
from app.emulator.world.records import UrlProperty
from app.emulator.world.world import World

_VERIFY_TIMEOUT = 10.0


def check_media_url(world: World, url: str, *, field: str = "photo_images") -> None:
    """Refuse an address that TikTok would not pull from."""
    parts = _split(url, field)
    loopback = is_loopback(parts.hostname or "") and not world.settings.require_https_media
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise ApiError("invalid_param", f"{field}: {url} is not an https address")
    if is_address(parts.hostname or "") and not loopback:
        raise ApiError("invalid_param", f"{field}: {url} names an IP address, not a domain")
    if world.settings.ownership_required and not _is_owned(world, url):
        raise ApiError("url_ownership_unverified", f"The ownership of {url} is not verified.")


def describe_property(
    client_key: str, kind: Literal["prefix", "domain"], value: str, *, number: int = 1, verified: bool = False
) -> UrlProperty:
    """Make a property. Its token is the same at every start, so that a file that was published once stays right."""
    token = new_verification_token(client_key, kind, value)
    return UrlProperty(str(number), kind, value, token, verified=verified)


def check_property(kind: str, value: str) -> str | None:
    """Say what is wrong with the value of a new property."""
    try:
        parts = urlsplit(f"//{value}" if kind == "domain" else value)
        _ = parts.port  # reading it is what checks it
    except ValueError as error:
        return str(error)
    host = parts.hostname or ""
    is_named = bool(host) and (not is_address(host) or is_loopback(host))
    if kind == "domain":
        is_bare = "/" not in value and is_named
        return None if is_bare else "a domain has no scheme, no path, and is no IP address"
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        return "a prefix starts with https:// (http:// on loopback only)"
    if not is_named:
        return "a prefix names a domain, not an IP address"
    if not parts.path.endswith("/") or parts.query or parts.fragment:
        return "a prefix is scheme, host and path, and ends with /"
    return None


async def verify(world: World, owned: UrlProperty) -> str | None:
    """Fetch the file of a property and note the result; say what was wrong, if anything was."""
    owned.verified = False
    address = _file_address(owned)
    try:
        async with open_client(world, _VERIFY_TIMEOUT) as client:
            answer = await client.get(address)
    except UNREACHABLE as error:
        return f"{address}: {type(error).__name__} {error}"
    if answer.status_code != 200:
        return f"{address}: HTTP {answer.status_code}, not 200"
    if not answer.headers.get("content-type", "").startswith("text/"):
        return f"{address}: not served as text"
    if answer.text.rstrip("\r\n") != owned.file_content:
        return f"{address}: other content than asked for"
    owned.verified = True
    return None


def _file_address(owned: UrlProperty) -> str:
    if owned.kind == "prefix":
        return owned.value + owned.file_name
    host = urlsplit(f"//{owned.value}").hostname or ""
    return f"{'http' if is_loopback(host) else 'https'}://{owned.value}/{owned.file_name}"


def _is_owned(world: World, url: str) -> bool:
    return any(owned.verified and _covers(owned, url) for owned in world.properties.values())


def _covers(owned: UrlProperty, url: str) -> bool:
    if owned.kind == "prefix":
        # A path that climbs out of the prefix only looks as if it began with it.
        return url.startswith(owned.value) and "/../" not in url
    network = urlsplit(url).netloc.rpartition("@")[2].lower()
    return network == owned.value.lower() or network.endswith(f".{owned.value.lower()}")


def _split(url: str, field: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # reading it is what checks it
    except ValueError as error:
        raise ApiError("invalid_param", f"{field}: {url} is not an address") from error
    if not parts.hostname:
        raise ApiError("invalid_param", f"{field}: {url} is not an address")
    return parts
