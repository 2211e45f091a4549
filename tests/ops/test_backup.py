"""Backup and restore: everything is back, on either database, and nothing is posted twice because of it (T41)."""

import asyncio
import json
import shutil
import tarfile
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from sqlmodel import col, select

from app.accounts.models import Account, AccountSettings, AccountTokens
from app.articles.models import Article, SourceDelivery
from app.auth.service import log_in
from app.config import Settings
from app.db import Database
from app.errors import ConfigurationError
from app.jobs import WorkerHeartbeat
from app.kit.clock import utcnow
from app.media.models import MediaAsset
from app.models import metadata
from app.ops.archive import TRANSIENT, reflect_kept
from app.ops.backup import make_backup
from app.ops.migrate import SchemaState, find_state, head_revision, migrate_connection, upgrade
from app.ops.restore import restore_backup
from app.posts.models import AttemptOutcome, Post, PostAttempt, PostEvent, PostState
from app.posts.restored import RESTORED
from app.resources import Resources, open_resources
from tests.builders import make_account, make_article, make_attempt, make_post, make_source
from tests.conftest import make_settings
from tests.support.whole_app import EMAIL, PASSWORD, make_admin, mark_as_migrated, set_revision

S = PostState
CANARY = "canary of a token"


@pytest.fixture
def by_migrations() -> None:
    """For tests of how the tables come about."""


@pytest.fixture(autouse=True)
def tables_at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty database gets today's tables at once: they are the same by all migrations, for a second of work each."""
    if "by_migrations" not in request.fixturenames:
        monkeypatch.setattr("app.ops.migrate.migrate_connection", _make_tables)
        monkeypatch.setattr("app.ops.restore.migrate_connection", _make_tables)


def _make_tables(connection: sa.Connection, revision: str = "head") -> None:
    is_own = not connection.in_transaction()
    if revision not in {"head", head_revision()} or sa.inspect(connection).get_table_names():
        migrate_connection(connection, revision)
        return
    metadata.create_all(connection)
    set_revision(connection)
    if is_own:
        connection.commit()


@pytest.fixture
async def newsroom(resources: Resources) -> Resources:
    """An installation with something of everything."""
    return await furnish(resources)


@pytest.fixture
async def sqlite_newsroom(sqlite_resources: Resources) -> Resources:
    """The same on SQLite, for tests in which the database of the restored one makes the difference."""
    return await furnish(sqlite_resources)


async def furnish(resources: Resources) -> Resources:
    await mark_as_migrated(resources)
    await make_admin(resources)
    await log_in(resources, EMAIL, PASSWORD, "127.0.0.1")
    async with resources.transaction() as session:
        account = await make_account(session, scopes=["video.publish"])
        place = f"accounts|{account.id}|access_token_encrypted"
        tokens = await session.get_one(AccountTokens, account.id)
        tokens.access_token_encrypted = resources.keyring.encrypt(CANARY, place=place)
        source = await make_source(session, options={"language": "kk"})
        article = await make_article(session, source_id=source.id, title="Жаңалық 🏫 \\ \"'", breaking=True)
        post = await make_post(session, article_id=article.id, account_id=account.id, state=S.publishing,
                               publish_id="p_pub_url~v2.7602997517160123666")  # fmt: skip
        await make_attempt(session, post, outcome=AttemptOutcome.accepted)
        done = await make_post(session, state=S.published, account_id=account.id)
        session.add(WorkerHeartbeat(id="worker", seen_at=utcnow()))
        session.add(SourceDelivery(source_id=source.id, body=bytes(range(256)), body_bytes=256, kept_bytes=256))
        for owner, path, delete_after in (
            (post.id, "ab/1.jpg", None),
            (done.id, "cd/2.jpg", utcnow()),
            (post.id, "ab/lost.jpg", None),
        ):
            session.add(MediaAsset(owner_id=owner, position=len(path), source_url="https://n.example/1.jpg", path=path,
                                   width=1, height=1, size=3, sha256="0", delete_after=delete_after))  # fmt: skip
    for path in ("ab/1.jpg", "cd/2.jpg"):
        file = resources.media_dir / path
        file.parent.mkdir(parents=True)
        file.write_bytes(path.encode())
    return resources


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of another installation, in which there is nothing yet."""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        return make_settings(tmp_path, server.url(server.new_database()), "", data_dir=tmp_path / "there" / "var")
    url = f"sqlite+aiosqlite:///{tmp_path}/there/var/newsreel.db"
    return make_settings(tmp_path, url, "", data_dir=tmp_path / "there" / "var")


@pytest.fixture
def sqlite_empty(tmp_path: Path) -> Settings:
    url = f"sqlite+aiosqlite:///{tmp_path}/there/var/newsreel.db"
    return make_settings(tmp_path, url, "", data_dir=tmp_path / "there" / "var")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backup.newsreel"


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    db = Database(settings.database_url.get_secret_value(), pool_size=1)
    try:
        yield db
    finally:
        await db.close()


async def read_all(db: Database, *tables: str) -> dict[str, list[dict[str, Any]]]:
    async with db.read() as session:
        connection = await session.connection()
        rows = {}
        for name in tables:
            table = metadata.tables[name]
            found = await connection.execute(sa.select(table).order_by(*table.primary_key))
            rows[name] = [dict(row) for row in found.mappings()]
        return rows


async def test_everything_comes_back_on_either_database(by_migrations, newsroom, empty, file):
    unchanged = metadata.tables.keys() - TRANSIENT - {"posts", "post_events", "restorations", "ads_write_gaps"}
    before = await read_all(newsroom.db, *unchanged)
    written = await make_backup(newsroom.settings, file)
    assert written.files == 1
    restored = await restore_backup(empty, file)
    assert restored.manifest.backup_at == written.backup_at
    assert await find_state(empty) is SchemaState.current
    async with opened(empty) as db:
        assert await read_all(db, *unchanged) == before
        rows = await read_all(db, *TRANSIENT)
        assert {name: found for name, found in rows.items() if found} == {}
        (post, done) = (await read_all(db, "posts"))["posts"]
        (gap,) = (await read_all(db, "ads_write_gaps"))["ads_write_gaps"]
    assert gap["since"] == written.backup_at
    assert (post["publish_id"], post["state"]) == ("p_pub_url~v2.7602997517160123666", "publishing")
    assert done["state"] == "published"
    assert (empty.data_dir / "media" / "ab" / "1.jpg").read_bytes() == b"ab/1.jpg"
    assert not (empty.data_dir / "media" / "cd").exists(), "what no post needs is not kept"


async def test_a_backup_is_for_its_owner_alone_and_holds_no_secret_in_plain_text(newsroom, file):
    await make_backup(newsroom.settings, file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir() if path.name.startswith(".")] == []
    with tarfile.open(file) as tar:
        contents = {info.name: (tar.extractfile(info) or BytesIO()).read() for info in tar}
    assert "secret.key" not in contents
    whole = b"".join(contents.values())
    for secret in (CANARY, PASSWORD, newsroom.settings.secret_keys[0]):
        assert secret.encode() not in whole
    assert "accounts|" not in json.loads(contents["manifest.json"])["key_ids"]


async def test_a_backup_shows_one_moment_while_the_service_writes(newsroom, sqlite_empty, file):
    is_over = asyncio.Event()

    async def write() -> int:
        count = 0
        while not is_over.is_set():
            async with newsroom.transaction() as session:
                account = (await session.exec(select(Account.id))).first()
                post = await make_post(session, account_id=account)
                await make_attempt(session, post, outcome=AttemptOutcome.refused)
            count += 1
        return count

    writing = asyncio.create_task(write())
    async with asyncio.timeout(60):
        await asyncio.sleep(0.5)
        await make_backup(newsroom.settings, file)
    is_over.set()
    assert await writing > 2
    await restore_backup(sqlite_empty, file)
    async with opened(sqlite_empty) as db:
        rows = await read_all(db, "posts", "post_attempts", "articles")
    posts = {row["id"] for row in rows["posts"]}
    # One of the posts that were there before has an attempt, the other has none.
    assert len(rows["post_attempts"]) == len(posts) - 1
    assert {row["post_id"] for row in rows["post_attempts"]} <= posts
    assert len(rows["articles"]) == len(posts)


# The key


async def test_a_backup_with_the_key_brings_it_back(sqlite_url, sqlite_empty, tmp_path, file):
    own = make_settings(tmp_path, sqlite_url, "", secret_key=SecretStr(""), data_dir=tmp_path / "own")
    async with open_resources(own) as app:
        await mark_as_migrated(app)
        async with app.transaction() as session:
            account = await make_account(session)
            place = f"accounts|{account.id}|access_token_encrypted"
            tokens = await session.get_one(AccountTokens, account.id)
            tokens.access_token_encrypted = app.keyring.encrypt(CANARY, place=place)
    await make_backup(own, file, with_key=True)
    other = sqlite_empty.model_copy(update={"secret_key": SecretStr("")})
    fresh = other.secret_keys
    done = await restore_backup(other, file)
    assert done.has_key
    key = other.data_dir / "secret.key"
    assert (key.read_text(), key.stat().st_mode & 0o777) == (own.secret_keys[0], 0o600)
    (replaced,) = other.data_dir.glob("secret.key.replaced-*")
    assert replaced.read_text() == fresh[0]


async def test_a_key_of_the_settings_is_not_copied(sqlite_newsroom, file):
    with pytest.raises(ConfigurationError, match="Keep that setting beside the backup"):
        await make_backup(sqlite_newsroom.settings, file, with_key=True)
    assert not file.exists()


async def test_a_restore_under_another_key_is_refused_before_it_changes_anything(sqlite_newsroom, sqlite_empty, file):
    await make_backup(sqlite_newsroom.settings, file)
    other = make_settings(
        sqlite_empty.data_dir.parent, sqlite_empty.database_url.get_secret_value(), "",
        data_dir=sqlite_empty.data_dir, secret_key=SecretStr("another-" + "a" * 40),
    )  # fmt: skip
    with pytest.raises(ConfigurationError, match="another key"):
        await restore_backup(other, file)
    assert list(other.data_dir.iterdir()) == []
    await restore_backup(other, file, key_lost=True)
    assert await find_state(other) is SchemaState.current


# What is refused


async def test_a_database_with_rows_is_replaced_only_on_demand(sqlite_newsroom, empty, file):
    await make_backup(sqlite_newsroom.settings, file)
    await upgrade(empty)
    async with opened(empty) as db, db.transaction() as session:
        await make_account(session, display_name="somebody else")
    with pytest.raises(ConfigurationError, match="--replace"):
        await restore_backup(empty, file)
    await restore_backup(empty, file, replace=True)
    async with opened(empty) as db, db.read() as session:
        names = (await session.exec(select(Account.display_name))).all()
    assert "somebody else" not in names


async def test_a_database_in_use_is_left_alone(sqlite_newsroom, empty, file):
    await make_backup(sqlite_newsroom.settings, file)
    await upgrade(empty)
    async with opened(empty) as db:
        async with db.read() as session:
            await session.exec(select(Account.id))
        with pytest.raises(ConfigurationError, match="in use"):
            await restore_backup(empty, file)
    await restore_backup(empty, file)


async def test_a_worker_that_was_seen_a_moment_ago_is_believed_to_live(sqlite_newsroom, empty, file):
    await make_backup(sqlite_newsroom.settings, file)
    await upgrade(empty)
    async with opened(empty) as db, db.transaction() as session:
        session.add(WorkerHeartbeat(id="w", seen_at=utcnow() - timedelta(seconds=30)))
    with pytest.raises(ConfigurationError, match="sign of life"):
        await restore_backup(empty, file)
    async with opened(empty) as db, db.transaction() as session:
        await session.exec(sa.update(WorkerHeartbeat).values(seen_at=utcnow() - timedelta(seconds=70)))
    await restore_backup(empty, file)


def rewrite(file: Path, change: Callable[[str, bytes], tuple[str, bytes]]) -> None:
    with tarfile.open(file) as tar:
        members = [(info.name, (tar.extractfile(info) or BytesIO()).read()) for info in tar]
    with tarfile.open(file, "w:gz") as tar:
        for name, content in [change(*member) for member in members]:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, BytesIO(content))


def in_table(name: str, content: bytes) -> tuple[str, bytes]:
    return name, content.replace(b"Aimaq", b"Other") if name == "tables/accounts.jsonl" else content


def in_a_foreign_place(name: str, content: bytes) -> tuple[str, bytes]:
    return (f"media/../../{name}" if name.startswith("media/") else name), content


def in_the_version(name: str, content: bytes) -> tuple[str, bytes]:
    return name, content.replace(b'"revision": "', b'"revision": "later-') if name == "manifest.json" else content


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (in_table, "is not what was written"),
        (in_a_foreign_place, "does not belong there"),
        (in_the_version, "newer version of Newsreel"),
    ],
)
async def test_a_backup_that_was_changed_is_refused(sqlite_newsroom, sqlite_empty, file, change, said):
    await make_backup(sqlite_newsroom.settings, file)
    rewrite(file, change)
    with pytest.raises(ConfigurationError, match=said):
        await restore_backup(sqlite_empty, file)
    assert list(sqlite_empty.data_dir.iterdir()) == []


async def test_a_backup_that_is_cut_short_or_no_backup_is_refused(sqlite_newsroom, sqlite_empty, file):
    await make_backup(sqlite_newsroom.settings, file)
    whole = file.read_bytes()
    for content in (whole[: len(whole) // 2], b"", b"no archive", whole[:-200]):
        file.write_bytes(content)
        with pytest.raises(ConfigurationError, match="cannot be read as a backup"):
            await restore_backup(sqlite_empty, file)
    file.unlink()
    with pytest.raises(ConfigurationError, match="No such file"):
        await restore_backup(sqlite_empty, file)


async def test_a_restore_that_fails_leaves_what_was_there(sqlite_newsroom, empty, file, monkeypatch):
    await make_backup(sqlite_newsroom.settings, file)
    await upgrade(empty)
    async with opened(empty) as db, db.transaction() as session:
        await make_account(session, display_name="somebody else")

    async def fail(*_args: object) -> dict[str, int]:
        raise RuntimeError("the last step fails")

    monkeypatch.setattr("app.ops.restore.hold_restored_posts", fail)
    with pytest.raises(RuntimeError, match="last step"):
        await restore_backup(empty, file, replace=True)
    async with opened(empty) as db, db.read() as session:
        assert (await session.exec(select(Account.display_name))).all() == ["somebody else"]


async def test_nothing_is_backed_up_where_nothing_is(sqlite_empty, file):
    with pytest.raises(ConfigurationError, match="no database"):
        await make_backup(sqlite_empty, file)


async def test_a_backup_of_an_older_version_is_restored_and_migrated(by_migrations, empty, tmp_path, file):
    old = make_settings(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/old.db", "", data_dir=tmp_path / "old")
    async with opened(old) as db, db.engine.begin() as connection:
        await connection.run_sync(migrate_connection, "0001")
        await connection.run_sync(_insert_account_of_the_first_version)
    assert await find_state(old) is SchemaState.old
    await make_backup(old, file)
    await restore_backup(empty, file)
    async with opened(empty) as db, db.read() as session:
        (account,) = (await session.exec(select(Account))).all()
    assert (account.display_name, account.settings.resend_after_no_trace) == ("Aimaq", True)


def _insert_account_of_the_first_version(connection: sa.Connection) -> None:
    table = sa.Table("accounts", sa.MetaData(), autoload_with=connection)
    row = (
        Account(open_id="o", display_name="Aimaq").model_dump() | AccountSettings().model_dump() | {"token_version": 1}
    )
    connection.execute(sa.insert(table), {name: value for name, value in row.items() if name in table.columns})


async def test_what_a_backup_cannot_read_and_does_not_need_is_no_warning(sqlite_resources):
    async with sqlite_resources.db.engine.connect() as connection:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert await connection.run_sync(reflect_kept)


def test_every_column_is_of_a_type_that_a_backup_can_carry():
    carried = (sa.String, sa.Integer, sa.Float, sa.Boolean, sa.DateTime, sa.JSON, sa.LargeBinary)
    for table in metadata.tables.values():
        for column in table.columns:
            kind = column.type.impl if isinstance(column.type, sa.TypeDecorator) else column.type
            assert isinstance(kind, carried), column
        assert [column for column in table.columns if column.autoincrement is True] == []


# What becomes of posts


async def test_what_was_not_given_to_tiktok_waits_and_what_was_being_given_is_unconfirmed(sqlite_newsroom, empty, file):
    ids: dict[str, str] = {}
    tomorrow = utcnow() + timedelta(days=1)
    async with sqlite_newsroom.transaction() as session:
        made: dict[str, dict[str, Any]] = {
            "queued": {"state": S.queued, "lease_token": "w", "lease_until": utcnow()},
            "retryable": {"state": S.retryable, "next_attempt_at": utcnow(), "failures": 2},
            "due later": {"state": S.scheduled, "scheduled_at": tomorrow, "state_reason": "embargo"},
            "for approval": {"state": S.awaiting_approval, "state_reason": "approval"},
            "sending": {"state": S.queued, "is_sending": True, "attempt": 1},
            "unconfirmed": {"state": S.unconfirmed, "state_reason": "timeout"},
            "publishing": {"state": S.publishing, "publish_id": "p1", "next_check_at": utcnow() + timedelta(hours=1)},
            "published": {"state": S.published},
            "failed": {"state": S.failed},
        }
        for name, changes in made.items():
            post = await make_post(session, **changes)
            ids[name] = post.id
            if name == "sending":
                await make_attempt(session, post, outcome=AttemptOutcome.sending)
    await make_backup(sqlite_newsroom.settings, file)
    done = await restore_backup(empty, file)
    assert done.posts == {"waiting": 3, "awaiting_approval": 1, "unconfirmed": 1, "asked_about": 2}
    async with opened(empty) as db, db.read() as session:
        posts = {name: await session.get_one(Post, post_id) for name, post_id in ids.items()}
        attempt = (await session.exec(select(PostAttempt).where(PostAttempt.post_id == ids["sending"]))).one()
        said = {
            name: (await session.exec(select(PostEvent.why).where(PostEvent.post_id == post_id))).all()
            for name, post_id in ids.items()
        }
    for name in ("queued", "retryable", "due later"):
        post = posts[name]
        assert (post.state, post.state_reason, post.scheduled_at, post.next_attempt_at) == (
            S.scheduled, RESTORED, None, None,
        )  # fmt: skip
        assert post.lease_token is None
        assert post.state_detail == said[name][-1]
        assert "Look at the account on TikTok" in said[name][-1]
    assert (posts["for approval"].state, posts["for approval"].state_reason) == (S.awaiting_approval, RESTORED)
    assert (posts["sending"].state, posts["sending"].is_sending) == (S.unconfirmed, False)
    assert (attempt.outcome, attempt.error_code) == (AttemptOutcome.unknown, RESTORED)
    assert attempt.is_watch_broken, "silence since the backup must not count as proof"
    assert (posts["unconfirmed"].state, posts["unconfirmed"].state_reason) == (S.unconfirmed, "timeout")
    assert (posts["publishing"].state, posts["publishing"].publish_id) == (S.publishing, "p1")
    assert (posts["publishing"].next_check_at or utcnow()) <= utcnow()
    assert "TikTok is asked what became of" in said["publishing"][-1]
    for name in ("published", "failed"):
        assert (posts[name].state, said[name]) == (PostState(name), [])


async def test_a_second_restore_of_the_same_backup_is_as_good_as_the_first(sqlite_newsroom, empty, file):
    await make_backup(sqlite_newsroom.settings, file)
    await restore_backup(empty, file)
    async with opened(empty) as db:
        first = await read_all(db, "articles", "accounts")
    await restore_backup(empty, file, replace=True)
    async with opened(empty) as db, db.read() as session:
        assert (await session.exec(select(Article.id).where(col(Article.title) != ""))).all()
    async with opened(empty) as db:
        assert await read_all(db, "articles", "accounts") == first


async def test_a_backup_is_replaced_whole_or_not_at_all(sqlite_newsroom, file, monkeypatch):
    await make_backup(sqlite_newsroom.settings, file)
    before = file.read_bytes()
    with pytest.raises(ConfigurationError, match="--replace"):
        await make_backup(sqlite_newsroom.settings, file)
    assert file.read_bytes() == before
    await make_backup(sqlite_newsroom.settings, file, replace=True)
    before = file.read_bytes()
    monkeypatch.setattr("app.ops.backup.list_media", _disk_is_full)
    with pytest.raises(ConfigurationError, match="No space left"):
        await make_backup(sqlite_newsroom.settings, file, replace=True)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir() if path.name.startswith(".")] == []
    shutil.rmtree(sqlite_newsroom.media_dir)


async def test_a_backup_that_another_one_overtook_is_not_put_in_its_place(sqlite_newsroom, file, monkeypatch):
    async def overtake(*_args: object) -> list[str]:
        file.write_bytes(b"the other's")
        return []

    monkeypatch.setattr("app.ops.backup.list_media", overtake)
    with pytest.raises(ConfigurationError, match="meanwhile"):
        await make_backup(sqlite_newsroom.settings, file)
    assert file.read_bytes() == b"the other's"
    assert [path.name for path in file.parent.iterdir() if path.name.startswith(".")] == []


async def _disk_is_full(*_args: object) -> list[str]:
    raise OSError(28, "No space left on device")
