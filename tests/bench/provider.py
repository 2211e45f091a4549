"""Reads through the Marketing API provider, emulated, against the same calls at the emulator alone.

Both are real processes; each is asked over as many connections for a campaign of its own. A third, plain one tells what
there is to reach: `ceiling`, see `tests.bench.provider_plain`. `cpu_us` is the processor time of one request, which a
busy machine disturbs least. Then a burst: 10,000 requests over 200 connections, all of which have to be answered.
"""

import argparse
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

import psutil

from tests.bench.intake_stack import durable_postgres
from tests.bench.intake_target import LOAD_SECONDS, Tally
from tests.bench.tools import percentile, plain_environment, python, report, running, until_answer, work_folder
from tests.functional.stack import free_port

GOAL_SHARE, GOAL_ADDED_MS = 0.6, 8
CALLS, ROUNDS = 600, 2
BURST, BURST_CONNECTIONS = 10_000, 200
_KEY = "bench-key-of-the-gateway-0123456789"
_STATE = "emulator.db"
_TOKEN, _ADVERTISER = "emulated-business-token", "7200000000000000001"


class Caller:
    """Asks one server for one thing, again and again."""

    def __init__(self, request: str, url: str, pid: int) -> None:
        self._request = request
        self._url = url
        self._process = psutil.Process(pid)

    def fire(self, connections: int, count: int) -> Tally:
        order = {
            "url": self._url, "request": self._request, "connections": connections, "count": count, "rate": 0,
            "are_new": False, "is_patient": False,
        }  # fmt: skip
        before = self._process.cpu_times()
        done = subprocess.run(
            python("tests.bench.load"), input=json.dumps(order), capture_output=True, text=True,
            timeout=LOAD_SECONDS, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"the load on {self._url} broke off: {done.stderr[-3000:]}")
        after = self._process.cpu_times()
        spent = after.user + after.system - before.user - before.system
        return Tally(cpu_seconds=spent, **json.loads(done.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.provider", description=__doc__)
    parser.add_argument("--postgres", action="store_true", help="on a real PostgreSQL, instead of SQLite")
    arguments = parser.parse_args()
    with work_folder() as folder, durable_postgres() if arguments.postgres else nullcontext("") as url:
        environment = _environment(folder, url)
        with (
            _bare(folder, environment) as (bare, campaign_id),
            _plain(folder, environment, campaign_id) as plain,
            _provider(folder, environment) as provider,
        ):
            for connections in (1, 16):
                _compare(bare, plain, provider, connections, database="postgresql" if url else "sqlite")
            tally = provider.fire(BURST_CONNECTIONS, BURST)
    report(
        "provider_burst",
        connections=BURST_CONNECTIONS,
        requests=BURST,
        lost=BURST - len(tally.answers_ms),
        rps=round(tally.rps),
        p50_ms=round(percentile(tally.answers_ms, 50), 1),
        longest_ms=round(max(tally.answers_ms), 1),
    )


def _compare(bare: Caller, plain: Caller, provider: Caller, connections: int, *, database: str) -> None:
    for caller in (bare, plain, provider):
        caller.fire(connections, CALLS // 4)
    alone, least, through = Tally(), Tally(), Tally()
    for _ in range(ROUNDS):
        alone += bare.fire(connections, CALLS)
        least += plain.fire(connections, CALLS)
        through += provider.fire(connections, CALLS)
    added_ms = percentile(through.answers_ms, 50) - percentile(alone.answers_ms, 50)
    report(
        "provider",
        database=database,
        connections=connections,
        emulator_rps=round(alone.rps),
        rps=round(through.rps),
        ratio=round(through.rps / alone.rps, 3),
        goal_ratio=GOAL_SHARE,
        ceiling=round(least.rps / alone.rps, 3),
        added_p50_ms=round(added_ms, 1),
        goal_added_ms=GOAL_ADDED_MS,
        emulator_cpu_us=alone.cpu_us,
        plain_cpu_us=least.cpu_us,
        cpu_us=through.cpu_us,
    )


def _environment(folder: Path, url: str) -> dict[str, str]:
    return {
        **plain_environment(),
        "NEWSREEL_DATABASE_URL": url or f"sqlite+aiosqlite:///{folder / 'newsreel.db'}",
        "NEWSREEL_DATA_DIR": str(folder / "var"),
        "NEWSREEL_SECRET_KEY": "bench-key-" + "k" * 40,
        "TIKTOK_INTERNAL_KEY": _KEY,
    }


@contextmanager
def _bare(folder: Path, environment: dict[str, str]) -> Iterator[tuple[Caller, str]]:
    """The emulator as a process of its own, which counts no limits, as the one inside an installation counts none."""
    port, log = free_port(), folder / "emulator.log"
    url = f"http://127.0.0.1:{port}"
    with running(python("app", "emulator", "--port", str(port), "--business-state", str(folder / _STATE)), log,
                 environment) as process:  # fmt: skip
        until_answer(f"{url}/_emulator/settings", process, log)
        _ask("POST", f"{url}/_emulator/business/settings", {"limits_enabled": False})
        head = {"Access-Token": _TOKEN}
        campaign = {
            "advertiser_id": _ADVERTISER, "campaign_name": "Көктем", "objective_type": "TRAFFIC",
            "budget_mode": "BUDGET_MODE_DAY", "budget": 60, "request_id": "1",
        }  # fmt: skip
        made = _ask("POST", f"{url}/open_api/v1.3/campaign/create/", campaign, head)["data"]["campaign_id"]
        query = {"advertiser_id": _ADVERTISER, "filtering": json.dumps({"campaign_ids": [made]})}
        request = _request("GET", f"{url}/open_api/v1.3/campaign/get/?{urlencode(query)}", head)
        yield Caller(request, url, process.pid), made


@contextmanager
def _plain(folder: Path, environment: dict[str, str], campaign_id: str) -> Iterator[Caller]:
    port, log = free_port(), folder / "plain.log"
    url = f"http://127.0.0.1:{port}"
    with running(python("tests.bench.provider_plain", str(port), str(folder / _STATE)), log, environment) as process:
        until_answer(f"{url}/healthz", process, log)
        yield Caller(_request("POST", f"{url}/internal/execute", {}, _body_for(campaign_id)), url, process.pid)


@contextmanager
def _provider(folder: Path, environment: dict[str, str]) -> Iterator[Caller]:
    port, log = free_port(), folder / "web.log"
    url = f"http://127.0.0.1:{port}/internal/execute"
    migrated = subprocess.run(python("app", "migrate"), env=environment, capture_output=True, text=True, check=False)
    if migrated.returncode:
        raise RuntimeError(migrated.stderr)
    with running(python("app", "web", "--port", str(port)), log, environment) as process:
        until_answer(f"http://127.0.0.1:{port}/healthz", process, log)
        head = {"X-Internal-Key": _KEY}
        payload = {"advertiserId": _ADVERTISER, "name": "Көктем", "objective": "TRAFFIC",
                   "budgetMode": "BUDGET_MODE_DAY", "budget": 60}  # fmt: skip
        made = _ask("POST", url, {"provider": "tiktok", "operation": "CreateCampaign", "payload": payload}, head)
        body = _body_for(made["data"]["campaign"]["id"])
        yield Caller(_request("POST", url, head, body), url, process.pid)


def _body_for(campaign_id: str) -> str:
    wanted = {"advertiserId": _ADVERTISER, "campaignId": campaign_id}
    return json.dumps({"provider": "tiktok", "operation": "GetCampaign", "payload": wanted})


def _ask(method: str, url: str, body: Any, head: dict[str, str] | None = None) -> Any:
    request = Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json", **(head or {})}, method=method
    )
    with urlopen(request, timeout=30) as answer:
        return json.load(answer)


def _request(method: str, url: str, head: dict[str, str], body: str = "") -> str:
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    lines = [
        f"{method} {target} HTTP/1.1",
        f"host: {parts.netloc}",
        *(f"{name}: {value}" for name, value in head.items()),
    ]
    if body:
        lines += ["content-type: application/json", f"content-length: {len(body.encode())}"]
    return "\r\n".join(lines) + "\r\n\r\n" + body


if __name__ == "__main__":
    main()
