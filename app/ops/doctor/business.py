"""The Marketing API: whether it is set up, whether the token works, and whether spending is guarded."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from app.accounts.errors import TokensUnreadable
from app.ads.access import app_credentials, business_client
from app.ads.connections import vault
from app.ads.connections.listing import Opened, list_connections
from app.ads.connections.scopes import list_missing
from app.ads.models import AdsConnection, AdsConnectionState
from app.kit.clock import utcnow
from app.limits.business import address_of, shared_limiter
from app.limits.rates import list_counts
from app.ops.doctor.findings import Finding, broken, ok, warning
from app.resources import Resources
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError
from app.tiktok_business.sending import Patience

_SHORTEST_KEY = 24
_CONSENT = "Let the advertiser consent again on /admin/ads, with every permission of the app ticked."
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


async def check_connections(app: Resources) -> AsyncIterator[Finding]:
    """Try the token of each consent to ads: whether it works, what it may do, and which advertisers it reaches."""
    connections = await list_connections(app)
    if not app.settings.business_is_real:
        yield ok("Ads connections", f"{len(connections)}, with the emulator inside this installation")
        return
    place = "the sandbox" if address_of(app).is_sandbox else "production"
    if not connections:
        yield ok("Ads connections", f"nobody has consented; the token of TikTok__AccessToken serves, at {place}")
    for connection, opened in connections:
        yield await _look_at(app, connection, opened, place)


async def _look_at(app: Resources, connection: AdsConnection, opened: Sequence[Opened], place: str) -> Finding:
    subject = f"Ads connection of {connection.display_name or connection.id}"
    if connection.state is AdsConnectionState.reconnect:
        return broken(subject, f"TikTok no longer accepts it ({connection.state_reason})", _CONSENT)
    try:
        async with app.read() as session:
            token = await vault.open_token(session, app.keyring, connection.id)
        await business_client(app, patience=_PATIENCE).derive(access_token=token).advertisers.get_user()
    except TokensUnreadable as error:
        return broken(subject, str(error.message), "Put the old key back into NEWSREEL_SECRET_KEY, or connect again.")
    except BusinessError as error:
        tell = broken if error.meaning.kind is Kind.auth else warning
        return tell(subject, f"{error.message} {error.said}".strip(), error.meaning.cure)
    if missing := list_missing(connection.scopes):
        numbers = ", ".join(map(str, missing))
        return warning(subject, f"works at {place}, but lacks the permissions {numbers}", _CONSENT)
    if not opened:
        cure = "Look at /admin/ads, and bring the list up to date; or let somebody consent who has an ad account."
        return warning(subject, f"works at {place}, but reaches no advertiser", cure)
    roles = ", ".join(f"{one.advertiser.name} ({one.role or 'role unknown'})" for one in opened[:5])
    return ok(subject, f"works at {place}, and reaches {len(opened)} advertisers: {roles}")
