"""Keys for programs: made, listed, taken back, and recognised."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.audit.record import describe, record
from app.auth.models import ApiKey
from app.auth.schemas import ApiKeyCreate
from app.auth.tokens import hash_token
from app.errors import Invalid, NotFound
from app.kit.clock import in_utc, utcnow
from app.kit.ids import new_token
from app.kit.paging import Page, paginate
from app.kit.redact import hide
from app.kit.rows import find_row
from app.messages import access
from app.resources import Resources

log = structlog.get_logger(__name__)

PREFIX = "nr_"
_SHOWN = len(PREFIX) + 4
_NOTED_EVERY = timedelta(minutes=1)
_LONGEST_KEY = 200


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key in plain text, to be shown this once."""

    row: ApiKey
    key: str = field(repr=False)


async def create_key(session: AsyncSession, wanted: ApiKeyCreate, *, by: str) -> NewKey:
    """Make a key. Raises Invalid for an end that is past."""
    expires_at = in_utc(wanted.expires_at)
    if expires_at is not None and expires_at <= utcnow():
        raise Invalid(access.KEY_ENDS_IN_PAST)
    key = PREFIX + new_token()
    hide(key)
    row = ApiKey(
        name=wanted.name,
        key_hash=hash_token(key),
        hint=key[:_SHOWN],
        scopes=list(dict.fromkeys(scope.value for scope in wanted.scopes)),
        made_by=by,
        expires_at=expires_at,
    )
    session.add(row)
    await session.flush()
    record(session, "key.made", object_kind="key", object_id=row.id, object_name=row.name, after=describe(row))
    return NewKey(row, key)


async def list_keys(session: AsyncSession, *, limit: int = 50, cursor: str | None = None) -> Page[ApiKey]:
    """List the keys, newest first."""
    cursor = (cursor or "").replace("\0", "")
    return await paginate(session, select(ApiKey), col(ApiKey.id), limit=limit, cursor=cursor)


async def delete_key(session: AsyncSession, key_id: str) -> None:
    """Take a key back: it opens nothing from now on. Raises NotFound."""
    row = await find_row(session, ApiKey, key_id)
    if row is None:
        raise NotFound(access.NO_KEY, code="key_not_found")
    record(session, "key.removed", object_kind="key", object_id=row.id, object_name=row.name, before=describe(row))
    await session.delete(row)
    await session.flush()


async def recognise_key(resources: Resources, key: str) -> ApiKey | None:
    """Tell which key this is; None where it is none of ours, or over."""
    if not key.startswith(PREFIX) or len(key) > _LONGEST_KEY:
        return None
    now = utcnow()
    is_over = sa.and_(col(ApiKey.expires_at).is_not(None), col(ApiKey.expires_at) <= now)
    query = select(ApiKey).where(ApiKey.key_hash == hash_token(key), sa.not_(is_over))
    async with resources.read() as session:
        row = (await session.exec(query)).first()
    if row is not None and _is_worth_noting(row, now):
        await _note_use(resources, row.id, now)
    return row


def _is_worth_noting(row: ApiKey, now: datetime) -> bool:
    return row.last_used_at is None or row.last_used_at < now - _NOTED_EVERY


async def _note_use(resources: Resources, key_id: str, now: datetime) -> None:
    """Note it, unless another request was faster."""
    last = col(ApiKey.last_used_at)
    is_due = sa.or_(last.is_(None), last < now - _NOTED_EVERY)
    async with resources.transaction() as session:
        await session.exec(sa.update(ApiKey).where(col(ApiKey.id) == key_id, is_due).values(last_used_at=now))
