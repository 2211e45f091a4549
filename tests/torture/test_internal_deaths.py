"""Death at every point between gateway and answer: each write is done once, or its outcome is known to be unknown."""

import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from app.kit.failpoints import ENVIRONMENT
from tests.functional.stack import Stack, until
from tests.support.command import MakeDatabase
from tests.support.nursery import shared_nursery

KEY = "a-key-of-the-gateway-0123456789"
ADVERTISER = "7200000000000000001"
CENTER = "7100000000000000001"
TOKEN = "emulated-business-token"
POINTS = (
    "internal.read",  # the request is read, and nothing is on disk
    "internal.begun",  # the key is taken, and nothing was sent
    "internal.sending",  # it is noted that the write leaves
    "internal.money_written",  # a transfer's own row is on disk, and its call has not had its turn
    "internal.money_leaves",  # it has its turn, and no byte of it is sent
    "internal.money_answered",  # TikTok's answer to a transfer is read and not stored
    "internal.answered",  # the answer is read, and not stored under its key
    "internal.stored",  # stored, and the gateway not yet answered
)
ONLY_MONEY = {"internal.money_written", "internal.money_leaves", "internal.money_answered"}
# Nobody can say of it whether it was sent: the outcome is unknown, and stays so.
UNSURE = "internal.money_leaves"
HANG_SECONDS = 3.0


@dataclass
class Write:
    """One write of the gateway's, repeated with its key until it has an answer for good."""

    key: str
    operation: str
    payload: dict[str, Any]
    point: str


@dataclass
class Provider(Stack):
    """One web process that dies and is started again, and an emulator that lives."""

    writes: list[Write] = field(default_factory=list)
    deaths: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.failpoints = self.folder / "failpoints"
        self.failpoints.mkdir()
        self.redis_url = "redis://127.0.0.1:1/0"
        self.extra |= {
            ENVIRONMENT: str(self.failpoints),
            "NEWSREEL_LOG_FORMAT": "json",
            "TIKTOK_INTERNAL_KEY": KEY,
            "TikTok__EnableRealApi": "true",
            "TikTok__ApiBaseUrl": self.emulator_url,
            "TikTok__AccessToken": TOKEN,
            "TikTok__BusinessCenterId": CENTER,
            "TikTok__Tier": "ultimate",
        }
        self.http.headers["X-Internal-Key"] = KEY

    def start(self) -> None:
        self.spawn("emulator", "--port", str(urlsplit(self.emulator_url).port))
        until(lambda: self.answers(self.control, "/_emulator/health"), what="the emulator")
        self.emulator("POST", "business/settings", json={"limits_enabled": False})
        self.start_web()

    def start_web(self) -> None:
        port = str(urlsplit(self.url).port)
        environment = {name: value for name, value in self.environment.items() if name != "NEWSREEL_PORT"}
        self.processes["web"] = shared_nursery().spawn(
            "web", "--port", port, environment=environment, log=self.folder / "web.log"
        )
        until(lambda: self.answers(self.http, "/healthz"), what="the web process")

    def send(self, write: Write) -> dict[str, Any] | None:
        """Send a write; None where the process died of it."""
        body = {
            "provider": "tiktok", "operation": write.operation, "payload": write.payload,
            "context": {"idempotencyKey": write.key},
        }  # fmt: skip
        with suppress(httpx.TransportError):
            answer: dict[str, Any] = self.http.post("/internal/execute", json=body).json()
            return answer
        return None

    def strike(self, write: Write) -> None:
        """Have the web process die at the write's point, and start it again."""
        (self.failpoints / write.point).write_text("")
        assert self.send(write) is None, write
        self._bury(write)

    def strike_while_tiktok_answers(self, write: Write) -> None:
        """Kill the process while TikTok's answer is under way."""
        fault = {"endpoint": "bc/transfer/", "phase": "after", "hang": HANG_SECONDS}
        self.emulator("POST", "business/next-errors", json=fault)
        before = self.transfers_sent()
        with ThreadPoolExecutor(1) as sender:
            sending = sender.submit(self.send, write)
            until(lambda: self.transfers_sent() > before or sending.done(), what="a transfer that hangs")
            self.processes["web"].send_signal(signal.SIGKILL)
            assert sending.result() is None
        self._bury(write)

    def transfers_sent(self) -> int:
        counts = self.emulator("GET", "business/counts")["calls"]
        return sum(counts.get("bc/transfer/", {}).values())

    def _bury(self, write: Write) -> None:
        assert self.processes["web"].wait(60) == -signal.SIGKILL
        for mark in self.failpoints.glob("internal.*"):
            mark.unlink()
        self.deaths += 1
        self.writes.append(write)
        self.start_web()

    def finish(self, write: Write) -> dict[str, Any]:
        """Repeat a write as a gateway does, until it is no longer under way."""

        def answer() -> dict[str, Any] | None:
            told = self.send(write)
            assert told is not None
            is_busy = told["error"] is not None and told["error"]["code"] == "IN_PROGRESS"
            if is_busy:
                time.sleep(0.5)
            return None if is_busy else told

        found: dict[str, Any] = until(answer, what=f"an answer for {write}")
        return found

    def ask(self, path: str, **query: str) -> dict[str, Any]:
        answer = self.control.get(f"/open_api/v1.3/{path}", params=query, headers={"Access-Token": TOKEN})
        data: dict[str, Any] = answer.json()["data"]
        return data

    def amounts(self) -> list[str]:
        """The amounts of all transfers that TikTok has."""
        found: list[str] = []
        for page in range(1, 1000):
            data = self.ask("advertiser/transaction/get/", bc_id=CENTER, page=str(page), page_size="50")
            found += [f"{row['amount']:.2f}" for row in data["transaction_list"]]
            if page >= data["page_info"]["total_page"]:
                break
        return found

    def campaigns(self) -> list[str]:
        """The names of all campaigns."""
        data = self.ask("campaign/get/", advertiser_id=ADVERTISER, page_size="1000")
        return [row["campaign_name"] for row in data["list"]]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def provider(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, migrated_database: MakeDatabase
) -> Iterator[Provider]:
    folder = tmp_path_factory.mktemp("provider")
    provider = Provider(folder, migrated_database(request.param, folder))
    try:
        provider.start()
        yield provider
    finally:
        with suppress(subprocess.TimeoutExpired):
            provider.stop()


def transfer(number: int, point: str) -> Write:
    # Each amount once, so that TikTok's list tells which transfer it is.
    amount = f"{1 + number // 100}.{number % 100:02}"
    payload = {"advertiserId": ADVERTISER, "type": "RECHARGE", "amount": amount}
    return Write(f"transfer-{number}", "TransferFunds", payload, point)


def campaign(number: int, point: str) -> Write:
    payload = {
        "advertiserId": ADVERTISER, "name": f"campaign {number}", "objective": "TRAFFIC",
        "budgetMode": "BUDGET_MODE_INFINITE",
    }  # fmt: skip
    return Write(f"campaign-{number}", "CreateCampaign", payload, point)


@pytest.mark.timeout(0)
def test_each_write_is_done_once_wherever_the_process_dies(provider: Provider, runs: int):
    number = 0
    for _ in range(runs):
        for point in POINTS:
            number += 1
            provider.strike(transfer(number, point))
            if point not in ONLY_MONEY:
                provider.strike(campaign(number, point))
        number += 1
        provider.strike_while_tiktok_answers(transfer(number, "while TikTok answers"))

    ends = {write.key: provider.finish(write) for write in provider.writes}
    again = {write.key: provider.finish(write) for write in provider.writes}

    amounts, names = provider.amounts(), provider.campaigns()
    for write in provider.writes:
        if write.operation == "CreateCampaign":
            assert ends[write.key]["success"], (write, ends[write.key])
            assert names.count(write.payload["name"]) == 1, write
        elif ends[write.key]["success"]:
            assert amounts.count(write.payload["amount"]) == 1, write
        else:
            assert (write.point, ends[write.key]["error"]["code"]) == (UNSURE, "OUTCOME_UNKNOWN"), ends[write.key]
            assert amounts.count(write.payload["amount"]) == 0, write
        if ends[write.key]["success"]:
            assert (again[write.key]["replayed"], again[write.key]["data"]) == (True, ends[write.key]["data"])
    assert provider.deaths == runs * (2 * len(POINTS) - len(ONLY_MONEY) + 1)
