"""Columns that move to a table of their own, while processes of the version before go on with them where they stood.

For that time both places hold the same, whoever writes: triggers carry each change over in the same transaction, and
write nothing that is there already, so that they come to rest. What they do stands in databases once it was released:
change it by a new migration, and take the triggers away before a table of theirs is rewritten or dropped.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mirror:
    """Columns of `old`, whose key is `id`, and what they are called in `new`, whose key is `key`.

    A row of `old` is the version before's when it comes with its `given`, which that one never leaves empty, and then
    gets its row in `new`. Who knows `new` leaves `given` empty, which the triggers put right, and adds both rows.
    """

    old: str
    new: str
    key: str
    given: str
    columns: Mapping[str, str]

    def fill(self) -> str:
        """Give the statement that copies what stands in `old`."""
        return (
            f"INSERT INTO {self.new} ({self.key}, {self._new_names()}) "  # noqa: S608 - names out of a migration
            f"SELECT id, {', '.join(self.columns)} FROM {self.old}"
        )

    def create(self, dialect: str) -> list[str]:
        """Give the statements that make the triggers."""
        return self._create_sqlite() if dialect == "sqlite" else self._create_postgresql()

    def drop(self, dialect: str) -> list[str]:
        """Give the statements that take them away."""
        if dialect == "sqlite":
            return [f"DROP TRIGGER {name}" for name, *_ in self._sqlite_triggers()]
        sides = ((self._follows, self.old), (self._leads, self.new))
        return [
            statement
            for name, table in sides
            for statement in (f"DROP TRIGGER {name} ON {table}", f"DROP FUNCTION {name}()")
        ]

    @property
    def _follows(self) -> str:
        return f"{self.new}_follows"

    @property
    def _leads(self) -> str:
        return f"{self.new}_leads"

    def _new_names(self) -> str:
        return ", ".join(self.columns.values())

    def _sqlite_triggers(self) -> list[tuple[str, str, str]]:
        is_theirs = f"WHEN NEW.{self.given} IS NOT NULL"
        follow, lead = self._follow("IS NOT"), self._lead("IS NOT")
        return [
            (f"{self._follows}_insert", f"INSERT ON {self.old} {is_theirs}", self._insert()),
            (f"{self._follows}_update", f"UPDATE OF {', '.join(self.columns)} ON {self.old}", follow),
            (f"{self._leads}_insert", f"INSERT ON {self.new}", lead),
            (f"{self._leads}_update", f"UPDATE ON {self.new}", lead),
        ]

    def _create_sqlite(self) -> list[str]:
        return [f"CREATE TRIGGER {name} AFTER {event} BEGIN {act}; END" for name, event, act in self._sqlite_triggers()]

    def _create_postgresql(self) -> list[str]:
        follow, lead = self._follow("IS DISTINCT FROM"), self._lead("IS DISTINCT FROM")
        bodies = {
            self._follows: f"IF TG_OP = 'UPDATE' THEN {follow}; "
            f"ELSIF NEW.{self.given} IS NOT NULL THEN {self._insert()}; END IF;",
            self._leads: f"{lead};",
        }
        functions = [
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {body} RETURN NULL; END $$"
            for name, body in bodies.items()
        ]
        events = {
            self._follows: f"INSERT OR UPDATE OF {', '.join(self.columns)} ON {self.old}",
            self._leads: f"INSERT OR UPDATE ON {self.new}",
        }
        return functions + [
            f"CREATE TRIGGER {name} AFTER {event} FOR EACH ROW EXECUTE FUNCTION {name}()"
            for name, event in events.items()
        ]

    def _insert(self) -> str:
        values = ", ".join(f"NEW.{name}" for name in self.columns)
        return f"INSERT INTO {self.new} ({self.key}, {self._new_names()}) VALUES (NEW.id, {values})"  # noqa: S608

    def _follow(self, differs: str) -> str:
        return _update(self.new, {new: old for old, new in self.columns.items()}, f"{self.key} = NEW.id", differs)

    def _lead(self, differs: str) -> str:
        return _update(self.old, self.columns, f"id = NEW.{self.key}", differs)


def _update(table: str, columns: Mapping[str, str], is_it: str, differs: str) -> str:
    """Set columns to those of the new row, where one of them differs."""
    changes = ", ".join(f"{own} = NEW.{theirs}" for own, theirs in columns.items())
    there, given = ", ".join(columns), ", ".join(f"NEW.{theirs}" for theirs in columns.values())
    return f"UPDATE {table} SET {changes} WHERE {is_it} AND ({there}) {differs} ({given})"  # noqa: S608
