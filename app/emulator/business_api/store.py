"""Where the emulated Business API keeps what it knows: documents in SQLite, in memory or in a file.

Every call is one `turn`: a write transaction from its first read on. So any number of processes may serve one file, and
a process that is killed in the middle of a call has done nothing of it.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

Doc = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS things (
  kind TEXT NOT NULL, id TEXT NOT NULL, owner TEXT NOT NULL, parent TEXT NOT NULL, doc BLOB NOT NULL,
  PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS things_by_owner ON things (kind, owner, id);
CREATE INDEX IF NOT EXISTS things_by_parent ON things (kind, parent, id);
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hits (scope TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS hits_by_scope ON hits (scope, at);
CREATE TABLE IF NOT EXISTS calls (
  id INTEGER PRIMARY KEY, at REAL NOT NULL, method TEXT NOT NULL, endpoint TEXT NOT NULL, advertiser_id TEXT NOT NULL,
  caller TEXT NOT NULL, http_status INTEGER NOT NULL, code INTEGER NOT NULL, message TEXT NOT NULL,
  request_id TEXT NOT NULL, fault TEXT NOT NULL, request TEXT NOT NULL, ignored TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS counts (endpoint TEXT NOT NULL, code INTEGER NOT NULL, times INTEGER NOT NULL,
  PRIMARY KEY (endpoint, code)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (
  ad_id TEXT NOT NULL, day TEXT NOT NULL, advertiser_id TEXT NOT NULL, campaign_id TEXT NOT NULL,
  adgroup_id TEXT NOT NULL, mask INTEGER NOT NULL, plan INTEGER NOT NULL, {measures},
  PRIMARY KEY (ad_id, day)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS facts_by_advertiser ON facts (advertiser_id, day);
"""
# What is counted for every ad and day; everything else in a report is made of these.
MEASURES = (
    "spend", "impressions", "clicks", "conversion", "video_play_actions", "video_watched_2s", "video_watched_6s",
    "engaged_view", "video_views_p25", "video_views_p50", "video_views_p75", "video_views_p100", "play_seconds",
    "likes", "comments", "shares", "follows", "profile_visits",
)  # fmt: skip
_TABLES = ("things", "meta", "hits", "calls", "counts", "facts")


class Store:
    """One connection to the documents of one emulated Business API."""

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(
            ":memory:" if path is None else str(path), isolation_level=None, check_same_thread=False, timeout=30
        )
        self._prepare(shared=path is not None)

    def _prepare(self, *, shared: bool) -> None:
        # Two processes that start at once both want to change the journal, and SQLite makes nobody wait for that.
        deadline = time.monotonic() + 30
        while True:
            try:
                self._make_tables(shared=shared)
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return

    def _make_tables(self, *, shared: bool) -> None:
        if shared:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
        measures = ", ".join(f"{name} INTEGER NOT NULL" for name in MEASURES)
        self._db.executescript(_SCHEMA.replace("{measures}", measures))
        # Files outlive versions of the emulator: whoever changes the tables can tell an old one by this.
        self._db.execute("PRAGMA user_version=1")

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the documents alone; what was changed is kept unless an error comes out."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Within a turn: undo what was changed in here if an error comes out, and only that."""
        self._depth += 1
        name = f"attempt_{self._depth}"
        self._db.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            self._db.execute(f"ROLLBACK TO {name}")
            raise
        finally:
            self._db.execute(f"RELEASE {name}")
            self._depth -= 1

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._db.execute(sql, values).fetchall()

    def write(self, sql: str, values: Sequence[Any] = ()) -> int:
        return self._db.execute(sql, values).rowcount

    def write_many(self, sql: str, values: Sequence[Sequence[Any]]) -> None:
        self._db.executemany(sql, values)

    def get(self, kind: str, id_: str) -> Doc | None:
        found = self._db.execute("SELECT doc FROM things WHERE kind = ? AND id = ?", (kind, id_)).fetchone()
        return None if found is None else _read(found[0])

    def put(self, kind: str, id_: str, doc: Doc, *, owner: str = "", parent: str = "") -> None:
        self._db.execute(
            "INSERT INTO things (kind, id, owner, parent, doc) VALUES (?, ?, ?, ?, ?) ON CONFLICT (kind, id)"
            " DO UPDATE SET owner = excluded.owner, parent = excluded.parent, doc = excluded.doc",
            (kind, id_, owner, parent, msgspec.json.encode(doc)),
        )

    def change(self, kind: str, id_: str, doc: Doc) -> None:
        """Write a document again that stands there already, under the same owner."""
        self._db.execute("UPDATE things SET doc = ? WHERE kind = ? AND id = ?", (msgspec.json.encode(doc), kind, id_))

    def remove(self, kind: str, id_: str) -> None:
        self._db.execute("DELETE FROM things WHERE kind = ? AND id = ?", (kind, id_))

    def find(self, kind: str, *, owner: str | None = None, parent: str | None = None) -> list[Doc]:
        """List documents, oldest id first."""
        sql, values = "SELECT doc FROM things WHERE kind = ?", [kind]
        for column, value in (("owner", owner), ("parent", parent)):
            if value is not None:
                sql, values = f"{sql} AND {column} = ?", [*values, value]
        return [_read(row[0]) for row in self._db.execute(f"{sql} ORDER BY id", values)]

    def has(self, kind: str, *, owner: str) -> bool:
        """Tell whether there is any document of a kind that is somebody's."""
        return bool(self.rows("SELECT 1 FROM things WHERE kind = ? AND owner = ? LIMIT 1", (kind, owner)))

    def recall(self, name: str, default: Any = None) -> Any:
        found = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return default if found is None else msgspec.json.decode(found[0])

    def remember(self, name: str, value: Any) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (name, msgspec.json.encode(value)))

    def forget_all(self) -> None:
        for table in _TABLES:
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - the names stand above


def _read(packed: bytes) -> Doc:
    doc: Doc = msgspec.json.decode(packed)
    return doc
