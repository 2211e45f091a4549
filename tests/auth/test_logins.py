"""Login sessions, as a person sees and ends them."""

from datetime import datetime, timedelta

from app.auth.logins import IDLE_LIFE, delete_other_logins, end_login, end_other_logins, list_logins
from app.auth.models import Admin, LoginSession
from app.kit.clock import utcnow
from app.kit.ids import new_id
from app.resources import Resources


async def test_logins_are_listed_by_last_use_and_only_while_they_open_something(resources: Resources) -> None:
    me, other = await _make_admin(resources), await _make_admin(resources)
    now = utcnow()
    older = await _make_login(resources, me, seen=now - timedelta(hours=1))
    newer = await _make_login(resources, me, seen=now)
    await _make_login(resources, me, seen=now - IDLE_LIFE - timedelta(seconds=1))
    await _make_login(resources, me, seen=now, ends=now - timedelta(seconds=1))
    await _make_login(resources, other, seen=now)
    assert await _listed(resources, me) == [newer, older]


async def test_one_s_own_logins_are_ended_and_nobody_else_s(resources: Resources) -> None:
    me, other = await _make_admin(resources), await _make_admin(resources)
    mine = [await _make_login(resources, me, seen=utcnow()) for _ in range(3)]
    theirs = await _make_login(resources, other, seen=utcnow())
    await end_login(resources, me, theirs)
    await end_login(resources, me, mine[0])
    assert set(await _listed(resources, me)) == {mine[1], mine[2]}
    await end_other_logins(resources, me, mine[1])
    assert await _listed(resources, me) == [mine[1]]
    assert await _listed(resources, other) == [theirs]


async def test_logins_end_with_the_transaction_that_ends_them(resources: Resources) -> None:
    me = await _make_admin(resources)
    logins = {await _make_login(resources, me, seen=utcnow()) for _ in range(2)}
    try:
        async with resources.transaction() as session:
            await delete_other_logins(session, me, "none")
            raise LookupError
    except LookupError:
        assert set(await _listed(resources, me)) == logins


async def _make_admin(resources: Resources) -> str:
    async with resources.transaction() as session:
        admin = Admin(email=f"{new_id()}@newsroom.example", password_hash="x")
        session.add(admin)
    return admin.id


async def _make_login(resources: Resources, admin_id: str, *, seen: datetime, ends: datetime | None = None) -> str:
    ends = ends or utcnow() + timedelta(hours=1)
    async with resources.transaction() as session:
        login = LoginSession(admin_id=admin_id, token_hash=new_id(), last_seen_at=seen, expires_at=ends)
        session.add(login)
    return login.id


async def _listed(resources: Resources, admin_id: str) -> list[str]:
    async with resources.read() as session:
        return [login.id for login in await list_logins(session, admin_id)]
