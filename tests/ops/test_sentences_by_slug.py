"""Sentences that older versions stored: the migration recognises each of them, and none says anything else then."""

import importlib.util
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.ext.asyncio import create_async_engine

from app.config import ROOT
from app.messages import (
    decisions,
    downloading,
    media_faults,
    post_media,
    post_refusals,
    publishing,
    refusals,
    tiktok_advice,
    tiktok_advice_permission,
    timeline,
)
from app.messages.kinds import KINDS, Address, DiskError, Facts, Failure, Kind, Level, Levels, Limit, Mode, Quote, Scope
from app.messages.message import SENTENCES, pack, unpack
from app.tiktok.catalogue import ERROR_CODES, FAIL_REASONS, explain_error
from app.tiktok.catalogue_permission import OAUTH_ERRORS, REMOVAL_REASONS

(_PATH,) = (ROOT / "migrations" / "versions").glob("*_sentences_by_slug.py")
_VALUES: dict[object, Any] = {
    str: "news.example", int: 7, float: 2.5, datetime: datetime(2026, 11, 29, 9, 5, tzinfo=UTC),
    date: date(2028, 1, 31), Quote: "its own words", Level: "SELF_ONLY", Levels: ["PUBLIC_TO_EVERYONE", "SELF_ONLY"],
    Mode: "inbox", Scope: "video.publish", Limit: "title_limit", Failure: "connection_lost",
    DiskError: "No space left on device", Facts: "HEVC, 12 s", Address: "https://news.example/a.jpg",
}  # fmt: skip

REWORDED = {"answer_lost", "article_unwanted"}
"""What is said in other words today than when it was stored."""


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sentences_by_slug", _PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


migration = _load()


def _value(kind: Kind | None) -> Any:
    if kind is None:
        return downloading.server_error("503")
    return next(_VALUES[key] for key, known in KINDS.items() if known is kind)


def _old_sentences() -> list[Any]:
    rooms = (
        decisions,
        downloading,
        media_faults,
        post_media,
        post_refusals,
        publishing,
        refusals,
        tiktok_advice,
        tiktok_advice_permission,
        timeline,
    )
    slugs = {getattr(one, "code", getattr(one, "__name__", "")) for room in rooms for one in vars(room).values()}
    stored = slugs & {*migration.FROZEN["plain"].values(), *(slug for slug, _, _ in migration.FROZEN["patterns"])}
    told = [SENTENCES[slug] for slug in sorted(stored - REWORDED)]
    return [one.make({name: _value(kind) for name, kind in one.kinds.items()}) for one in told]


OLD = _old_sentences()
ADVICE = [
    advice.words
    for table in (ERROR_CODES, FAIL_REASONS, OAUTH_ERRORS, REMOVAL_REASONS)
    for advice in (*table.values(), explain_error(None))
]


def test_every_sentence_that_was_stored_is_recognised() -> None:
    texts = [*OLD, *ADVICE, *(timeline.tried_often(one, 10) for one in ADVICE)]
    lost = [text for text in texts if migration.stored(str(text)) != pack(text)]
    assert len(texts) > 300
    assert [text for text in lost if migration.stored(str(text)) is None] == []
    assert [
        text for text in lost if (unpack(str(text), migration.stored(str(text))) or text).said() != text.said()
    ] == []


def test_what_is_said_in_other_words_today_is_recognised_by_those_of_then() -> None:
    then = {slug: text for text, slug in migration.FROZEN["plain"].items() if slug in REWORDED}
    assert then.keys() == REWORDED
    for slug, text in then.items():
        message = unpack(text, migration.stored(text))
        assert message is not None
        assert message.code == slug
        assert message.said() != text


def test_what_is_wrong_with_a_picture_is_recognised_with_its_address() -> None:
    line = media_faults.at(Address("https://news.example/a:b.jpg"), media_faults.other_kind(media_faults.PDF))
    assert migration.stored_problem(str(line)) == pack(line)
    assert migration.stored_problem("https://news.example/4.jpg: no such words") is None


def test_other_words_stay_as_they_are() -> None:
    assert migration.stored("Somebody's own words 100% <b>") is None
    odd = "TikTok no longer offers everything to this creator, only nothing. Choose again and approve."
    assert migration.stored(odd) is None


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@pytest.mark.both_databases
async def test_rows_are_converted(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/old.db"
    if database == "postgresql":
        server = request.getfixturevalue("postgres")
        url = server.url(server.new_database())
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(_convert)
    await engine.dispose()


def _convert(connection: sa.Connection) -> None:
    metadata = sa.MetaData()
    events = sa.Table("post_events", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("why", sa.Text))
    sa.Table("source_refusals", metadata, sa.Column("detail", sa.Text))
    number, text = sa.Column("id", sa.Integer, primary_key=True), sa.Text
    posts = sa.Table("posts", metadata, number, sa.Column("state_detail", text), sa.Column("fail_help", text),
                     sa.Column("media_problems", sa.JSON))  # fmt: skip
    metadata.create_all(connection)
    problems = [str(media_faults.at(Address("https://a.example/1.jpg"), media_faults.PDF)), "https://a.example/2: odd"]
    connection.execute(events.insert(), [{"why": str(one)} for one in OLD * 2] + [{"why": "Somebody's own."}])
    connection.execute(posts.insert(), [
        {"state_detail": str(OLD[0]), "fail_help": None, "media_problems": problems},
        {"state_detail": None, "fail_help": str(ADVICE[0]), "media_problems": []},
    ])  # fmt: skip
    with Operations.context(MigrationContext.configure(connection)):
        migration.upgrade()
    after = sa.Table("post_events", sa.MetaData(), autoload_with=connection)
    rows = connection.execute(sa.select(after.c.why, after.c.message)).all()
    assert [row.why for row in rows if row.message is None] == ["Somebody's own."]
    told = sa.text("SELECT state_message, fail_message, media_messages FROM posts ORDER BY id")
    first, second = connection.execute(told).all()
    assert OLD[0].code in str(first.state_message)
    assert first.fail_message is None
    assert "kind_pdf" in str(first.media_messages)
    assert "advised" in str(second.fail_message)
    with Operations.context(MigrationContext.configure(connection)):
        migration.downgrade()
