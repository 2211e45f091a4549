"""Search for words in the databases' own indexes: full text on PostgreSQL, FTS5 on SQLite.

A search finds what holds every one of its words, or words that begin with them, in any order, without regard to case
and with ё as е. Both databases are asked for the same words, which are taken apart here: nothing that somebody types is
read as a query's syntax. The indexes stand beside the models' tables, and can be made anew from these at any time:
triggers keep them in step, whoever writes, an older version too. What they do stands in databases once it was released:
change it by a new migration. SQLite drops a table's triggers when it rewrites the table: such a migration makes them
anew (`tests/kit/test_search.py` finds out).
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

LONGEST_QUERY = 200
MOST_SORTED = 2000
"""SQLite finds the hits that were stored last first, which is nearly their order: of so many the newest are shown."""
_MOST_WORDS = 8
_LONGEST_WORD = 64

# PostgreSQL's lower() leaves Cyrillic as it is in a database whose locale is C, and its parser keeps an address whole.
_UPPER = "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯӘҒҚҢӨҰҮҺІЁё"
_LOWER = "абвгдежзийклмнопрстуфхцчшщъыьэюяәғқңөұүһіее"
_BETWEEN = "!\"#$%&()*+,-./:;<=>?@[]^_`{|}~«»„“”‘’–—…·№\\'"

_QUOTED = (_UPPER + _BETWEEN).replace("'", "''")
WORDS_FUNCTION = (
    "CREATE OR REPLACE FUNCTION newsreel_words(told text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS "
    f"$$ SELECT to_tsvector('pg_catalog.simple', translate(lower(told), '{_QUOTED}', "
    f"'{_LOWER}{' ' * len(_BETWEEN)}')) $$"
)
"""Takes a text apart as `find_words` does."""


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """An index by the statements that make it and take it away, by dialect. `tables` are named with these words."""

    tables: tuple[str, ...]
    create: dict[str, Sequence[str]]
    fill: dict[str, Sequence[str]]
    drop: dict[str, Sequence[str]]

    def owns(self, table: str) -> bool:
        """Tell whether a table belongs to it: FTS5 keeps its own in tables named after its own."""
        return table.startswith(self.tables)

    def make(self, connection: Any) -> None:
        """Make it, empty and anew where one stands already."""
        dialect = connection.dialect.name
        for statement in (*self.drop[dialect], *self.create[dialect]):
            connection.execute(sa.text(statement.replace(":", "\\:")))

    def make_with_models(self) -> None:
        """Make it wherever the models' tables are made without migrations."""

        @sa.event.listens_for(SQLModel.metadata, "after_create")
        def make(_metadata: sa.MetaData, connection: sa.Connection, **_options: Any) -> None:
            self.make(connection)


def find_words(text: str) -> list[str]:
    """Take what somebody typed apart into at most eight words, as the indexes hold them."""
    folded = unicodedata.normalize("NFC", text[:LONGEST_QUERY]).lower().replace("ё", "е")
    parted = "".join(sign if unicodedata.category(sign)[0] in "LNM" else " " for sign in folded)
    return [word[:_LONGEST_WORD] for word in dict.fromkeys(parted.split())][:_MOST_WORDS]


def as_tsquery(words: Sequence[str]) -> sa.ColumnElement[Any]:
    """Ask PostgreSQL for texts that hold words which begin so."""
    return sa.func.to_tsquery("pg_catalog.simple", " & ".join(f"'{word}':*" for word in words))


def as_match(words: Sequence[str]) -> str:
    """Ask SQLite's FTS5 for the same."""
    return " ".join(f'"{word}"*' for word in words)
