"""The team: who may come in, in which role, and how they are invited. There is always an admin who can log in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.audit.record import changing, describe, record
from app.auth.credentials import fold_email, is_email
from app.auth.links import INVITATION_LIFE, find_link, make_link, spend_link
from app.auth.logins import Client, Login, open_login
from app.auth.models import Admin, LinkPurpose, Role
from app.auth.passwords import check_password, hash_password
from app.auth.schemas import PersonCreate, PersonUpdate, ProfileUpdate
from app.auth.second_factor import drop_second_factor
from app.config import Settings
from app.errors import Conflict, Invalid, NotFound
from app.kit.clock import utcnow
from app.kit.paging import Page, paginate
from app.kit.rows import find_row
from app.messages import access
from app.resources import Resources

log = structlog.get_logger(__name__)

INVITATION_PAGE = "/admin/invitation"


@dataclass(frozen=True, slots=True)
class Invitation:
    """A person with the address of their one-time link, to be shown this once."""

    person: Admin
    url: str = field(repr=False)
    expires_at: datetime


async def list_people(session: AsyncSession, *, limit: int = 50, cursor: str | None = None) -> Page[Admin]:
    """List the people, newest first."""
    cursor = (cursor or "").replace("\0", "")
    return await paginate(session, select(Admin), col(Admin.id), limit=limit, cursor=cursor)


async def get_person(session: AsyncSession, person_id: str) -> Admin:
    """Get one person. Raises NotFound."""
    person = await find_row(session, Admin, person_id, populate_existing=True)
    if person is None:
        raise NotFound(access.NO_PERSON, code="person_not_found")
    return person


async def invite(session: AsyncSession, settings: Settings, wanted: PersonCreate) -> Invitation:
    """Make a person, who sets a password by a link within three days. Raises Invalid, Conflict."""
    email = fold_email(wanted.email)
    if not is_email(email):
        raise Invalid(access.NO_EMAIL)
    values = wanted.model_dump(exclude={"email"})
    person = Admin(email=email, password_hash="", **values)
    await _store(session, person)
    record(
        session, "person.invited", object_kind="person", object_id=person.id, object_name=email, after=describe(person)
    )
    return await _make_invitation(session, settings, person)


async def renew_invitation(session: AsyncSession, settings: Settings, person_id: str) -> Invitation:
    """Give a person who has not come yet another link; the old one is dead. Raises NotFound, Conflict."""
    person = await get_person(session, person_id)
    if person.has_joined:
        raise Conflict(access.HAS_JOINED, code="has_joined")
    record(session, "person.invited_again", object_kind="person", object_id=person.id, object_name=person.email)
    return await _make_invitation(session, settings, person)


async def update_person(session: AsyncSession, person_id: str, change: PersonUpdate) -> Admin:
    """Change what is given. A role counts from the next request on. Raises NotFound, Invalid, Conflict."""
    admins = await _lock_admins(session)
    person = await get_person(session, person_id)
    given = change.model_dump(exclude_none=True)
    if "email" in given:
        given["email"] = fold_email(given["email"])
        if not is_email(given["email"]):
            raise Invalid(access.NO_EMAIL)
    if given.get("role") is Role.editor:
        _require_another(admins, person)
    with changing(session, "person.changed", person, kind="person", name=person.email):
        for name, value in given.items():
            setattr(person, name, value)
    await _store(session, person)
    return person


async def update_profile(session: AsyncSession, person_id: str, change: ProfileUpdate) -> Admin:
    """Change what everybody may change about themselves. Raises NotFound."""
    person = await get_person(session, person_id)
    with changing(session, "person.changed", person, kind="person", name=person.email):
        for name, value in change.model_dump(exclude_none=True).items():
            setattr(person, name, value)
    session.add(person)
    await session.flush()
    return person


async def remove_person(session: AsyncSession, person_id: str) -> None:
    """Remove a person; their logins, links and codes go at once. Raises NotFound, Conflict for the last admin."""
    admins = await _lock_admins(session)
    person = await get_person(session, person_id)
    _require_another(admins, person)
    record(
        session,
        "person.removed",
        object_kind="person",
        object_id=person.id,
        object_name=person.email,
        before=describe(person),
    )
    await session.delete(person)
    await session.flush()
    log.info("person_removed", admin_id=person_id)


async def free_person(session: AsyncSession, person_id: str) -> Admin:
    """Switch off the second factor of somebody who has lost phone and recovery codes. Raises NotFound."""
    person = await get_person(session, person_id)
    await drop_second_factor(session, person)
    return person


async def find_invited(session: AsyncSession, token: str) -> Admin:
    """Tell whom an invitation is for. Raises LinkIsOver."""
    link = await find_link(session, LinkPurpose.invitation, token)
    return await get_person(session, link.admin_id or "")


async def accept_invitation(resources: Resources, token: str, password: str, client: Client) -> Login:
    """Set the invited person's password and log them in. Raises LinkIsOver, Invalid."""
    async with resources.read() as session:
        person = await find_invited(session, token)
    check_password(password, email=person.email)
    password_hash = await hash_password(password)
    async with resources.transaction() as session:
        await spend_link(session, LinkPurpose.invitation, token)
        person = await get_person(session, person.id)
        if person.has_joined:
            raise Conflict(access.HAS_JOINED, code="has_joined")
        person.password_hash, person.password_changed_at = password_hash, utcnow()
        session.add(person)
        record(session, "person.joined", object_kind="person", object_id=person.id, object_name=person.email)
        login = open_login(session, resources.settings.secret_keys, person, client)
    log.info("person_joined", admin_id=person.id)
    return login


async def _make_invitation(session: AsyncSession, settings: Settings, person: Admin) -> Invitation:
    token = await make_link(session, LinkPurpose.invitation, person.id)
    return Invitation(person, f"{settings.public_url}{INVITATION_PAGE}/{token}", utcnow() + INVITATION_LIFE)


async def _lock_admins(session: AsyncSession) -> Sequence[str]:
    """Who can do an admin's work, held until this transaction ends: two who go at once go one after the other."""
    is_able = (col(Admin.role) == Role.admin, col(Admin.password_hash) != "")
    return (await session.exec(select(Admin.id).where(*is_able).order_by(col(Admin.id)).with_for_update())).all()


def _require_another(admins: Sequence[str], person: Admin) -> None:
    if set(admins) == {person.id}:
        raise Conflict(access.LAST_ADMIN, code="last_admin")


async def _store(session: AsyncSession, person: Admin) -> None:
    email = person.email
    try:
        async with session.begin_nested():
            session.add(person)
    except IntegrityError:
        raise Conflict(access.person_exists(email=email), code="person_exists") from None
