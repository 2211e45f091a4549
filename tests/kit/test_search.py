"""Words are taken apart alike by us and by both databases, and the indexes are the same by migrations and by models."""

import pytest
import sqlalchemy as sa

from app.db import Database
from app.kit.search import find_words
from app.models import metadata
from app.ops.migrate import upgrade
from tests.conftest import make_settings

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Қазақстан  ҰЛЫТАУ", ["қазақстан", "ұлытау"]),
        ("Ёлка ёж", ["елка", "еж"]),
        ("https://news.example/kk/mektep-ashyldy_2", ["https", "news", "example", "kk", "mektep", "ashyldy", "2"]),
        ("«Мектеп» — 25%", ["мектеп", "25"]),
        ("и\u0306од", ["йод"]),
        ("\"' OR 1=1 --", ["or", "1"]),
        ("a\x00b", ["a", "b"]),
        ("*&|!()<->:", []),
        ("", []),
    ],
)
def test_what_is_typed_becomes_words(typed, words):
    assert find_words(typed) == words


def test_a_query_without_end_is_cut():
    assert len(find_words(" ".join(map(str, range(1000))))) == 8
    assert find_words("ұ" * 5000) == ["ұ" * 64]


async def tell_indexes(db: Database) -> set[tuple[str, str]]:
    """All that the database has beside its tables: triggers and functions, and how they are made."""
    queries = (
        ["SELECT name, sql FROM sqlite_master WHERE name LIKE '%\\_search\\_%' ESCAPE '\\' OR name LIKE '%\\_words' "
         "ESCAPE '\\'"]
        if db.is_sqlite
        else [
            "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname LIKE '%search%'",
            "SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE proname LIKE '%search%' OR proname LIKE "
            "'newsreel%'",
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename LIKE '%search'",
        ]
    )  # fmt: skip
    async with db.read() as session:
        connection = await session.connection()
        return {(name, sql) for query in queries for name, sql in (await connection.execute(sa.text(query))).all()}


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_settings(request, tmp_path):
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        return make_settings(tmp_path, server.url(server.new_database()), "")
    return make_settings(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/var/newsreel.db", "")


async def test_migrations_make_the_same_indexes_as_the_models(empty_settings):
    await upgrade(empty_settings)
    db = Database(empty_settings.database_url.get_secret_value())
    try:
        migrated = await tell_indexes(db)
        async with db.engine.begin() as connection:
            await connection.run_sync(metadata.drop_all)
            await connection.run_sync(metadata.create_all)
        assert migrated == await tell_indexes(db)
        names = {f"{kind}_search_{what}" for kind in ("post", "article") for what in ("new", "changed", "gone")}
        assert {"post_search_follows", *names} <= dict(migrated).keys()
    finally:
        await db.close()
