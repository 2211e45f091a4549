"""Moving a creator's account to a business account of the same person: its settings, posts and figures stay with it.

TikTok gives the same person another `open_id` with another app, so that a move is a person's word: they began it at the
account, and consented with the account of that name, or said so when another name came back.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.business.events import order_events
from app.accounts.connect.link import RacedError, connect_anew, revoke
from app.accounts.connect.pending import get_pending, take_pending
from app.accounts.errors import TokensUnreadable
from app.accounts.models import Account, AccountKind, PendingConnection
from app.accounts.queries import get_account, lock_account
from app.accounts.tokens import vault
from app.accounts.tokens.access import stored_token
from app.audit.record import record
from app.errors import Conflict
from app.kit.clock import utcnow
from app.messages import access
from app.resources import Resources

log = structlog.get_logger(__name__)

Count = Callable[[AsyncSession, str], Awaitable[int]]
_TRIES = 5


class MoveGuards:
    """Other slices' counts of what still needs an account as it is: no account is moved before they are nought."""

    def __init__(self) -> None:
        self.counts: list[Count] = []


def guard_moves(resources: Resources, count: Count) -> None:
    """Let an account be moved only when this counts nothing."""
    guards = resources.parts.of(MoveGuards)
    if count not in guards.counts:
        guards.counts.append(count)


async def is_same_name(session: AsyncSession, pending: PendingConnection) -> bool:
    """Tell whether the account that came back bears the name of the one that is to be moved."""
    wanted = await get_account(session, pending.account_id)
    came = str(pending.profile.get("username", ""))
    return bool(came) and came.casefold() == wanted.username.casefold()


async def move_account(resources: Resources, pending_id: str) -> str:
    """Make the account of a waiting connection a business account, as what came back; return its id.

    Raises ConnectionNotFound, TokensUnreadable, and Conflict where posts are still with TikTok under the old
    permission, or the business account is connected already. The creator's permission is given back.
    """
    for _ in range(_TRIES):
        async with resources.read() as session:
            pending = await get_pending(session, pending_id)
            before = await get_account(session, pending.account_id)
        grant = vault.open_grant(resources.keyring, pending)
        old_token = ""
        with suppress(TokensUnreadable):
            old_token = await stored_token(resources, before.id)
        try:
            async with resources.transaction() as session:
                await _move(session, resources, pending, grant)
        except (RacedError, IntegrityError):
            continue
        if old_token:
            await revoke(resources, before.kind, before.open_id, old_token)
        log.info("account_moved", account_id=before.id)
        await order_events(resources)
        return before.id
    raise Conflict(access.CONNECTED_ELSEWHERE)


async def _move(session: AsyncSession, resources: Resources, pending: PendingConnection, grant: vault.Grant) -> None:
    await lock_account(session, pending.account_id)
    account = await get_account(session, pending.account_id)
    if account.kind is not AccountKind.creator or pending.kind is not AccountKind.business:
        raise Conflict(access.NOT_MOVABLE, code="not_movable")
    taken = select(Account.id).where(Account.open_id == pending.open_id, col(Account.id) != account.id)
    if (await session.exec(taken)).first() is not None:
        raise Conflict(access.CONNECTED_ALREADY, code="connected_already")
    if sum([await count(session, account.id) for count in resources.parts.of(MoveGuards).counts]):
        raise Conflict(access.POSTS_UNDER_WAY, code="posts_under_way")
    await take_pending(session, pending.id)
    record(session, "account.moved", object_kind="account", object_id=account.id, object_name=account.display_name,
           before={"kind": account.kind.value, "open_id": account.open_id},
           after={"kind": pending.kind.value, "open_id": pending.open_id})  # fmt: skip
    columns = {"kind": pending.kind, "open_id": pending.open_id, **pending.profile}
    now = utcnow()
    await connect_anew(session, resources.keyring, account, grant, {**columns, "connected_at": now, "updated_at": now})
