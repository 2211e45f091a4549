"""Endpoints: made, changed, removed."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.audit.record import describe, record
from app.auth.models import Admin, Role
from app.errors import Conflict, Invalid, NotFound
from app.kit.clock import utcnow
from app.kit.paging import Page, paginate
from app.kit.rows import find_row
from app.kit.zones import known_zone
from app.messages import notifications as said
from app.notifications.addresses import read_address, read_token
from app.notifications.schemas import EndpointCreate, EndpointUpdate
from app.notifications.secrets import make_hook_secret, seal
from app.notifications.switch_off import drop_waiting
from app.notifications.wording import CHOICES
from app.outbox.models_endpoints import Channel, NotificationEndpoint
from app.resources import Resources

MOST = 100
_AUDITED = frozenset(
    {
        "name",
        "channel",
        "events",
        "account_ids",
        "language",
        "timezone",
        "is_digested",
        "approval_after_minutes",
        "enabled",
    }
)


@dataclass(frozen=True, slots=True, repr=False)
class NewEndpoint:
    """An endpoint with its new secret in plain text, to be shown this once; none where the person brought it."""

    endpoint: NotificationEndpoint
    secret: str | None


def owned_by(person: Admin) -> str | None:
    """Whose endpoints a person may see and change: an editor their own, an admin all."""
    return None if person.role is Role.admin else person.id


async def list_endpoints(
    session: AsyncSession, *, limit: int = 50, cursor: str | None = None, owner_id: str | None = None
) -> Page[NotificationEndpoint]:
    """List endpoints, newest first; with `owner_id` those of one person."""
    query = select(NotificationEndpoint)
    if owner_id is not None:
        query = query.where(NotificationEndpoint.owner_id == owner_id)
    return await paginate(session, query, col(NotificationEndpoint.id), limit=limit, cursor=cursor)


async def get_endpoint(
    session: AsyncSession, endpoint_id: str, *, owner_id: str | None = None, is_locked: bool = False
) -> NotificationEndpoint:
    """Get one endpoint; with `owner_id` only if it is that person's. Raises NotFound."""
    found = await find_row(session, NotificationEndpoint, endpoint_id, with_for_update=True if is_locked else None)
    if found is None or (owner_id is not None and found.owner_id != owner_id):
        raise NotFound(said.NO_ENDPOINT, code="notification_not_found")
    return found


async def create_endpoint(
    session: AsyncSession, app: Resources, wanted: EndpointCreate, *, owner_id: str | None
) -> NewEndpoint:
    """Make an endpoint. Raises Invalid, and Conflict where there are too many."""
    if (await session.exec(select(func.count()).select_from(NotificationEndpoint))).one() >= MOST:
        raise Conflict(said.too_many_endpoints(most=MOST), code="too_many_notifications")
    endpoint = NotificationEndpoint(
        channel=wanted.channel,
        address=read_address(app.settings, wanted.channel, wanted.url),
        name=wanted.name,
        events=_events(wanted.events),
        account_ids=await _accounts(session, wanted.accounts),
        language=wanted.language,
        timezone=_zone(wanted.timezone) or app.settings.timezone,
        is_digested=wanted.digest,
        approval_after_minutes=wanted.approval_after_minutes,
        enabled=wanted.enabled,
        owner_id=owner_id,
    )
    secret = make_hook_secret() if wanted.channel is Channel.webhook else None
    token = wanted.token.get_secret_value() if wanted.token else ""
    _keep_token(endpoint, app, token, is_new=True)
    if secret:
        seal(endpoint, app.keyring, secret)
    session.add(endpoint)
    await session.flush()
    _record(session, "notification.made", endpoint)
    return NewEndpoint(endpoint, secret)


async def update_endpoint(
    session: AsyncSession, app: Resources, endpoint_id: str, change: EndpointUpdate, *, owner_id: str | None = None
) -> NotificationEndpoint:
    """Change what is given. Raises NotFound or Invalid."""
    endpoint = await get_endpoint(session, endpoint_id, owner_id=owner_id, is_locked=True)
    given: dict[str, Any] = {
        name: getattr(change, name)
        for name in ("name", "language", "approval_after_minutes", "enabled")
        if getattr(change, name) is not None
    }
    if change.url is not None:
        given["address"] = read_address(app.settings, endpoint.channel, change.url)
    if change.events is not None:
        given["events"] = _events(change.events)
    if change.accounts is not None:
        given["account_ids"] = await _accounts(session, change.accounts, known=endpoint.account_ids)
    if change.timezone is not None:
        given["timezone"] = _zone(change.timezone) or app.settings.timezone
    if change.digest is not None:
        given["is_digested"] = change.digest
    if change.token is not None and change.token.get_secret_value():
        _keep_token(endpoint, app, change.token.get_secret_value(), is_new=False)
    await _switch(session, endpoint, given)
    before = _told(endpoint)
    for name, value in given.items():
        setattr(endpoint, name, value)
    _record(session, "notification.changed", endpoint, before=before)
    endpoint.updated_at = utcnow()
    session.add(endpoint)
    await session.flush()
    return endpoint


async def rotate_secret(
    session: AsyncSession, app: Resources, endpoint_id: str, *, owner_id: str | None = None
) -> NewEndpoint:
    """Give a webhook a new secret. Raises NotFound, and Conflict for a channel that has none of ours."""
    endpoint = await get_endpoint(session, endpoint_id, owner_id=owner_id, is_locked=True)
    if endpoint.channel is not Channel.webhook:
        raise Conflict(said.NOTHING_TO_ROTATE, code="no_secret")
    secret = make_hook_secret()
    seal(endpoint, app.keyring, secret)
    endpoint.updated_at = utcnow()
    session.add(endpoint)
    await session.flush()
    _record(session, "notification.secret_renewed", endpoint)
    return NewEndpoint(endpoint, secret)


async def delete_endpoint(session: AsyncSession, endpoint_id: str, *, owner_id: str | None = None) -> None:
    """Remove an endpoint, and the list of what it was told. Raises NotFound."""
    endpoint = await get_endpoint(session, endpoint_id, owner_id=owner_id, is_locked=True)
    _record(session, "notification.removed", endpoint)
    await session.delete(endpoint)
    await session.flush()


def _record(
    session: AsyncSession, action: str, endpoint: NotificationEndpoint, *, before: dict[str, Any] | None = None
) -> None:
    record(
        session,
        action,
        object_kind="notification",
        object_id=endpoint.id,
        object_name=endpoint.name or endpoint.channel,
        before=before,
        after=_told(endpoint),
    )


def _told(endpoint: NotificationEndpoint) -> dict[str, Any]:
    """What the audit log may hold: an address of a webhook may hold a secret itself, so only a print of it is noted."""
    told = {name: value for name, value in describe(endpoint).items() if name in _AUDITED}
    return told | {"address": hashlib.sha256(endpoint.address.encode()).hexdigest()[:12]}


async def _switch(session: AsyncSession, endpoint: NotificationEndpoint, given: dict[str, Any]) -> None:
    """What a switch, or another address, means for what went wrong before and for what waits."""
    enabled = given.get("enabled")
    if enabled is False and endpoint.enabled:
        await drop_waiting(session, endpoint.id)
    is_anew = (enabled and not endpoint.enabled) or given.get("address", endpoint.address) != endpoint.address
    if is_anew:
        given |= {"failures": 0, "failing_since": None, "paused_until": None, "switched_off_at": None}


def _keep_token(endpoint: NotificationEndpoint, app: Resources, token: str, *, is_new: bool) -> None:
    if endpoint.channel is Channel.telegram:
        if token or is_new:
            seal(endpoint, app.keyring, read_token(token))
    elif token:
        raise Invalid(said.TOKEN_NOT_WANTED, code="token_not_wanted")


def _events(names: Sequence[str] | None) -> list[str]:
    if names is None:
        return [*CHOICES]
    unknown = sorted(set(names) - set(CHOICES))
    if unknown:
        raise Invalid(said.unknown_events(names=", ".join(unknown)), code="unknown_events")
    if not names:
        raise Invalid(said.NO_EVENT_CHOSEN, code="no_events")
    return [name for name in CHOICES if name in names]


async def _accounts(session: AsyncSession, ids: Sequence[str], *, known: Collection[str] = ()) -> list[str]:
    wanted = list(dict.fromkeys(ids))
    asked = [one for one in wanted if one not in known and "\0" not in one]
    found = set((await session.exec(select(Account.id).where(col(Account.id).in_(asked)))).all()) if asked else set()
    unknown = [one for one in wanted if one not in known and one not in found]
    if unknown:
        raise Invalid(said.unknown_accounts(names=", ".join(unknown)), code="unknown_accounts")
    return wanted


def _zone(name: str) -> str:
    try:
        return known_zone(name.strip())
    except ValueError:
        raise Invalid(said.NO_ZONE, code="bad_timezone") from None
