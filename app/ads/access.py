"""The Business API's client as this installation speaks with it."""

from app.ads.limiter import shared_limiter
from app.resources import Resources
from app.tiktok_business.addresses import ApiAddress, read_address
from app.tiktok_business.client import TikTokBusinessClient
from app.tiktok_business.limiter import Limiter, NoLimit
from app.tiktok_business.oauth import AppCredentials
from app.tiktok_business.sending import Patience


def business_client(app: Resources, *, patience: Patience | None = None) -> TikTokBusinessClient:
    """Make a client with the installation's own token."""
    access = app.business
    return TikTokBusinessClient(
        access.http,
        address_of(app),
        limiter_of(app),
        access_token=access.access_token,
        patience=patience,
        allow_audiences=app.settings.allow_audiences,
    )


def app_credentials(app: Resources) -> AppCredentials:
    """The app's id and secret, of TikTok's portal or of the emulator."""
    return AppCredentials(app.business.app_id, app.business.app_secret)


def limiter_of(app: Resources) -> Limiter:
    """Who counts the calls of all processes; those to the emulator inside this installation need no count."""
    if app.business.is_emulated:
        return NoLimit()
    return shared_limiter(app, is_sandbox=address_of(app).is_sandbox)


def address_of(app: Resources) -> ApiAddress:
    """Where calls go."""
    return read_address(app.business.base_url, app.settings.business_api_version)


def mode_of(app: Resources) -> str:
    """The word for where calls go."""
    return "emulated" if app.business.is_emulated else "real"
