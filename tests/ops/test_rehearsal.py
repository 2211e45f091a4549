"""`newsreel emulator --for .env` says a login that works, whoever is there already and whatever the file names."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from app.auth.service import create_admin, ensure_first_admin
from app.config import load_settings
from app.ops.demo import rehearsal
from app.resources import Resources, open_resources

BOSS, CHOSEN = "boss@newsroom.example", "a quiet harbour at dawn"
OURS = re.compile(r"try-[\w-]{12}")

Prepare = Callable[..., str]


@pytest.fixture
def prepare(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Prepare:
    """Run it on a file with such lines; give what stands behind `with`."""

    async def is_there(_settings: object) -> None:
        return

    monkeypatch.setattr(rehearsal, "upgrade", is_there)
    monkeypatch.chdir(tmp_path)
    file = Path(".env")

    def run(**lines: str) -> str:
        if lines:
            file.write_text("".join(f"NEWSREEL_{name}={value}\n" for name, value in lines.items()))
            file.write_text(f"{file.read_text()}NEWSREEL_DATABASE_URL={sqlite_url}\n")
        told: list[str] = []
        rehearsal.prepare(file, "http://127.0.0.1:8090", told.append)
        return told[-1].partition(" with ")[2]

    return run


async def start() -> None:
    """Make the first admin, as the web process does at its start."""
    async with open_resources(load_settings(_env_file=".env")) as app:
        await ensure_first_admin(app)


def stored() -> str:
    return Path(".env").read_text()


def test_it_makes_up_what_the_file_does_not_name(prepare: Prepare):
    email, password = prepare(PORT="8000").split(" / ")
    assert f"NEWSREEL_ADMIN_EMAIL={email}\nNEWSREEL_ADMIN_PASSWORD={password}\n" in stored()
    assert OURS.fullmatch(password)
    asyncio.run(start())
    assert prepare() == f"{email} / {password}"


def test_it_gives_the_address_that_the_file_names_a_password(prepare: Prepare):
    email, password = prepare(ADMIN_EMAIL=BOSS).split(" / ")
    assert email == BOSS
    assert f"NEWSREEL_ADMIN_PASSWORD={password}\n" in stored()
    assert stored().count("ADMIN_EMAIL") == 1


def test_it_neither_prints_nor_replaces_a_password_that_a_person_chose(prepare: Prepare):
    assert prepare(ADMIN_EMAIL=BOSS, ADMIN_PASSWORD=CHOSEN) == f"{BOSS} and the password in NEWSREEL_ADMIN_PASSWORD"
    told = prepare(ADMIN_PASSWORD=CHOSEN)
    assert told == "editor@newsreel.example and the password in NEWSREEL_ADMIN_PASSWORD"
    assert f"NEWSREEL_ADMIN_PASSWORD={CHOSEN}\n" in stored()


def test_it_sees_what_the_environment_names(prepare: Prepare, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NEWSREEL_ADMIN_EMAIL", BOSS)
    assert prepare(PORT="8000").startswith(f"{BOSS} / try-")
    assert "NEWSREEL_ADMIN_EMAIL" not in stored()


async def test_it_names_no_first_admin_where_people_are_already(prepare: Prepare, sqlite_resources: Resources):
    async with sqlite_resources.transaction() as session:
        await create_admin(session, "somebody@newsroom.example", CHOSEN)
    assert await asyncio.to_thread(prepare, PORT="8000") == "the login that you have: there are people already"
    assert "ADMIN" not in stored()
    async with sqlite_resources.transaction() as session:
        await create_admin(session, BOSS, CHOSEN)
    told = await asyncio.to_thread(prepare, ADMIN_EMAIL="Boss@newsroom.example", ADMIN_PASSWORD="try-something-else")
    assert told == f"{BOSS} and the password that it was given since"
