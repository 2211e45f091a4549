"""The Marketing API: whether it is set up, whether the token works, and whether spending is guarded."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

from app.ads.access import address_of, app_credentials, business_client
from app.ads.limiter import shared_limiter
from app.kit.clock import utcnow
from app.limits.rates import list_counts
from app.ops.doctor.findings import Finding, broken, ok, warning
from app.resources import Resources
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError
from app.tiktok_business.sending import Patience

_SHORTEST_KEY = 24
_PATIENCE = Patience(caller="doctor", deadline=12, turn=5, tries=2)


async def check_provider(app: Resources) -> AsyncIterator[Finding]:
    """Look at the gateway's key and at the spending guards; nothing is called."""
    keys = app.settings.internal_keys
    if not keys:
        yield ok("Marketing API", "no gateway: TIKTOK_INTERNAL_KEY is empty, and /internal/* answers 404")
        return
    if any(len(key) < _SHORTEST_KEY for key in keys):
        cure = "Make one with: openssl rand -base64 32. Put it in front of the old one until the gateway has it."
        yield warning("Marketing API", f"a key of TIKTOK_INTERNAL_KEY has fewer than {_SHORTEST_KEY} characters", cure)
    unset = [
        name
        for name, value in (
            ("ADS_MAX_RAISE_PERCENT", app.settings.ads_max_raise_percent),
            ("ADS_MAX_DAILY_BUDGET", app.settings.ads_max_daily_budget),
            ("ADS_MAX_TOTAL_BUDGET", app.settings.ads_max_total_budget),
            ("ADS_MAX_TRANSFER", app.settings.ads_max_transfer),
        )
        if value == 0
    ]
    if unset and app.settings.business_is_real:
        cure = "Set each to the most that you would ever mean: a mistake of the gateway's then costs no more."
        yield warning("Marketing API", f"real money, and these guards are off: {', '.join(unset)}", cure)
    place = "the emulator inside this installation"
    if app.settings.business_is_real:
        place = f"TikTok's sandbox, {address_of(app).origin}" if address_of(app).is_sandbox else address_of(app).origin
    yield ok("Marketing API", f"{len(keys)} keys for the gateway; calls go to {place}")


async def check_calls(app: Resources) -> AsyncIterator[Finding]:
    """Tell who has used the limits within a day, and whether TikTok has us pause."""
    if not app.settings.business_is_real:
        return
    seconds = await shared_limiter(app, is_sandbox=address_of(app).is_sandbox).seconds_closed()
    if seconds is not None:
        cure = "Wait. If it happens often, ask TikTok for a higher tier, and set TikTok__Tier to it."
        yield warning("Marketing limits", f"TikTok was asked too often: no call leaves for {seconds:.0f} s", cure)
    async with app.read() as session:
        counts = await list_counts(session, utcnow() - timedelta(days=1))
    callers: Counter[str] = Counter()
    for (caller, _), count in counts.items():
        callers[caller or "others"] += count
    used = ", ".join(f"{caller} {count}" for caller, count in callers.most_common(5)) or "none"
    yield ok("Marketing limits", f"tier {app.settings.business_tier}; calls within a day: {used}")


async def check_token(app: Resources) -> AsyncIterator[Finding]:
    """Ask TikTok whose token it is, and which advertisers it reaches."""
    if not app.settings.business_is_real:
        return
    client = business_client(app, patience=_PATIENCE)
    try:
        user = await client.advertisers.get_user()
        yield ok("Marketing token", f"is that of {user.display_name or 'an unnamed user'}")
        credentials = app_credentials(app)
        if not credentials.app_id or not credentials.secret or not client.address.has("oauth2/advertiser/get/"):
            return
        advertisers = await client.oauth.list_advertisers(credentials)
    except BusinessError as error:
        what = f"{error.message} {error.said}".strip()
        tell = warning if error.meaning.kind in {Kind.throttled, Kind.provider, Kind.sandbox} else broken
        yield tell("Marketing token", what, error.meaning.cure)
        return
    if advertisers:
        yield ok("Marketing token", f"reaches {len(advertisers)} advertisers")
    else:
        cure = "Let the advertisers consent, with every permission of the app ticked."
        yield broken("Marketing token", "reaches no advertiser", cure)
