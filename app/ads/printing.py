"""What `newsreel ads` prints: tables for people, JSON for programs, and what went wrong."""

from collections.abc import Sequence
from typing import Any

import click

from app.kit import exact_json


def print_rows(rows: Sequence[dict[str, Any]], columns: Sequence[str], *, as_json: bool) -> None:
    """Print a table, or the answer that the API gives of a list."""
    if as_json:
        click.echo(exact_json.write({"items": list(rows), "next_cursor": None}).decode())
        return
    table = [list(columns), *([_cell(row.get(name)) for name in columns] for row in rows)]
    widths = [max(len(line[place]) for line in table) for place in range(len(columns))]
    for line in table:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def print_one(row: dict[str, Any], columns: Sequence[str], *, as_json: bool) -> None:
    """Print one object: as a table of one line, or as the API gives it."""
    if as_json:
        click.echo(exact_json.write(row).decode())
    else:
        print_rows([row], columns, as_json=False)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    # A name may hold what would move the cursor of a terminal.
    return "".join(sign if sign.isprintable() else "�" for sign in str(value))


def complain(text: str) -> None:
    """Say on stderr what went wrong."""
    click.secho(text, fg="red", err=True)
