"""An order over more rows than memory should hold: they wait in a file of SQLite's, and come back sorted."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self

from app.ads.figures.joining import rank

Cells = Sequence[str | None]
_MANTISSA = 25
_CACHE_KB = 2048


class SortedRows:
    """Takes rows and gives them in order. What does not fit into SQLite's cache lies on the disk meanwhile."""

    def __init__(self, column: int, *, is_descending: bool) -> None:
        self._column = column
        self._order = "DESC" if is_descending else "ASC"
        # An empty name is a database on disk that is gone with its connection. One thread at a time uses it.
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)

    def __enter__(self) -> Self:
        self._db.execute(f"PRAGMA cache_size=-{_CACHE_KB}")
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("CREATE TABLE cells (is_missing INTEGER, place TEXT, packed TEXT)")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._db.close()

    def add(self, rows: Iterable[Cells]) -> None:
        column = self._column
        packed = ((row[column] is None, _place(row[column]), json.dumps(row)) for row in rows)
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO cells VALUES (?, ?, ?)", packed)
        self._db.execute("COMMIT")

    def count(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM cells").fetchone()[0])

    def read(self, *, skip: int = 0, most: int = -1) -> Iterator[list[str | None]]:
        """Give the rows in order; those without a value come last, and among equals who came first."""
        order = f"is_missing, place {self._order}, rowid"
        found = self._db.execute(f"SELECT packed FROM cells ORDER BY {order} LIMIT ? OFFSET ?", (most, skip))  # noqa: S608
        for (packed,) in found:
            yield json.loads(packed)


def _place(value: str | None) -> str:
    """Write a rank as a text whose order among others is the same: numbers by their size, then words."""
    kind, number, word = rank(value)
    if kind:
        return f"1{word}"
    if not number:
        return "01"
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    size = f"{len(digits) + exponent + 500:04d}{''.join(map(str, digits))[:_MANTISSA]:0<{_MANTISSA}}"
    if not sign:
        return f"02{size}"
    return "00" + "".join(str(9 - int(digit)) for digit in size)
