"""Where the Business API is: the host, with or without the path, and what the sandbox lacks."""

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from app.kit.loopback import is_loopback

PRODUCTION = "https://business-api.tiktok.com"
_ROOT = "/open_api"

# The sandbox has some two dozen endpoints [business-api.md 1.1]; whatever is not among these it refuses.
_IN_SANDBOX = frozenset(
    {f"{family}/{verb}/" for family in ("campaign", "adgroup", "ad") for verb in ("create", "get", "update")}
    | {f"{family}/status/update/" for family in ("campaign", "adgroup", "ad")}
    | {f"file/{kind}/ad/upload/" for kind in ("image", "video")}
    | {"report/integrated/get/", "user/info/", "term/get/", "term/check/", "term/confirm/"}
    | {"identity/create/", "identity/get/", "identity/delete/"}
)


class AddressUnusable(ValueError):
    """No address at which the Business API could be."""


@dataclass(frozen=True, slots=True)
class ApiAddress:
    """The API's address, taken apart: `origin` is scheme, host and port."""

    origin: str
    version: str

    @property
    def base(self) -> str:
        """What an endpoint's path is put behind."""
        return f"{self.origin}{_ROOT}/{self.version}/"

    @property
    def is_sandbox(self) -> bool:
        return (urlsplit(self.origin).hostname or "").startswith("sandbox")

    def has(self, endpoint: str) -> bool:
        """Tell whether this host has the endpoint, as far as the documents say."""
        return not self.is_sandbox or endpoint in _IN_SANDBOX

    @property
    def portal(self) -> str:
        """Where an advertiser consents."""
        return f"{self.origin}/portal/auth"


@lru_cache(maxsize=64)
def read_address(url: str, version: str = "v1.3") -> ApiAddress:
    """Take an address apart: `https://host`, with or without `/open_api` and `/v1.3`, with or without a slash.

    A version in the address that is not `version` is an error: it would be unclear which was meant.
    """
    parts = urlsplit(url.strip())
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise AddressUnusable("its port is no number") from None
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment or "@" in parts.netloc:
        raise AddressUnusable(f"it must be an address like {PRODUCTION}")
    if parts.scheme == "http" and not is_loopback(host):
        raise AddressUnusable("it must use https; plain http is for loopback addresses only")
    names = [name for name in parts.path.split("/") if name]
    if names not in ([], ["open_api"], ["open_api", version]):
        raise AddressUnusable(f"its path must be empty, /open_api or /open_api/{version}")
    place = f"[{host}]" if ":" in host else host
    return ApiAddress(f"{parts.scheme}://{place}{f':{port}' if port else ''}", version)
