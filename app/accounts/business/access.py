"""The Business API's client for a TikTok account, and the app whose consent it has.

The client is read when it is first used: most processes need not carry it.
"""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.kit.loopback import is_loopback
from app.limits.business import address_of, limiter_of
from app.resources import Resources

if TYPE_CHECKING:
    from app.tiktok_business.client import TikTokBusinessClient
    from app.tiktok_business.oauth import AppCredentials
    from app.tiktok_business.sending import Patience


def account_client(
    app: Resources, access_token: str = "", *, patience: "Patience | None" = None
) -> "TikTokBusinessClient":
    """Make a client for one account's token; without one it is good for consent, properties and webhooks."""
    from app.tiktok_business.client import TikTokBusinessClient

    return TikTokBusinessClient(
        app.business.http, address_of(app), limiter_of(app), access_token=access_token, patience=patience
    )


def business_app(app: Resources) -> "AppCredentials":
    """The app's id and secret, of TikTok's portal or of the emulator inside this installation."""
    from app.tiktok_business.oauth import AppCredentials

    return AppCredentials(app.business.app_id, app.business.app_secret)


def is_for_people(app: Resources) -> bool:
    """Tell whether pages offer business accounts: with a real app, or where all of TikTok is emulated.

    An emulated business account beside real creators would look as if its posts went out.
    """
    host = urlsplit(app.settings.tiktok_api_base_url).hostname or ""
    return is_offered(app) and (not app.business.is_emulated or is_loopback(host))


def is_offered(app: Resources) -> bool:
    """Tell whether there is an app with which business accounts can be connected."""
    return bool(app.business.app_id and app.business.app_secret)
