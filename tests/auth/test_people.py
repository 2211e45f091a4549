"""The team: invited by a link that opens once, changed, removed; an admin is always left."""

import asyncio
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import select

from app.auth.logins import Client
from app.auth.models import Admin, LoginSession, OneTimeLink, Role
from app.auth.people import accept_invitation, invite, remove_person, update_person
from app.auth.schemas import PersonCreate, PersonUpdate
from app.auth.service import log_in
from app.errors import AppError, Conflict
from app.kit.clock import utcnow
from app.resources import Resources
from tests.auth.support import EMAIL, PASSWORD, log_in_program, make_admin, open_client

NEW = "four quiet words again"
ME = Client("203.0.113.9", "Firefox")


async def invited(resources: Resources, email: str = "new@example.org", role: Role = Role.editor) -> tuple[str, str]:
    async with resources.transaction() as session:
        made = await invite(session, resources.settings, PersonCreate(email=email, role=role))
    return made.person.id, made.url.rpartition("/")[2]


async def joined(resources: Resources, email: str, role: Role) -> str:
    person_id, token = await invited(resources, email, role)
    await accept_invitation(resources, token, NEW, ME)
    return person_id


async def test_a_person_is_invited_comes_in_once_and_is_an_editor(resources):
    await make_admin(resources)
    async with open_client(resources) as client:
        await log_in_program(client, resources)
        wanted = {"email": " New@Example.org ", "name": "Айгүл", "language": "kk", "timezone": "Asia/Almaty"}
        made = await client.post("/api/users", json=wanted)
        assert made.status_code == 201
        person = made.json()
        assert (person["email"], person["role"], person["has_joined"]) == ("new@example.org", "editor", False)
        assert (await client.post("/api/users", json=wanted)).json()["code"] == "person_exists"
        listed = (await client.get("/api/users")).json()["items"]
        assert [one["email"] for one in listed] == ["new@example.org", EMAIL]
        assert "invitation_url" not in listed[0]
    token = person["invitation_url"].rpartition("/")[2]
    with pytest.raises(AppError):
        await log_in(resources, "new@example.org", "", "127.0.0.1")
    async with resources.read() as session:
        assert token not in repr((await session.exec(select(OneTimeLink))).all())
    login = await accept_invitation(resources, token, NEW, ME)
    assert login.admin.role is Role.editor
    with pytest.raises(AppError):
        await accept_invitation(resources, token, NEW, ME)
    assert (await log_in(resources, "new@example.org", NEW, "127.0.0.1")).admin.id == person["id"]


async def test_of_two_who_use_an_invitation_at_once_one_comes_in(resources):
    await make_admin(resources)
    _, token = await invited(resources)
    ends = await asyncio.gather(
        *(accept_invitation(resources, token, NEW + str(n), ME) for n in range(3)), return_exceptions=True
    )
    assert len([end for end in ends if not isinstance(end, BaseException)]) == 1
    assert {end.code for end in ends if isinstance(end, AppError)} == {"link_over"}


async def test_an_invitation_ends_after_three_days_and_when_another_is_made(resources):
    await make_admin(resources)
    person_id, token = await invited(resources)
    with time_machine.travel(utcnow() + timedelta(hours=72, minutes=1)), pytest.raises(AppError, match="used already"):
        await accept_invitation(resources, token, NEW, ME)
    async with open_client(resources) as client:
        await log_in_program(client, resources)
        again = await client.post(f"/api/users/{person_id}/invitation")
        with pytest.raises(AppError, match="used already"):
            await accept_invitation(resources, token, NEW, ME)
        await accept_invitation(resources, again.json()["invitation_url"].rpartition("/")[2], NEW, ME)
        late = await client.post(f"/api/users/{person_id}/invitation")
        assert (late.status_code, late.json()["code"]) == (409, "has_joined")


async def test_a_bad_first_password_leaves_the_invitation_good(resources):
    await make_admin(resources)
    _, token = await invited(resources)
    for bad in ("short", "new@example.org"):
        with pytest.raises(AppError):
            await accept_invitation(resources, token, bad, ME)
    await accept_invitation(resources, token, NEW, ME)


async def test_whoever_is_removed_is_out_at_once(resources):
    await make_admin(resources)
    person_id = await joined(resources, "other@example.org", Role.admin)
    login = await log_in(resources, "other@example.org", NEW, "127.0.0.1")
    async with open_client(resources) as client:
        client.headers["Authorization"] = f"Bearer {login.token}"
        assert (await client.get("/api/users")).status_code == 200
        async with resources.transaction() as session:
            await remove_person(session, person_id)
        assert (await client.get("/api/auth/me")).status_code == 401
    async with resources.read() as session:
        assert (await session.exec(select(LoginSession).where(LoginSession.admin_id == person_id))).all() == []


@pytest.mark.parametrize("change", [PersonUpdate(role=Role.editor), None])
async def test_the_last_admin_stays_one_whoever_was_only_invited(resources, change):
    admin = await make_admin(resources)
    await invited(resources, "not-here-yet@example.org", Role.admin)
    await joined(resources, "editor-too@example.org", Role.editor)
    with pytest.raises(Conflict, match="last admin"):
        await _lose(resources, admin.id, change)
    async with resources.transaction() as session:
        await update_person(session, admin.id, PersonUpdate(name="Still here", role=Role.admin))


@pytest.mark.parametrize("change", [PersonUpdate(role=Role.editor), None])
async def test_two_admins_who_drop_each_other_at_once_leave_one(resources, change):
    ids = [(await make_admin(resources)).id, await joined(resources, "other@example.org", Role.admin)]
    ends = await asyncio.gather(*(_lose(resources, one, change) for one in ids), return_exceptions=True)
    assert [end.code for end in ends if isinstance(end, AppError)] == ["last_admin"]
    assert len([end for end in ends if end is None]) == 1
    async with resources.read() as session:
        left = (await session.exec(select(Admin).where(Admin.role == Role.admin))).all()
    assert len(left) == 1


async def _lose(resources: Resources, person_id: str, change: PersonUpdate | None) -> None:
    async with resources.transaction() as session:
        if change is None:
            await remove_person(session, person_id)
        else:
            await update_person(session, person_id, change)


@pytest.mark.parametrize(
    "bad",
    [
        {"email": "nobody"}, {"email": "a@b\u0000"}, {"role": "owner"}, {"language": "de"}, {"timezone": "Mars/Phobos"},
        {"timezone": "../etc"}, {"name": "x" * 201}, {"name": "a\u0000b"}, {"password": "x"}, {"email": EMAIL},
    ],
)  # fmt: skip
async def test_nonsense_about_a_person_is_refused_and_changes_nothing(sqlite_resources, bad):
    await make_admin(sqlite_resources)
    person_id, _ = await invited(sqlite_resources)
    async with open_client(sqlite_resources) as client:
        await log_in_program(client, sqlite_resources)
        before = (await client.get(f"/api/users/{person_id}")).json()
        changed = await client.patch(f"/api/users/{person_id}", json=bad)
        assert 400 <= changed.status_code < 500
        made = await client.post("/api/users", json={"email": "third@example.org"} | bad)
        assert 400 <= made.status_code < 500
        assert (await client.get(f"/api/users/{person_id}")).json() == before
        assert len((await client.get("/api/users")).json()["items"]) == 2


@pytest.mark.parametrize("nobody", ["0190b2f0-0000-7000-8000-000000000000", "%00", "x" * 100])
async def test_nobody_is_not_found(sqlite_resources, nobody):
    await make_admin(sqlite_resources)
    async with open_client(sqlite_resources) as client:
        await log_in_program(client, sqlite_resources)
        answers = [
            await client.get(f"/api/users/{nobody}"),
            await client.patch(f"/api/users/{nobody}", json={"name": "x"}),
            await client.delete(f"/api/users/{nobody}"),
            await client.post(f"/api/users/{nobody}/invitation"),
            await client.delete(f"/api/users/{nobody}/totp"),
        ]
    assert [answer.status_code for answer in answers] == [404] * 5
    assert PASSWORD not in "".join(answer.text for answer in answers)
