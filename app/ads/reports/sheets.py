"""A report as a file: CSV that spreadsheet programs open without harm, and XLSX made of it by a process of its own."""

import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TextIO

from app.ads.figures.joining import read_number

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA = frozenset("=+-@\t\r")
_MOST_ROWS = 1_000_000
"""Of a sheet; the format ends at 1,048,576."""
_LONGEST_CELL = 32_767
# A spreadsheet's numbers have 15 digits: an id would become another one.
_LONGEST_NUMBER = 15

Cell = str | None


def write_rows(file: TextIO, rows: Iterable[Sequence[Cell]]) -> None:
    """Write rows as CSV; what is not there is empty."""
    safe = ([_safe(cell) if cell and cell[0] in _FORMULA else cell or "" for cell in row] for row in rows)
    csv.writer(file, lineterminator="\r\n").writerows(safe)


def _safe(cell: str) -> str:
    """Keep a spreadsheet from carrying out a campaign's name: one that looks like a formula gets an apostrophe."""
    return cell if read_number(cell) is not None else f"'{cell}"


def make_xlsx(source: Path, target: Path) -> None:
    """Make a workbook of a CSV file, row by row: memory stays flat however long it is."""
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False}
    with xlsxwriter.Workbook(str(target), options) as book, source.open(newline="", encoding="utf-8") as file:
        bold = book.add_format({"bold": True})
        lines = csv.reader(file)
        titles = next(lines, [])
        sheet: Any = None
        place = _MOST_ROWS
        for line in lines:
            if place >= _MOST_ROWS:
                sheet, place = _begin_sheet(book, titles, bold), 1
            _write_line(sheet, place, line)
            place += 1
        if sheet is None:
            _begin_sheet(book, titles, bold)


def _begin_sheet(book: Any, titles: Sequence[str], bold: Any) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(titles):
        sheet.write_string(0, column, title, bold)
    return sheet


def _write_line(sheet: Any, place: int, line: Sequence[str]) -> None:
    for column, cell in enumerate(line):
        number = read_number(cell) if len(cell) <= _LONGEST_NUMBER and cell.isascii() else None
        if number is not None:
            sheet.write_number(place, column, float(number))
        elif cell:
            sheet.write_string(place, column, cell[:_LONGEST_CELL])


if __name__ == "__main__":
    make_xlsx(Path(sys.argv[1]), Path(sys.argv[2]))
