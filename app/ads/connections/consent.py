"""Consent of an advertiser: to TikTok's page, and back with a code that becomes a connection."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

import sqlalchemy as sa
import structlog
from sqlmodel import col, select

from app.accounts.errors import TokensUnreadable
from app.ads.access import app_credentials, business_client
from app.ads.connections.errors import AdsNotConfigured, NoConsentInSandbox
from app.ads.connections.link import link_connection
from app.ads.connections.sync import sync_connection
from app.ads.models import AdsHop
from app.auth.tokens import hash_token
from app.jobs import enqueue
from app.kit.clock import utcnow
from app.kit.hops import LONGEST_STATE, find_fault, keep_binding
from app.kit.ids import new_token
from app.kit.redact import hide
from app.limits.business import address_of
from app.resources import Resources
from app.tiktok_business.advertisers import User
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError
from app.tiktok_business.oauth import Grant, consent_url
from app.tiktok_business.sending import Patience

log = structlog.get_logger(__name__)

HOP_LIFE = timedelta(minutes=10)
EMULATED_PORTAL = "/emulated/portal/auth"
"""Where the consent page of the emulator inside this installation stands: a browser cannot reach into a process."""

_LONGEST_CODE = 2000
_PATIENCE = Patience(caller="ads consent", deadline=30, turn=15)
# What TikTok may say instead of a code. Anything else becomes `tiktok_error`.
_CALLBACK_ERRORS = frozenset({"access_denied", "server_error", "temporarily_unavailable"})


class ConsentStart(NamedTuple):
    """Where to send the browser, and what its cookie must hold when it comes back."""

    url: str
    state: str
    binding: str


@dataclass(frozen=True, slots=True)
class ConsentEnd:
    """How it ended: `reason` is a slug, and None for success."""

    reason: str | None
    connection_id: str | None = None


class _ConsentError(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def start_consent(app: Resources, admin_id: str, callback_path: str, *, binding: str | None) -> ConsentStart:
    """Begin; TikTok will send the browser to our `callback_path`. Raises AdsNotConfigured, NoConsentInSandbox."""
    credentials = app_credentials(app)
    if not credentials.app_id or not credentials.secret:
        raise AdsNotConfigured
    if not address_of(app).has("oauth2/access_token/"):
        raise NoConsentInSandbox
    state, binding, now = new_token(), keep_binding(binding), utcnow()
    async with app.transaction() as session:
        await session.exec(sa.delete(AdsHop).where(col(AdsHop.expires_at) < now - timedelta(days=1)))
        session.add(
            AdsHop(
                state_hash=hash_token(state),
                binding_hash=hash_token(binding),
                admin_id=admin_id,
                expires_at=now + HOP_LIFE,
            )
        )
    public = app.settings.public_url.rstrip("/")
    url = consent_url(address_of(app), credentials.app_id, state=state, redirect_uri=f"{public}{callback_path}")
    if app.business.is_emulated:
        url = f"{public}{EMULATED_PORTAL}?{urlsplit(url).query}"
    return ConsentStart(url, state, binding)


async def finish_consent(app: Resources, query: Mapping[str, str], binding: str | None) -> ConsentEnd:
    """End it with what the callback brought. Never raises for anything that a stranger can send."""
    try:
        hop = await _spend(app, query.get("state", ""), binding)
        end = ConsentEnd(None, await _connect(app, hop, query))
    except _ConsentError as failed:
        end = ConsentEnd(failed.reason)
    log.info("ads_consent_finished", reason=end.reason, connection_id=end.connection_id)
    return end


async def _spend(app: Resources, state: str, binding: str | None) -> AdsHop:
    """Spend the state before anything is asked of TikTok: the second of two equal callbacks gets nothing."""
    if not 0 < len(state) <= LONGEST_STATE:
        raise _ConsentError("state_missing")
    async with app.read() as session:
        hop = (await session.exec(select(AdsHop).where(AdsHop.state_hash == hash_token(state)))).first()
    now = utcnow()
    if fault := find_fault(hop, hash_token(binding or ""), now):
        raise _ConsentError(fault)
    assert hop is not None
    async with app.transaction() as session:
        spent = await session.exec(
            sa.update(AdsHop).where(col(AdsHop.id) == hop.id, col(AdsHop.used_at).is_(None)).values(used_at=now)
        )
    if spent.rowcount != 1:
        raise _ConsentError("state_used")
    return hop


async def _connect(app: Resources, hop: AdsHop, query: Mapping[str, str]) -> str:
    if error := query.get("error"):
        raise _ConsentError(error if error in _CALLBACK_ERRORS else "tiktok_error")
    code = query.get("auth_code") or query.get("code", "")
    if not 0 < len(code) <= _LONGEST_CODE:
        raise _ConsentError("missing_code")
    hide(code)
    grant = await _exchange(app, code)
    connection_id = await link_connection(app, grant, await _ask_who(app, grant), admin_id=hop.admin_id)
    try:
        await sync_connection(app, connection_id)
    except (BusinessError, TokensUnreadable) as failure:
        # The consent stands: the list of ad accounts is brought up to date later.
        log.warning("ads_first_sync_failed", connection_id=connection_id, error=failure.code)
    async with app.transaction() as session:
        # Somebody waits for the comments: without it their reading begins at the next look for ad accounts.
        enqueue(session, "comments.find_feeds")
    return connection_id


async def _exchange(app: Resources, code: str) -> Grant:
    try:
        grant = await business_client(app, patience=_PATIENCE).oauth.exchange(app_credentials(app), code)
    except BusinessError as error:
        # A code is good for one try, so nothing is repeated here: whoever consents does it again.
        log.warning("ads_exchange_failed", code=error.tiktok_code, request_id=error.request_id)
        raise _ConsentError(_reason(error)) from None
    if not grant.access_token:
        raise _ConsentError("exchange_failed")
    hide(grant.access_token)
    return grant


async def _ask_who(app: Resources, grant: Grant) -> User:
    """Ask whose token it is; a connection without a name is a connection all the same."""
    client = business_client(app, patience=_PATIENCE).derive(access_token=grant.access_token)
    try:
        return await client.advertisers.get_user()
    except (BusinessError, ValueError):
        return User()


def _reason(error: BusinessError) -> str:
    if error.tiktok_code == 40101:
        return "invalid_client"
    if error.meaning.kind in {Kind.provider, Kind.throttled}:
        return "tiktok_unavailable"
    return "exchange_failed"
