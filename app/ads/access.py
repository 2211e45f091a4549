"""The Business API's client as this installation speaks with it."""

from app.limits.business import address_of, limiter_of
from app.resources import Resources
from app.tiktok_business.client import TikTokBusinessClient
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


def mode_of(app: Resources) -> str:
    """The word for where calls go."""
    return app.business.mode
