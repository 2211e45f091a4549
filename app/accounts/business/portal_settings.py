"""What the Business API's app must know of this installation: the address of our media, and where events go.

Both can be set by calls with the app's id and secret, so that nobody has to fill in a page of TikTok's portal.
"""

from dataclasses import dataclass

import structlog

from app.accounts.business.access import account_client, business_app, is_offered
from app.accounts.errors import NotConfigured, OwnershipNotProven
from app.accounts.models import AccountKind
from app.media.holds import ask_probe, media_prefix
from app.media.verification import save_verification_file
from app.messages import access
from app.resources import Resources
from app.tiktok_business.errors import BusinessError, BusinessRefused
from app.tiktok_business.properties import Properties, PropertyType, UrlProperty
from app.tiktok_business.sending import Patience

log = structlog.get_logger(__name__)

EVENTS_PATH = "/api/tiktok/webhook"
"""Where TikTok's events arrive; the same for both of its APIs."""
POSTS, COMMENTS = "VIDEO", "COMMENT"
"""The categories of events about an account's posts, photos too, and about the comments under them."""
_PATIENCE = Patience(caller="portal settings", deadline=30, turn=10)


@dataclass(frozen=True, slots=True)
class MediaProperty:
    """The address of our media, as TikTok knows it."""

    url: str
    is_verified: bool
    file_name: str = ""


async def read_media_property(app: Resources) -> MediaProperty:
    """Ask whether TikTok takes media from our address. Raises NotConfigured, BusinessError."""
    url = media_prefix(app.settings)
    known = [owned for owned in await _properties(app).list_properties(business_app(app)) if _covers(owned, url)]
    return MediaProperty(url, any(owned.is_verified for owned in known))


async def verify_media_property(app: Resources) -> MediaProperty:
    """Name our media's address to TikTok, lay out the file that it asks for, and let TikTok look for it.

    May be repeated. Raises NotConfigured, OwnershipNotProven where TikTok does not find the file, BusinessError.
    """
    url, credentials = media_prefix(app.settings), business_app(app)
    properties = _properties(app)
    owned = await properties.add(credentials, url, PropertyType.prefix)
    if owned.is_verified:
        await _let_ask(app)
        return MediaProperty(url, is_verified=True)
    async with app.transaction() as session:
        await save_verification_file(session, owned.file_name, owned.signature)
    try:
        owned = await properties.verify(credentials, url, PropertyType.prefix)
    except BusinessRefused as error:
        log.warning("ownership_not_proven", code=error.tiktok_code, request_id=error.request_id)
        raise OwnershipNotProven from error
    await _let_ask(app)
    return MediaProperty(url, owned.is_verified, owned.file_name)


async def _let_ask(app: Resources) -> None:
    """Posts may be held for want of this; one of them now asks whether they still need to be."""
    async with app.transaction() as session:
        await ask_probe(session, AccountKind.business)


def events_address(app: Resources) -> str:
    """Where TikTok's events reach us."""
    return f"{app.settings.public_url}{EVENTS_PATH}"


async def find_events_address(app: Resources, category: str = POSTS) -> str:
    """Ask where events of a category go; empty: nowhere. Raises NotConfigured, BusinessError."""
    return await _properties(app).find_webhook(business_app(app), category)


async def send_events_here(app: Resources) -> bool:
    """Let TikTok send events about posts and comments to us, where it does not yet; false where one could not be told.

    Each category is ordered for itself: an app may have been granted one and not the other.
    """
    if not is_offered(app):
        return False
    return all([await _send_here(app, category) for category in (POSTS, COMMENTS)])


async def _send_here(app: Resources, category: str) -> bool:
    address, credentials = events_address(app), business_app(app)
    properties = account_client(app, patience=_PATIENCE).properties
    try:
        if await properties.find_webhook(credentials, category) != address:
            await properties.set_webhook(credentials, category, address)
            log.info("business_events_ordered", category=category)
    except BusinessError as error:
        # Posts are followed, and comments fetched, by questions all the same.
        log.warning(
            "business_events_not_ordered", category=category, code=error.tiktok_code, request_id=error.request_id
        )
        return False
    return True


def _properties(app: Resources) -> Properties:
    if not is_offered(app):
        raise NotConfigured(access.BUSINESS_NOT_CONFIGURED)
    return account_client(app, patience=_PATIENCE).properties


def _covers(owned: UrlProperty, url: str) -> bool:
    if owned.property_type == PropertyType.prefix:
        return url.startswith(owned.url)
    host = url.partition("://")[2].partition("/")[0].partition(":")[0]
    return bool(owned.url) and (host == owned.url or host.endswith(f".{owned.url}"))
