"""The first run: an address from the terminal makes the first admin, once."""

import asyncio

import pytest
from sqlmodel import select

from app.auth.logins import Client
from app.auth.models import Admin, OneTimeLink
from app.auth.service import create_admin
from app.auth.setup import make_setup_address, set_up
from app.errors import AppError, Invalid
from app.resources import Resources
from tests.auth.support import PASSWORD

ME = Client("203.0.113.9")


async def token_of(resources: Resources) -> str:
    address = await make_setup_address(resources)
    assert address
    assert address.startswith(f"{resources.settings.public_url}/admin/setup/")
    return address.rpartition("/")[2]


async def make_first(resources: Resources, token: str, email: str) -> str:
    try:
        login = await set_up(resources, token, email=email, name="Me", password=PASSWORD, client=ME)
    except AppError as error:
        return error.code
    return login.admin.email


async def test_each_start_tells_an_address_of_which_one_makes_the_first_admin(resources):
    tokens = [await token_of(resources) for _ in range(3)]
    async with resources.read() as session:
        rows = repr((await session.exec(select(OneTimeLink))).all())
    assert not any(token in rows for token in tokens)
    assert await make_first(resources, tokens[1], "first@example.org") == "first@example.org"
    assert [await make_first(resources, token, "second@example.org") for token in tokens] == ["link_over"] * 3
    assert await make_setup_address(resources) is None


async def test_of_several_at_once_one_wins(resources):
    tokens = [await token_of(resources) for _ in range(3)]
    ends = await asyncio.gather(*(make_first(resources, token, f"{n}@example.org") for n, token in enumerate(tokens)))
    assert sorted(ends)[-2:] == ["link_over"] * 2
    async with resources.read() as session:
        assert len((await session.exec(select(Admin))).all()) == 1


async def test_an_admin_made_by_the_command_ends_it(resources):
    token = await token_of(resources)
    async with resources.transaction() as session:
        await create_admin(session, "me@example.org", PASSWORD)
    assert await make_first(resources, token, "second@example.org") == "link_over"


async def test_a_bad_password_leaves_the_address_good(resources):
    token = await token_of(resources)
    for password in ("short", "first@example.org"):
        with pytest.raises(Invalid):
            await set_up(resources, token, email="first@example.org", name="", password=password, client=ME)
    assert await make_first(resources, token, "first@example.org") == "first@example.org"
