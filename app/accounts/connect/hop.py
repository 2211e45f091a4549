"""Connecting an account: to TikTok's consent page, and back with a code."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NamedTuple

import sqlalchemy as sa
import structlog
from sqlmodel import col, select

from app.accounts.business.events import order_events
from app.accounts.connect.link import link_account, revoke_unused
from app.accounts.connect.move import is_same_name, move_account
from app.accounts.connect.pending import get_pending, offer_connection
from app.accounts.errors import NotConfigured, TokensUnreadable
from app.accounts.models import AccountKind, OAuthState
from app.accounts.profile import complete_profile
from app.accounts.queries import get_account
from app.accounts.tokens import vault
from app.accounts.tokens.clients import app_client
from app.accounts.tokens.credentials import app_credentials, tiktok_client
from app.auth.tokens import hash_token
from app.errors import Conflict, TransientError, VendorError
from app.kit.clock import utcnow
from app.kit.hops import LONGEST_STATE, find_fault, keep_binding
from app.kit.ids import new_id, new_token
from app.messages import access
from app.resources import Resources
from app.tiktok.errors import InvalidClient
from app.tiktok.models import TokenGrant, split_scopes
from app.tiktok.pkce import make_code_challenge, make_code_verifier, resolve_pkce_mode

log = structlog.get_logger(__name__)

HOP_LIFE = timedelta(minutes=10)
POSTING_SCOPES = frozenset({"video.publish", "video.upload"})
_LONGEST_OPEN_ID = 128

# What TikTok may say at the callback instead of a code. Anything else becomes `tiktok_error`.
_CALLBACK_ERRORS = frozenset({"access_denied", "invalid_scope", "server_error", "temporarily_unavailable"})


class ConnectStart(NamedTuple):
    """Where to send the browser, and what its cookie must hold when it comes back."""

    url: str
    state: str
    binding: str


@dataclass(frozen=True, slots=True)
class ConnectResult:
    """How a hop ended. `reason` is a slug, and None for success."""

    reason: str | None
    account_id: str | None = None
    pending_id: str | None = None


class _HopError(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def start_connect(
    resources: Resources,
    admin_id: str,
    account_id: str | None = None,
    *,
    binding: str | None = None,
    kind: AccountKind = AccountKind.creator,
) -> ConnectStart:
    """Begin a hop for a new account, or to reconnect `account_id`. Raises NotConfigured, AccountNotFound.

    A browser that has a binding already keeps it, so that two tabs do not undo each other.
    """
    if kind is AccountKind.business:
        return await _start_business(resources, admin_id, account_id, keep_binding(binding))
    _, _, redirect_uri = await app_credentials(resources)
    client = await tiktok_client(resources)
    mode = resolve_pkce_mode(resources.settings.pkce, redirect_uri)
    verifier = make_code_verifier() if mode != "off" else None
    state = new_token()
    binding = keep_binding(binding)
    await _keep_state(resources, state, binding, admin_id, account_id, redirect_uri, verifier, AccountKind.creator)
    url = client.authorize_url(
        redirect_uri=redirect_uri,
        state=state,
        scopes=resources.settings.scopes,
        code_challenge=make_code_challenge(verifier, mode) if verifier else None,
        # Without it TikTok may pick the account that is logged in, unasked. Desktop apps do not have this parameter.
        disable_auto_auth=None if mode == "hex" else True,
    )
    return ConnectStart(url, state, binding)


async def _start_business(resources: Resources, admin_id: str, account_id: str | None, binding: str) -> ConnectStart:
    """Begin a hop with the Business API's app. It knows no PKCE: the state alone binds it to the browser."""
    from app.accounts.business.access import is_offered
    from app.accounts.business.consent import business_consent_url, business_redirect_uri

    if not is_offered(resources):
        raise NotConfigured(access.BUSINESS_NOT_CONFIGURED)
    state, redirect_uri = new_token(), business_redirect_uri(resources.settings)
    await _keep_state(resources, state, binding, admin_id, account_id, redirect_uri, None, AccountKind.business)
    return ConnectStart(business_consent_url(resources, state=state, redirect_uri=redirect_uri), state, binding)


async def finish_connect(resources: Resources, query: Mapping[str, str], binding: str | None) -> ConnectResult:
    """End a hop with what the callback brought. Never raises for anything that a stranger can send."""
    hop: OAuthState | None = None
    try:
        hop = await _consume_state(resources, query.get("state", ""), binding)
        result = await _connect(resources, hop, query)
    except _HopError as failed:
        result = ConnectResult(failed.reason)
    except Conflict as error:
        result = ConnectResult(error.code)
    hop_id = hop.id if hop else None
    log.info("connect_finished", hop_id=hop_id, reason=result.reason, account_id=result.account_id)
    return result


async def _keep_state(
    resources: Resources,
    state: str,
    binding: str,
    admin_id: str,
    account_id: str | None,
    redirect_uri: str,
    verifier: str | None,
    kind: AccountKind,
) -> None:
    row_id = new_id()
    async with resources.transaction() as session:
        if account_id is not None:
            await get_account(session, account_id)
        session.add(
            OAuthState(
                id=row_id,
                state_hash=hash_token(state),
                binding_hash=hash_token(binding),
                admin_id=admin_id,
                account_id=account_id,
                kind=kind,
                redirect_uri=redirect_uri,
                code_verifier_encrypted=vault.seal_verifier(resources.keyring, row_id, verifier) if verifier else None,
                expires_at=utcnow() + HOP_LIFE,
            )
        )


async def _consume_state(resources: Resources, state: str, binding: str | None) -> OAuthState:
    """Spend the state before anything is asked of TikTok: the second of two equal callbacks gets nothing."""
    if not 0 < len(state) <= LONGEST_STATE:
        raise _HopError("state_missing")
    async with resources.read() as session:
        hop = (await session.exec(select(OAuthState).where(OAuthState.state_hash == hash_token(state)))).first()
    now = utcnow()
    if fault := find_fault(hop, hash_token(binding or ""), now):
        raise _HopError(fault)
    assert hop is not None
    async with resources.transaction() as session:
        spent = await session.exec(
            sa.update(OAuthState)
            .where(col(OAuthState.id) == hop.id, col(OAuthState.used_at).is_(None))
            .values(used_at=now)
        )
    if spent.rowcount != 1:
        raise _HopError("state_used")
    return hop


async def _connect(resources: Resources, hop: OAuthState, query: Mapping[str, str]) -> ConnectResult:
    if error := query.get("error"):
        raise _HopError(error if error in _CALLBACK_ERRORS else "tiktok_error")
    # The Business API calls it by either name, as seen by others.
    code = query.get("code") or query.get("auth_code", "")
    if not code:
        raise _HopError("missing_code")
    asked_at = utcnow()
    answer = await _exchange(resources, hop, code)
    scopes = answer.scopes or split_scopes(query.get("scopes", ""))
    grant = vault.read_grant(answer, scopes=scopes, asked_at=asked_at)
    if not POSTING_SCOPES & set(scopes):
        await revoke_unused(resources, hop.kind, answer.open_id, grant.access_token)
        raise _HopError("missing_scope")
    if not await _is_expected(resources, hop, answer.open_id):
        pending_id = await offer_connection(resources, hop, answer.open_id, grant)
        return await _move_or_ask(resources, hop, pending_id)
    account_id = await link_account(resources, answer.open_id, grant, kind=hop.kind)
    if hop.kind is AccountKind.business:
        await order_events(resources)
    await complete_profile(resources, account_id)
    return ConnectResult(None, account_id=account_id)


async def _move_or_ask(resources: Resources, hop: OAuthState, pending_id: str) -> ConnectResult:
    """Move a creator's account to the business account of its name; ask an admin about any other that came back."""
    asked = ConnectResult("other_account", account_id=hop.account_id, pending_id=pending_id)
    async with resources.read() as session:
        pending = await get_pending(session, pending_id)
        wanted = await get_account(session, pending.account_id)
        is_move = (wanted.kind, hop.kind) == (AccountKind.creator, AccountKind.business)
        if not (is_move and await is_same_name(session, pending)):
            return asked
    try:
        return ConnectResult(None, account_id=await move_account(resources, pending_id))
    except Conflict as refused:
        # The tokens wait: the page offers the move again, for as long as a decision may take.
        return replace(asked, reason=refused.code)


async def _exchange(resources: Resources, hop: OAuthState, code: str) -> TokenGrant:
    try:
        client = await app_client(resources, hop.kind)
        verifier = vault.open_verifier(resources.keyring, hop)
        answer = await client.exchange_code(code, redirect_uri=hop.redirect_uri, code_verifier=verifier)
    except (NotConfigured, TokensUnreadable):
        raise _HopError("not_configured") from None
    except VendorError as error:
        # A code is good for one try, so nothing is repeated here: the admin presses Connect again.
        log.warning("exchange_failed", error=error.code, vendor_code=error.vendor_code, log_id=error.log_id)
        raise _HopError(_reason(error)) from None
    if len(answer.open_id) > _LONGEST_OPEN_ID:
        raise _HopError("exchange_failed")
    return answer


def _reason(error: VendorError) -> str:
    if isinstance(error, InvalidClient):
        return "invalid_client"
    return "tiktok_unavailable" if isinstance(error, TransientError) else "exchange_failed"


async def _is_expected(resources: Resources, hop: OAuthState, open_id: str) -> bool:
    """People may be logged in at TikTok with another account than the one that they mean to reconnect."""
    if hop.account_id is None:
        return True
    async with resources.read() as session:
        wanted = await get_account(session, hop.account_id)
    return wanted.open_id == open_id and wanted.kind is hop.kind
