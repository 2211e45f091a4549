"""What both sides of `tests.bench.report` ask for, and how each tells what it took."""

import json
import resource
import sys
import time
from pathlib import Path

ADVERTISER, TOKEN = "7200000000000000001", "emulated-business-token"
DIMENSIONS = ["campaign_id", "stat_time_day"]
METRICS = ["spend", "impressions", "clicks", "ctr", "campaign_name"]
_MEGABYTE = 1024 * 1024


class Memory:
    """The most that this process has taken since this was made, and how long its processor has worked."""

    def __init__(self) -> None:
        # Linux sets the high-water mark back; elsewhere it stays that of the whole life.
        clear = Path("/proc/self/clear_refs")
        if clear.exists():
            clear.write_text("5")
        self.rest = _high_water()
        self._worked = time.process_time()

    def worked(self) -> float:
        return time.process_time() - self._worked

    def above(self) -> float:
        return _high_water() - self.rest


def tell(seconds: float, target: Path, memory: Memory) -> None:
    with target.open("rb") as file:
        rows = sum(1 for _ in file) - 1
    figures = {"seconds": round(seconds, 2), "rows": rows, "rest_mb": round(memory.rest, 1)}
    figures["cpu_seconds"] = round(memory.worked(), 2)
    json.dump({**figures, "above_mb": round(memory.above(), 1)}, sys.stdout)


def _high_water() -> float:
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / _MEGABYTE
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / _MEGABYTE
