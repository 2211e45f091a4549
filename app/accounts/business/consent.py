"""Where an account holder consents to the Business API's app, and where TikTok sends the browser back."""

from urllib.parse import urlsplit

from app.accounts.business.access import business_app
from app.config import Settings
from app.resources import Resources
from app.tiktok_business.account_consent import account_consent_url

CALLBACK = "/api/business/callback/"
"""With its slash: TikTok wants it at the end of the redirect addresses of business accounts [business-api.md 17]."""
EMULATED_PAGE = "/emulated/v2/auth/authorize/"
"""Where the consent page of the emulator inside this installation stands: a browser cannot reach into a process."""


def business_redirect_uri(settings: Settings) -> str:
    """The address to register at TikTok, which the exchange repeats to the letter."""
    return f"{settings.public_url}{CALLBACK}"


def business_consent_url(resources: Resources, *, state: str, redirect_uri: str) -> str:
    """Build the address of the consent page."""
    settings = resources.settings
    app = business_app(resources)
    url = account_consent_url(
        settings.business_authorize_url,
        app.app_id,
        scopes=settings.business_account_scopes,
        redirect_uri=redirect_uri,
        state=state,
    )
    if not resources.business.is_emulated:
        return url
    return f"{settings.public_url}{EMULATED_PAGE}?{urlsplit(url).query}"
