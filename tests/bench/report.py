"""A year by day for 500 campaigns as CSV: ours, split and joined, against the official SDK paging one after the other.

Both ask one emulator, whose answers take as long on their way as a report of TikTok's does (`PACES`, in seconds); with
no pace at all it measures the emulator, which has one processor core for both. `cpu_seconds` is what each side worked
itself, `emulator_cpu_seconds` what the emulator did for either: a machine that is busy with others takes longer.
"""

import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.bench.tools import plain_environment, python, report, running, until_answer, work_folder
from tests.functional.stack import free_port

CAMPAIGNS, DAYS = 500, 365
PACES = (0.4, 0.0)
_SDK_PAGES_OF_TEN = 60


def main() -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with work_folder() as folder:
        log = folder / "emulator.log"
        command = [sys.executable, "-m", "app", "emulator", "--port", str(port)]
        with running(command, log, plain_environment()) as emulator:
            until_answer(f"{address}/_emulator/health", emulator, log)
            first = _fill(address)
            for pace in PACES:
                _control(address, "settings", {"answer_seconds": pace})
                _compare(address, first, folder, pace, psutil.Process(emulator.pid))


def _compare(address: str, first: date, folder: Path, pace: float, emulator: psutil.Process) -> None:
    ours = _run("tests.bench.report_ours", address, first, folder / "ours.csv")
    before = emulator.cpu_times()
    sdk = _run("tests.bench.report_sdk", address, first, folder / "sdk.csv", "1000", "0")
    after = emulator.cpu_times()
    small = _run("tests.bench.report_sdk", address, first, folder / "small.csv", "10", str(_SDK_PAGES_OF_TEN))
    same = (folder / "ours.csv").read_bytes() == (folder / "sdk.csv").read_bytes()
    speed = {name: told["rows"] / told["seconds"] for name, told in (("ours", ours), ("sdk", sdk), ("small", small))}
    report(
        "report",
        campaigns=CAMPAIGNS,
        days=DAYS,
        rows=ours["rows"],
        answer_seconds=pace,
        ours_seconds=ours["seconds"],
        ours_cpu_seconds=ours["cpu_seconds"],
        ours_rest_mb=ours["rest_mb"],
        ours_above_rest_mb=ours["above_mb"],
        sdk_seconds=sdk["seconds"],
        sdk_cpu_seconds=sdk["cpu_seconds"],
        emulator_cpu_seconds=round(after.user + after.system - before.user - before.system, 2),
        sdk_above_rest_mb=sdk["above_mb"],
        same_rows=same,
        ratio=round(speed["ours"] / speed["sdk"], 1),
        ratio_to_sdk_with_its_own_page_size=round(speed["ours"] / speed["small"], 1),
    )


def _fill(address: str) -> date:
    """Make the campaigns and their figures; give the first day of the year."""
    _control(address, "settings", {"limits_enabled": False})
    _control(address, "history", {"campaigns": CAMPAIGNS, "days": DAYS, "deposit": 100_000_000})
    return (datetime.now(UTC) - timedelta(days=DAYS)).date()


def _control(address: str, path: str, body: dict[str, Any]) -> None:
    httpx.post(f"{address}/_emulator/business/{path}", json=body, timeout=200).raise_for_status()


def _run(module: str, address: str, first: date, target: Path, *options: str) -> dict[str, Any]:
    last = first + timedelta(days=DAYS - 1)
    command = python(module, address, str(first), str(last), str(target), *options)
    ran = subprocess.run(command, env=plain_environment(), capture_output=True, text=True, check=False)
    if ran.returncode:
        raise RuntimeError(ran.stderr[-4000:])
    sys.stderr.write(ran.stderr)
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


if __name__ == "__main__":
    main()
