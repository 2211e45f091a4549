"""Joining the parts that TikTok made into one file, as it was asked for."""

import csv
import os
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from app.ads.reports.asking import TaskParameters
from app.ads.reports.sheets import write_rows
from app.ads.reports.sorting import SortedRows
from app.ads.reports.tasks.files import draft_of

_NONE = {"", "-"}

Cells = list[str | None]


class PartsDiffer(Exception):
    """The parts have different columns."""


def join_parts(parts: Sequence[Path], target: Path, asked: TaskParameters) -> int:
    """Write all rows of the parts into `target`, and tell how many they are. Raises PartsDiffer, OSError."""
    titles, pick = _plan(_titles_of(parts), asked.columns)
    rows = chain.from_iterable(_rows(path, pick) for path in parts)
    draft = draft_of(target)
    counted = _Counted(rows)
    with draft.open("w", newline="", encoding="utf-8") as file:
        write_rows(file, [titles])
        if len(parts) > 1 and asked.order_field in titles:
            with SortedRows(titles.index(asked.order_field), is_descending=asked.order_type != "ASC") as kept:
                kept.add(counted)
                write_rows(file, kept.read())
        else:
            write_rows(file, counted)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)
    return counted.count


class _Counted:
    def __init__(self, rows: Iterator[Cells]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Cells]:
        for row in self._rows:
            self.count += 1
            yield row


def _plan(given: list[str], columns: Sequence[str]) -> tuple[list[str], Callable[[list[str]], list[str]]]:
    """Tell what stands above the columns, and how a line is brought into their order.

    TikTok documents no order. Where its titles are not the names that were asked for, they stay as they came.
    """
    if sorted(given) == sorted(columns):
        places = [given.index(name) for name in columns]
        return list(columns), lambda line: [line[place] for place in places]
    return given, lambda line: line


def _titles_of(parts: Sequence[Path]) -> list[str]:
    found = [titles for path in parts if (titles := next(_lines(path), []))]
    if any(titles != found[0] for titles in found):
        raise PartsDiffer
    return found[0] if found else []


def _rows(path: Path, pick: Callable[[list[str]], list[str]]) -> Iterator[Cells]:
    lines = _lines(path)
    width = len(next(lines, []))
    for line in lines:
        if len(line) != width:
            raise PartsDiffer
        yield [None if cell in _NONE else cell for cell in pick(line)]


def _lines(path: Path) -> Iterator[list[str]]:
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        yield from (line for line in csv.reader(file) if line)
