"""`make cms`: real CMSes against a real `newsreel up`, one after the other, ending in a table."""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.cms.ghost import GhostOfNpm
from tests.cms.round import STEPS, Kind, Report, Result, go_round
from tests.cms.strapi import StrapiOfNpm
from tests.cms.wordpress import WordPressOfDebian

KINDS: dict[str, Kind] = {
    "wordpress": WordPressOfDebian(),
    "ghost": GhostOfNpm("5.130.6"),
    "ghost6": GhostOfNpm("6.65.0", node="22.23.5"),
    "strapi": StrapiOfNpm(),
}


def main() -> int:
    """Try those that are named, or all; 0 where none that could be tried failed, and at least one could."""
    parser = argparse.ArgumentParser(prog="make cms")
    parser.add_argument(
        "kinds", nargs="*", metavar="KIND", help=f"which of {', '.join(KINDS)}; all where none is named"
    )
    wanted = parser.parse_args().kinds or list(KINDS)
    if unknown := [name for name in wanted if name not in KINDS]:
        parser.error(f"there is no {', '.join(unknown)} here, only {', '.join(KINDS)}")
    reports: list[Report] = []
    with TemporaryDirectory(prefix="newsreel-cms-", ignore_cleanup_errors=True) as folder:
        for name in wanted:
            sys.stdout.write(f"{KINDS[name].NAME} …\n")
            sys.stdout.flush()
            reports.append(_try(KINDS[name], Path(folder) / name))
    sys.stdout.write(table(reports) + "\n")
    tried = [report for report in reports if not report.skipped]
    return 0 if tried and all(report.is_well for report in tried) else 1


def _try(kind: Kind, folder: Path) -> Report:
    try:
        return go_round(kind, folder)
    except Exception as error:
        return Report(kind.NAME, results=[Result("setting up", problem=f"{type(error).__name__}: {error}"[:2000])])


def table(reports: list[Report]) -> str:
    """Write what came of it: seconds per step, and beneath it what did not succeed, or was not tried, and why."""
    lines = [f"| CMS | {' | '.join(STEPS)} |", f"|---|{'---|' * len(STEPS)}"]
    notes: list[str] = []
    for report in reports:
        by_step = {one.step: one for one in report.results}
        cells = []
        for step in STEPS:
            one = by_step.get(step)
            cells.append("skipped" if report.skipped else "-" if one is None else _cell(one))
        lines.append(f"| {report.name} | {' | '.join(cells)} |")
        notes += [f"{report.name}: skipped: {report.skipped}"] if report.skipped else []
        notes += [f"{report.name}: {one.step}: {one.problem}" for one in report.results if one.problem]
    return "\n".join(["", *lines, "", *notes])


def _cell(one: Result) -> str:
    return "FAILED" if one.problem else f"{one.seconds:.1f} s"


if __name__ == "__main__":
    sys.exit(main())
