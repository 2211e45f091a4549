"""How the provider is: whether it is set up, where it speaks to, and, on request, whether TikTok answers."""

from typing import Any

from app.ads.access import business_client, mode_of
from app.limits.business import SANDBOX, TIERS, address_of, shared_limiter
from app.resources import Resources
from app.tiktok_business.errors import BusinessError
from app.tiktok_business.sending import Patience


async def look(app: Resources, *, is_deep: bool) -> dict[str, Any]:
    """Tell how the provider is; no call is made unless it is to be a deep look."""
    address = address_of(app)
    tier = app.settings.business_tier
    second, minute, day = SANDBOX if address.is_sandbox else TIERS[tier]
    limits: dict[str, Any] = {"tier": tier, "perSecond": second, "perMinute": minute, "perDay": day}
    limits["pausedSeconds"] = await _paused(app, is_sandbox=address.is_sandbox)
    told: dict[str, Any] = {
        "status": "ok",
        "provider": "tiktok",
        "mode": mode_of(app),
        "apiVersion": app.settings.business_api_version,
        "baseUrl": "emulator" if app.business.is_emulated else address.origin,
        "configured": bool(app.business.access_token and app.business.center_id),
        "sandbox": address.is_sandbox,
        "limits": limits,
    }
    if not is_deep:
        return told
    try:
        user = await business_client(
            app, patience=Patience(caller="health", deadline=15, turn=2, tries=2)
        ).advertisers.get_user()
    except BusinessError as error:
        return told | {"status": "degraded", "reason": f"{error.message} {error.said}".strip()}
    return told | {"user": user.display_name}


async def _paused(app: Resources, *, is_sandbox: bool) -> float | None:
    """Tell for how many seconds TikTok has us pause, where it does now."""
    if app.business.is_emulated:
        return None
    seconds = await shared_limiter(app, is_sandbox=is_sandbox).seconds_closed()
    return None if seconds is None else round(seconds, 1)
