"""Another TikTok account than the one to reconnect came back from consent: an admin decides what becomes of it."""

from datetime import timedelta
from typing import TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.business.events import order_events
from app.accounts.connect.link import RacedError, link_in, revoke_unused
from app.accounts.errors import ConnectionNotFound, TokensUnreadable
from app.accounts.models import Account, AccountKind, OAuthState, PendingConnection
from app.accounts.profile import A_MOMENT, fetch_profile
from app.accounts.queries import is_id
from app.accounts.tokens import vault
from app.accounts.tokens.access import Call, spend_and_call
from app.accounts.tokens.clients import app_client
from app.audit.record import record
from app.auth.tokens import hash_token
from app.errors import AppError, Conflict
from app.kit.clock import utcnow
from app.kit.ids import new_id
from app.limits.budgets import Limit
from app.messages import access
from app.resources import Resources

log = structlog.get_logger(__name__)

T = TypeVar("T")

# Shorter than an access token's life of two hours, so that the permission can still be revoked when time is up.
DECISION_LIFE = timedelta(minutes=30)
_REVOKE_FOR = timedelta(days=1)
_TRIES = 5


async def offer_connection(resources: Resources, hop: OAuthState, open_id: str, grant: vault.Grant) -> str:
    """Put the tokens aside until an admin decides; return the id to decide about."""
    pending_id = new_id()
    async with resources.transaction() as session:
        session.add(
            PendingConnection(
                id=pending_id,
                account_id=hop.account_id or "",
                admin_id=hop.admin_id,
                kind=hop.kind,
                open_id=open_id,
                grant_encrypted=vault.seal_grant(resources.keyring, pending_id, grant),
                expires_at=utcnow() + DECISION_LIFE,
            )
        )
    owner = await _owner_of_budgets(resources, open_id)

    async def ask(call: Call[T], *, limit: Limit) -> T:
        client = await app_client(resources, hop.kind, open_id)
        return await spend_and_call(resources, owner, client, grant.access_token, call, limit=limit, patience=A_MOMENT)

    try:
        profile = await fetch_profile(ask, grant.scopes)
    except AppError as error:
        log.warning("profile_not_fetched", pending_id=pending_id, error=error.code)
        return pending_id
    async with resources.transaction() as session:
        row = col(PendingConnection.id) == pending_id
        await session.exec(sa.update(PendingConnection).where(row).values(profile=profile.known()))
    return pending_id


async def _owner_of_budgets(resources: Resources, open_id: str) -> str:
    """TikTok counts by creator: one that is connected here shares its account's budgets, another has its own."""
    async with resources.read() as session:
        account_id = (await session.exec(select(Account.id).where(Account.open_id == open_id))).first()
    # An open_id may be longer than a budget's key.
    return account_id or hash_token(open_id)


async def get_pending(session: AsyncSession, pending_id: str) -> PendingConnection:
    """Get a connection that waits for a decision. Raises ConnectionNotFound."""
    pending = None
    if is_id(pending_id):
        query = select(PendingConnection).where(
            PendingConnection.id == pending_id, PendingConnection.expires_at > utcnow()
        )
        pending = (await session.exec(query)).first()
    if pending is None:
        raise ConnectionNotFound
    return pending


async def accept_connection(resources: Resources, pending_id: str) -> str:
    """Connect it as an account of its own, and leave the one that was to be reconnected as it is; return its id."""
    for _ in range(_TRIES):
        async with resources.read() as session:
            pending = await get_pending(session, pending_id)
        grant = vault.open_grant(resources.keyring, pending)
        try:
            async with resources.transaction() as session:
                await take_pending(session, pending_id)
                record(session, "connection.accepted", object_kind="connection", object_id=pending_id,
                       object_name=str(pending.profile.get("display_name", "")))  # fmt: skip
                account_id = await link_in(
                    session, resources.keyring, pending.open_id, grant, kind=pending.kind, **pending.profile
                )
        except (RacedError, IntegrityError):
            continue
        if pending.kind is AccountKind.business:
            await order_events(resources)
        return account_id
    raise Conflict(access.CONNECTED_ELSEWHERE)


async def discard_connection(resources: Resources, pending_id: str) -> bool:
    """Forget it and tell TikTok that the permission is not wanted; false where TikTok was not told."""
    async with resources.read() as session:
        pending = await get_pending(session, pending_id)
    async with resources.transaction() as session:
        await take_pending(session, pending_id)
        record(session, "connection.discarded", object_kind="connection", object_id=pending_id,
               object_name=str(pending.profile.get("display_name", "")))  # fmt: skip
    try:
        grant = vault.open_grant(resources.keyring, pending)
    except TokensUnreadable:
        return False
    return await revoke_unused(resources, pending.kind, pending.open_id, grant.access_token)


async def discard_expired_connections(resources: Resources) -> None:
    """Revoke and delete those nobody decided about. While TikTok cannot be told they stay for a day, unusable."""
    now = utcnow()
    async with resources.read() as session:
        query = select(PendingConnection).where(PendingConnection.expires_at <= now)
        expired = (await session.exec(query)).all()
    for pending in expired:
        try:
            token = vault.open_grant(resources.keyring, pending).access_token
            is_revoked = await revoke_unused(resources, pending.kind, pending.open_id, token)
        except TokensUnreadable:
            is_revoked = False
        if is_revoked or pending.expires_at <= now - _REVOKE_FOR:
            async with resources.transaction() as session:
                await session.exec(sa.delete(PendingConnection).where(col(PendingConnection.id) == pending.id))


async def take_pending(session: AsyncSession, pending_id: str) -> None:
    """Spend a waiting connection. Raises ConnectionNotFound where somebody else was faster."""
    taken = await session.exec(sa.delete(PendingConnection).where(col(PendingConnection.id) == pending_id))
    if taken.rowcount != 1:
        raise ConnectionNotFound
