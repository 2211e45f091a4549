"""A change of the secret key (T26, S15): everything is sealed anew, whatever happens meanwhile."""

import asyncio
import dataclasses
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from sqlmodel import col

from app.accounts.models import Account, AccountTokens, OAuthState, PendingConnection, TikTokApp
from app.ads.models import AdsToken, Boost
from app.articles.models import Source
from app.articles.models_feeds import HubSubscription
from app.auth.models import Admin
from app.config import Settings
from app.jobs import JOBS
from app.kit import reseal
from app.kit.clock import utcnow
from app.kit.crypto import Keyring, Undecryptable
from app.kit.ids import new_id
from app.kit.reseal import SealedColumn, count_old
from app.models import metadata
from app.ops.rotate import SEALED, reseal_hourly, rotate_keys
from app.outbox.models_endpoints import Channel, NotificationEndpoint
from app.resources import Resources
from tests.builders import make_account, make_attempt, make_post, make_source
from tests.support.nursery import shared_nursery
from tests.support.whole_app import mark_as_migrated

OLD, NEW = "test-key-" + "k" * 40, "fresh-key-" + "f" * 40
KILLS = int(os.environ.get("TORTURE_RUNS", "4"))


def with_ring(resources: Resources, *keys: str) -> Resources:
    return dataclasses.replace(resources, keyring=Keyring(keys))


async def seal(resources: Resources, column: SealedColumn, row_id: str, plain: str) -> None:
    sealed = resources.keyring.encrypt(plain, place=column.place(row_id))
    async with resources.transaction() as session:
        await session.exec(sa.update(column.table).where(column.id == row_id).values({column.name: sealed}))


async def read_texts(resources: Resources, column: SealedColumn) -> dict[str, str]:
    async with resources.read() as session:
        query = sa.select(column.id, column.text).where(column.text.is_not(None), column.text != "")
        rows = await (await session.connection()).execute(query)
        return {row_id: text for row_id, text in rows}  # noqa: C416 - a Row is no tuple of two for the type checker


async def read_plain(resources: Resources) -> dict[str, dict[str, str]]:
    """What the resources' ring opens, by column and row. Raises Undecryptable."""
    return {
        f"{column.text.table.name}.{column.name}": {
            row_id: resources.keyring.decrypt(text, place=column.place(row_id))
            for row_id, text in (await read_texts(resources, column)).items()
        }
        for column in SEALED
    }


async def make_secrets(resources: Resources, count: int = 2) -> None:
    """Rows with a secret in every column there is."""
    ids: dict[type[Any], list[str]] = {TikTokApp: ["app"]}
    async with resources.transaction() as session:
        session.add(TikTokApp(client_key="key"))
        for _ in range(count):
            post = await make_post(session)
            rows: list[Any] = [
                await make_attempt(session, post),
                await make_account(session),
                await make_source(session, secret_encrypted=""),
                OAuthState(state_hash=new_id(), binding_hash="b", admin_id="a", redirect_uri="r", expires_at=utcnow()),
                AdsToken(id=new_id(), access_token_encrypted=""),
                Boost(
                    mode="real",
                    post_id=post.id,
                    article_id=post.article_id,
                    account_id=post.account_id,
                    advertiser_id="7",
                    item_id="7",
                    budget="20",
                    days=1,
                    objective_type="REACH",
                ),
                PendingConnection(account_id="a", admin_id="a", open_id="o", grant_encrypted="", expires_at=utcnow()),
                Admin(email=f"{new_id()}@news.example", password_hash="x"),
                NotificationEndpoint(channel=Channel.webhook, address="https://news.example/hook"),
            ]
            rows.append(
                HubSubscription(
                    source_id=rows[2].id, hub="https://hub.example/", topic="https://news.example/feed", token=new_id(),
                    secret_encrypted="",
                )
            )  # fmt: skip
            session.add_all(rows)
            for row in rows:
                ids.setdefault(type(row), []).append(row.id)
        ids[AccountTokens] = ids[Account]
        # Those that `make_post` brings along have a text that is no ciphertext.
        await session.exec(sa.update(Source).where(col(Source.secret_encrypted) == "x").values(secret_encrypted=""))
    for column in SEALED:
        for row_id in ids[column.table]:
            await seal(resources, column, row_id, f"secret of {column.name} {row_id}")


def test_every_column_of_ciphertexts_is_rotated():
    there = {(name, c.name) for name, t in metadata.tables.items() for c in t.columns if c.name.endswith("_encrypted")}
    assert {(column.text.table.name, column.name) for column in SEALED} == there


async def test_the_old_key_can_be_dropped_afterwards_and_every_secret_is_still_the_same(resources, monkeypatch):
    monkeypatch.setattr(reseal, "BATCH", 2)
    await make_secrets(resources, count=5)
    before = await read_plain(resources)
    assert all(before.values())
    done = await rotate_keys(with_ring(resources, NEW, OLD))
    assert {progress.name: (progress.resealed, progress.left, progress.unreadable) for progress in done} == {
        progress.name: (1 if progress.column.table is TikTokApp else 5, 0, ()) for progress in done
    }
    assert await read_plain(with_ring(resources, NEW)) == before
    with pytest.raises(Undecryptable):
        await read_plain(with_ring(resources, OLD))
    again = await rotate_keys(with_ring(resources, NEW, OLD))
    assert [progress.resealed for progress in again] == [0] * len(SEALED)


async def test_the_hourly_sweep_does_the_same(sqlite_resources):
    await make_secrets(sqlite_resources)
    before = await read_plain(sqlite_resources)
    assert JOBS["keys.reseal"].name == "keys.reseal"
    await reseal_hourly(with_ring(sqlite_resources, NEW, OLD))
    assert await read_plain(with_ring(sqlite_resources, NEW)) == before


async def test_a_text_of_another_row_is_not_sealed_anew_but_reported(resources):
    await make_secrets(resources)
    column = next(column for column in SEALED if column.name == "access_token_encrypted")
    (one, text), (other, _) = (await read_texts(resources, column)).items()
    async with resources.transaction() as session:
        (await session.get_one(AccountTokens, other)).access_token_encrypted = text
    done = {progress.name: progress for progress in await rotate_keys(with_ring(resources, NEW, OLD))}
    assert done["account_tokens.access_token"].unreadable == (other,)
    assert (done["account_tokens.access_token"].resealed, done["account_tokens.access_token"].left) == (1, 1)
    assert done["account_tokens.refresh_token"].left == 0
    texts = await read_texts(resources, column)
    assert texts[other] == text
    assert texts[one].startswith(Keyring([NEW]).current_prefix)


async def test_nothing_is_touched_when_no_key_opens_it(resources):
    await make_secrets(resources)
    before = [await read_texts(resources, column) for column in SEALED]
    done = await rotate_keys(with_ring(resources, NEW))
    assert all(progress.left == len(progress.unreadable) > 0 for progress in done)
    assert [await read_texts(resources, column) for column in SEALED] == before


async def test_rotation_and_writers_side_by_side_lose_nothing(resources):
    await make_secrets(resources, count=20)
    ring = with_ring(resources, NEW, OLD)
    column = next(column for column in SEALED if column.name == "access_token_encrypted")
    ids = list(await read_texts(resources, column))
    last = {}

    async def write(number: int) -> None:
        row_id = ids[number % len(ids)]
        await seal(resources if number % 3 else ring, column, row_id, f"written {number}")
        last[row_id] = f"written {number}"

    async def write_all() -> None:
        for number in range(60):
            await write(number)

    await asyncio.gather(write_all(), rotate_keys(ring))
    (done,) = [progress for progress in await rotate_keys(ring) if progress.column is column]
    assert (done.left, done.unreadable) == (0, ())
    assert (await read_plain(with_ring(resources, NEW)))["account_tokens.access_token_encrypted"] == last


# The command


def environment(settings: Settings, *keys: str) -> dict[str, str]:
    return os.environ | {
        "NEWSREEL_DATABASE_URL": settings.database_url.get_secret_value(),
        "NEWSREEL_DATA_DIR": str(settings.data_dir),
        "NEWSREEL_SECRET_KEY": ",".join(keys),
    }


async def run_command(settings: Settings, *keys: str) -> tuple[int, str]:
    given = environment(settings, *keys)
    done = await asyncio.to_thread(shared_nursery().run, "rotate-keys", environment=given, seconds=300)
    return done.returncode, done.stdout + done.stderr


async def kill_half_way(resources: Resources, column: SealedColumn, left: int) -> int:
    """Let a rotation run until only `left` rows of a column are old, and kill it; tell how many it left."""
    log = resources.settings.data_dir.with_name("rotation.log")
    process = shared_nursery().spawn("rotate-keys", environment=environment(resources.settings, NEW, OLD), log=log)
    while process.poll() is None:
        async with resources.read() as session:
            if await count_old(session, Keyring([NEW, OLD]), column) <= left:
                process.kill()
                await asyncio.to_thread(process.wait, 60)
    async with resources.read() as session:
        return await count_old(session, Keyring([NEW, OLD]), column)


async def test_the_command_counts_and_says_when_the_old_key_can_go(resources):
    await mark_as_migrated(resources)
    await make_secrets(resources)
    code, out = await run_command(resources.settings, NEW, OLD)
    assert code == 0, out
    assert "account_tokens.access_token: 2 sealed anew, 0 left" in out
    assert "The older keys can be dropped" in out
    code, out = await run_command(resources.settings, NEW)
    assert (code, "Every secret is sealed with the one key" in out) == (0, True)
    code, out = await run_command(resources.settings, "unrelated-" + "u" * 40)
    assert code == 1
    assert "sources.secret: 0 sealed anew, 2 left" in out
    assert "give the source a new secret" in out
    assert OLD not in out
    assert NEW not in out


# Processes that start and die many times: `make test` has patience for one database.
@pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.torture)], indirect=True
)
@pytest.mark.timeout(1800)
async def test_a_rotation_that_is_killed_half_way_loses_nothing_and_is_resumed(resources):
    await mark_as_migrated(resources)
    await make_secrets(resources)
    column = next(column for column in SEALED if column.name == "access_token_encrypted")
    async with resources.transaction() as session:
        ids = [new_id() for _ in range(3000)]
        texts = [resources.keyring.encrypt(f"token {row_id}", place=column.place(row_id)) for row_id in ids]
        connection = await session.connection()
        accounts = [Account(id=row_id, open_id=row_id).model_dump() for row_id in ids]
        await connection.execute(sa.insert(Account), accounts)
        tokens = [
            AccountTokens(account_id=row_id, access_token_encrypted=text).model_dump()
            for row_id, text in zip(ids, texts, strict=True)
        ]
        await connection.execute(sa.insert(AccountTokens), tokens)
    before = await read_plain(resources)
    stops = [await kill_half_way(resources, column, 2900 - number * 2800 // KILLS) for number in range(KILLS)]
    assert stops == sorted(stops, reverse=True)
    assert any(0 < left < 3000 for left in stops)
    assert await read_plain(with_ring(resources, NEW, OLD)) == before
    code, out = await run_command(resources.settings, NEW, OLD)
    assert code == 0, out
    assert await read_plain(with_ring(resources, NEW)) == before


# The key that is made by itself


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool


def test_processes_that_start_together_make_one_key(tmp_path: Path, threads: ThreadPoolExecutor):
    for number in range(20):
        folder = tmp_path / str(number)

        def start(_process: int, folder: Path = folder) -> tuple[str, ...]:
            settings = Settings(_env_file=None, data_dir=folder, secret_key=SecretStr(""))
            return settings.secret_keys

        assert len(set(threads.map(start, range(16)))) == 1
        assert [path.name for path in folder.iterdir()] == ["secret.key"]
        assert (folder / "secret.key").stat().st_mode & 0o777 == 0o600
