"""What stands between us and an ad account.

NotFound: AdvertiserNotFound, ConnectionNotFound. Forbidden: RoleForbids. Conflict: the others.
"""

from app.errors import Conflict, Forbidden, NotFound
from app.messages import ads


class AdvertiserNotFound(NotFound):
    code = "advertiser_not_found"
    title = ads.NO_ADVERTISER


class ConnectionNotFound(NotFound):
    code = "ads_connection_not_found"
    title = ads.NO_CONNECTION


class RoleForbids(Forbidden):
    """Nothing was called: the role at this ad account does not allow it."""

    code = "role_forbids"
    title = ads.ROLE_FORBIDS


class AdsReconnect(Conflict):
    """Whoever consented has to do so again: TikTok does not accept the token any more."""

    code = "ads_reconnect"
    title = ads.CONSENT_AGAIN


class AdsNotConfigured(Conflict):
    """App id or secret are missing."""

    code = "ads_not_configured"
    title = ads.APP_MISSING


class NoConsentInSandbox(Conflict):
    code = "not_in_sandbox"
    title = ads.NO_CONSENT_IN_SANDBOX
