"""Admins and their logins."""

import dataclasses
from datetime import timedelta

import pytest
import sqlalchemy as sa
import structlog
import time_machine
from argon2 import PasswordHasher
from pydantic import SecretStr
from sqlmodel import select

from app.auth.credentials import WrongCredentials
from app.auth.jobs import sweep
from app.auth.models import Admin, LoginSession
from app.auth.own_password import change_password
from app.auth.service import (
    create_admin,
    ensure_first_admin,
    log_in,
    log_out,
    recognise,
)
from app.config import Settings
from app.errors import ConfigurationError, Conflict, Invalid
from app.kit.clock import utcnow
from app.resources import Resources
from tests.auth.support import EMAIL, PASSWORD, make_admin

NEW_PASSWORD = "another quiet harbour"


def with_settings(resources: Resources, **changes: object) -> Resources:
    settings: Settings = resources.settings.model_copy(update=changes)
    return dataclasses.replace(resources, settings=settings)


async def list_admins(resources: Resources) -> list[str]:
    async with resources.read() as session:
        return list((await session.exec(select(Admin.email))).all())


async def test_an_address_is_one_admin_whatever_its_case(resources):
    await make_admin(resources, "Editor@Example.org")
    with pytest.raises(Conflict):
        await make_admin(resources, " editor@example.ORG ")
    assert await list_admins(resources) == [EMAIL]


@pytest.mark.parametrize(
    "email", ["", "editor", "@example.org", "editor@", "a b@example.org", "a\x00@b.org", "x" * 330]
)
async def test_refuses_what_is_no_address(sqlite_resources, email):
    async with sqlite_resources.transaction() as session:
        with pytest.raises(Invalid):
            await create_admin(session, email, PASSWORD)


async def test_makes_the_first_admin_from_the_settings_only_where_there_is_none(resources):
    named = with_settings(resources, admin_email=EMAIL, admin_password=SecretStr(PASSWORD))
    await ensure_first_admin(with_settings(resources))
    assert await list_admins(resources) == []
    await ensure_first_admin(named)
    await ensure_first_admin(with_settings(named, admin_email="second@example.org"))
    assert await list_admins(resources) == [EMAIL]


@pytest.mark.parametrize(("email", "password"), [(EMAIL, "short"), (EMAIL, ""), ("", PASSWORD), ("nobody", PASSWORD)])
async def test_says_which_setting_is_wrong_when_the_first_admin_cannot_be_made(sqlite_resources, email, password):
    named = with_settings(sqlite_resources, admin_email=email, admin_password=SecretStr(password))
    with pytest.raises(ConfigurationError, match="NEWSREEL_ADMIN_PASSWORD"):
        await ensure_first_admin(named)


async def test_a_login_is_recognised_until_it_logs_out(resources):
    admin = await make_admin(resources)
    login = await log_in(resources, "EDITOR@example.org", PASSWORD, "127.0.0.1")
    found = await recognise(resources, login.token)
    assert found is not None
    assert found.admin.id == admin.id
    await log_out(resources, found.session_id)
    assert await recognise(resources, login.token) is None


async def test_every_login_is_a_session_of_its_own(resources):
    await make_admin(resources)
    first, second = [await log_in(resources, EMAIL, PASSWORD, "127.0.0.1") for _ in range(2)]
    assert first.token != second.token
    assert first.csrf_token != second.csrf_token
    async with resources.read() as session:
        hashes = (await session.exec(select(LoginSession.token_hash))).all()
    assert len(set(hashes)) == 2
    assert not any(value in (first.token, second.token) for value in hashes)


@pytest.mark.parametrize(
    ("email", "password"),
    [(EMAIL, "a wrong guess"), ("nobody@example.org", PASSWORD), ("", ""), ("a\x00@b.org", PASSWORD), (EMAIL, "\x00")],
)
async def test_refuses_wrong_credentials_with_one_answer(resources, email, password):
    await make_admin(resources)
    with structlog.testing.capture_logs() as logs, pytest.raises(WrongCredentials) as refused:
        await log_in(resources, email, password, "127.0.0.1")
    assert refused.value.message == "E-mail address or password is wrong"
    assert [entry["event"] for entry in logs] == ["login_refused"]
    assert PASSWORD not in repr(logs)


async def test_a_login_ends_after_two_idle_hours(resources):
    await make_admin(resources)
    login = await log_in(resources, EMAIL, PASSWORD, "127.0.0.1")
    start = utcnow()
    for minutes in (119, 238, 357):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            assert await recognise(resources, login.token) is not None
    with time_machine.travel(start + timedelta(minutes=357 + 121)):
        assert await recognise(resources, login.token) is None


async def test_a_login_ends_after_twelve_hours_however_busy(resources):
    await make_admin(resources)
    login = await log_in(resources, EMAIL, PASSWORD, "127.0.0.1")
    start = utcnow()
    for hour in range(1, 12):
        with time_machine.travel(start + timedelta(hours=hour)):
            assert await recognise(resources, login.token) is not None
    with time_machine.travel(start + timedelta(hours=12, seconds=1)):
        assert await recognise(resources, login.token) is None
        await sweep(resources)
        async with resources.read() as session:
            assert (await session.exec(select(LoginSession.id))).all() == []


async def test_notes_when_a_login_was_seen_at_most_once_a_minute(resources):
    await make_admin(resources)
    login = await log_in(resources, EMAIL, PASSWORD, "127.0.0.1")
    start = utcnow()
    seen = set()
    for seconds in (1, 30, 59, 62, 90, 120):
        with time_machine.travel(start + timedelta(seconds=seconds)):
            await recognise(resources, login.token)
        async with resources.read() as session:
            seen.add((await session.exec(select(LoginSession.last_seen_at))).one())
    assert len(seen) == 2


async def test_changing_the_password_ends_all_other_logins(resources):
    admin = await make_admin(resources)
    mine, other = [await log_in(resources, EMAIL, PASSWORD, "127.0.0.1") for _ in range(2)]
    found = await recognise(resources, mine.token)
    assert found is not None
    await change_password(
        resources, admin.id, PASSWORD, NEW_PASSWORD, session_id=found.session_id, client_ip="127.0.0.1"
    )
    assert await recognise(resources, mine.token) is not None
    assert await recognise(resources, other.token) is None
    with pytest.raises(WrongCredentials):
        await log_in(resources, EMAIL, PASSWORD, "127.0.0.1")
    await log_in(resources, EMAIL, NEW_PASSWORD, "127.0.0.1")


async def test_changing_the_password_needs_the_present_one_and_a_good_new_one(resources):
    admin = await make_admin(resources)
    with pytest.raises(WrongCredentials):
        await change_password(resources, admin.id, "a guess", NEW_PASSWORD, session_id="s", client_ip="127.0.0.1")
    with pytest.raises(Invalid):
        await change_password(resources, admin.id, PASSWORD, "short", session_id="s", client_ip="127.0.0.1")
    await log_in(resources, EMAIL, PASSWORD, "127.0.0.1")


async def test_a_hash_of_weaker_parameters_is_replaced_at_login(resources):
    admin = await make_admin(resources)
    weak = PasswordHasher(time_cost=1, memory_cost=8 * 1024).hash(PASSWORD)
    async with resources.transaction() as session:
        await session.exec(sa.update(Admin).values(password_hash=weak))
    await log_in(resources, EMAIL, PASSWORD, "127.0.0.1")
    async with resources.read() as session:
        kept = (await session.exec(select(Admin.password_hash).where(Admin.id == admin.id))).one()
    assert kept != weak
    await log_in(resources, EMAIL, PASSWORD, "127.0.0.1")


async def test_a_token_is_no_good_once_its_key_has_left_the_ring(sqlite_resources):
    await make_admin(sqlite_resources)
    login = await log_in(sqlite_resources, EMAIL, PASSWORD, "127.0.0.1")
    # A cached property survives model_copy: build the settings anew.
    values = dict(sqlite_resources.settings) | {"secret_key": SecretStr("fresh-" + "f" * 40)}
    fresh = Settings(_env_file=None, **values)
    moved = dataclasses.replace(sqlite_resources, settings=fresh)
    assert await recognise(sqlite_resources, login.token) is not None
    assert await recognise(moved, login.token) is None
