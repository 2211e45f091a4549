"""An account's parts in two places: what either version writes the other reads, and of two refreshes one is made."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlmodel import select

from app.accounts.connect.link import link_account
from app.accounts.holds import pause_inits
from app.accounts.models import Account, AccountPace, AccountSettings, AccountTokens, PublishMode
from app.accounts.schemas import AccountUpdate
from app.accounts.tokens import refresh, vault
from app.accounts.tokens.pairs import store_pair
from app.accounts.tokens.refresh import list_due
from app.accounts.update import update_account
from app.config import ROOT
from app.kit.clock import utcnow
from app.models import RETIRED
from app.ops.migrate import let_tables_be_rewritten, migrate_connection
from app.resources import Resources, open_resources
from tests.conftest import make_settings

pytestmark = pytest.mark.both_databases

_BEFORE = "0016"
_NAMES = {name: "version" if name == "token_version" else name for name in RETIRED["accounts"]}


@pytest.fixture(params=["sqlite", "postgresql"])
async def app(request: pytest.FixtureRequest, tmp_path: Path, redis_server: Any) -> AsyncIterator[Resources]:
    """Resources on a database at the newest version, which an older one's processes still use."""
    url = f"sqlite+aiosqlite:///{tmp_path}/newsreel.db"
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        url = server.url(server.new_database())
    async with open_resources(make_settings(tmp_path, url, redis_server.url)) as opened:
        await migrate(opened, _BEFORE)
        yield opened


async def migrate(app: Resources, revision: str = "head") -> None:
    async with app.db.engine.connect() as connection:
        await let_tables_be_rewritten(connection)
        await connection.run_sync(migrate_connection, revision)


async def go_back(app: Resources, revision: str) -> None:
    def run(connection: sa.Connection) -> None:
        command.downgrade(Config(toml_file=ROOT / "pyproject.toml", attributes={"connection": connection}), revision)

    async with app.db.engine.connect() as connection:
        await let_tables_be_rewritten(connection)
        await connection.run_sync(run)


class VersionBefore:
    """What the version before does, in its words: all of it on the columns of `accounts`."""

    def __init__(self, app: Resources) -> None:
        self.app = app

    async def accounts(self) -> sa.Table:
        async with self.app.db.engine.connect() as connection:
            return await connection.run_sync(lambda sync: sa.Table("accounts", sa.MetaData(), autoload_with=sync))

    async def connect(self, open_id: str) -> str:
        table, now = await self.accounts(), utcnow()
        row = Account(open_id=open_id, scopes=["video.publish"]).model_dump() | AccountSettings().model_dump()
        row |= AccountPace().model_dump() | {
            "token_version": 1, "access_token_encrypted": "act.1", "refresh_token_encrypted": "rft.1",
            "obtained_at": now, "expires_at": now, "refresh_expires_at": now + timedelta(days=9),
            "refresh_due_at": now - timedelta(seconds=1), "refresh_lease_until": None, "refresh_lease_token": None,
        }  # fmt: skip
        async with self.app.db.engine.begin() as connection:
            await connection.execute(sa.insert(table), {column.name: row[column.name] for column in table.columns})
        return str(row["id"])

    async def claim(self, account_id: str, *, version: int) -> bool:
        table, now = await self.accounts(), utcnow()
        free = sa.or_(table.c.refresh_lease_until.is_(None), table.c.refresh_lease_until < now)
        mine = (table.c.id == account_id, table.c.token_version == version, table.c.state == "connected", free)
        lease = {"refresh_lease_until": now + timedelta(seconds=90), "refresh_lease_token": "older"}
        return await self._update(table, mine, lease)

    async def store(self, account_id: str, *, expected_version: int) -> bool:
        table, version = await self.accounts(), expected_version + 1
        pair = {"access_token_encrypted": f"act.{version}", "refresh_token_encrypted": f"rft.{version}",
                "token_version": version, "refresh_lease_until": None, "refresh_lease_token": None,
                "state": "connected"}  # fmt: skip
        return await self._update(table, (table.c.id == account_id, table.c.token_version == expected_version), pair)

    async def change(self, account_id: str, **columns: Any) -> bool:
        table = await self.accounts()
        return await self._update(table, (table.c.id == account_id,), columns)

    async def _update(self, table: sa.Table, mine: tuple[sa.ColumnElement[bool], ...], values: dict[str, Any]) -> bool:
        async with self.app.db.engine.begin() as connection:
            return (await connection.execute(sa.update(table).where(*mine).values(values))).rowcount == 1

    async def read(self, account_id: str) -> dict[str, Any]:
        table = await self.accounts()
        async with self.app.db.engine.connect() as connection:
            row = (await connection.execute(sa.select(table).where(table.c.id == account_id))).mappings().one()
        return {new: row[old] for old, new in _NAMES.items()}


async def read_parts(app: Resources, account_id: str) -> dict[str, Any]:
    async with app.read() as session:
        account = await session.get_one(Account, account_id)
        rows = (await session.get_one(AccountTokens, account_id), account.settings, account.pace)
    return plain({name: value for row in rows for name, value in row.model_dump(exclude={"account_id"}).items()})


def plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value for name, value in row.items()}


async def check_same(app: Resources, older: VersionBefore, account_id: str) -> dict[str, Any]:
    ours = await read_parts(app, account_id)
    assert plain(await older.read(account_id)) == ours
    return ours


def grant(number: int) -> vault.Grant:
    now = utcnow()
    return vault.Grant(f"act.{number}", f"rft.{number}", ("video.publish",), now, now, now + timedelta(days=180))


async def test_each_version_reads_what_the_other_has_written(app):
    older = VersionBefore(app)
    there = await older.connect("there before")
    await migrate(app)
    assert (await check_same(app, older, there))["access_token_encrypted"] == "act.1"
    theirs = await older.connect("connected by the older")
    ours = await link_account(app, "connected by the newer", grant(1))
    for account_id in (there, theirs, ours):
        before = await check_same(app, older, account_id)
        assert await older.store(account_id, expected_version=1)
        assert (await check_same(app, older, account_id)) == before | {
            "access_token_encrypted": "act.2", "refresh_token_encrypted": "rft.2", "version": 2,
        }  # fmt: skip
        async with app.transaction() as session:
            assert not await store_pair(session, app.keyring, account_id, grant(2), expected_version=1)
        async with app.transaction() as session:
            assert await store_pair(session, app.keyring, account_id, grant(3), expected_version=2)
        assert not await older.store(account_id, expected_version=2)
        after = await check_same(app, older, account_id)
        assert after["version"] == 3
        place = f"accounts|{account_id}|access_token_encrypted"
        assert app.keyring.decrypt(after["access_token_encrypted"], place=place) == "act.3"


async def test_settings_and_pace_are_read_by_each_version_as_the_other_left_them(app):
    older = VersionBefore(app)
    there = await older.connect("there before")
    assert await older.change(there, enabled=False, title_limit=40, init_gap_seconds=20.0, learned_daily_cap=2)
    await migrate(app)
    assert (await check_same(app, older, there))["title_limit"] == 40
    for account_id in (there, await older.connect("theirs"), await link_account(app, "ours", grant(1))):
        await older.change(account_id, mode="approve", privacy_level="SELF_ONLY", init_pause_reason="older")
        before = await check_same(app, older, account_id)
        assert (before["mode"], before["privacy_level"], before["init_pause_reason"]) == (
            "approve",
            "SELF_ONLY",
            "older",
        )
        await update_account(app, account_id, AccountUpdate(mode=PublishMode.direct, daily_cap=3, card_text="#000000"))
        until = utcnow() + timedelta(hours=1)
        async with app.transaction() as session:
            await pause_inits(session, account_id, until, "newer")
        assert await check_same(app, older, account_id) == before | {
            "mode": "direct", "daily_cap": 3, "card_text": "#000000",
            "init_not_before": until.replace(tzinfo=None), "init_pause_reason": "newer",
        }  # fmt: skip


async def test_of_two_versions_that_want_to_refresh_one_may(app):
    older = VersionBefore(app)
    await migrate(app)
    for number in range(10):
        account_id = await older.connect(f"account {number}")
        async with app.read() as session:
            account = await session.get_one(Account, account_id)
            tokens = await session.get_one(AccountTokens, account_id)
            assert account_id in await list_due(session, utcnow(), most=100)
        theirs, ours = await asyncio.gather(older.claim(account_id, version=1), refresh.claim(app, account, tokens))
        assert [theirs, ours is not None].count(True) == 1
        assert (await check_same(app, older, account_id))["refresh_lease_token"] == (ours.key if ours else "older")
        async with app.read() as session:
            assert account_id not in await list_due(session, utcnow(), most=100)


async def test_a_step_back_keeps_the_newest_pair_and_a_step_forward_again_too(app):
    older = VersionBefore(app)
    await migrate(app)
    account_id = await link_account(app, "ours", grant(1))
    before = await read_parts(app, account_id)
    await go_back(app, _BEFORE)
    kept = await older.read(account_id)
    assert kept["access_token_encrypted"] == before["access_token_encrypted"]
    assert await older.store(account_id, expected_version=1)
    await migrate(app)
    assert (await check_same(app, older, account_id))["access_token_encrypted"] == "act.2"
    async with app.read() as session:
        assert len((await session.exec(select(AccountTokens.account_id))).all()) == 1
