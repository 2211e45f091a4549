"""Restarts under load: what is under way is answered, and with two web processes no delivery fails."""

import json
import signal
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from app.articles.adapters.generic import sign_generic
from app.kit.clock import rfc3339, utcnow
from app.kit.ids import new_id
from tests.functional.stack import until
from tests.torture.fleet import Fleet

SENDERS = 8


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    fleet = Fleet(tmp_path, f"sqlite+aiosqlite:///{tmp_path / 'newsreel.db'}", workers=1, second_web=True)
    try:
        fleet.start()
        until(lambda: is_ready(fleet.second_url), seconds=60, what="the second web process")
        fleet.connect_many(1)
        yield fleet
    finally:
        fleet.stop()


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


class Balancer:
    """Sends like a load balancer: to the other process where one takes no connection, or breaks it unanswered.

    A process that ends resets what it had not yet accepted. To repeat that is safe: a delivery that was taken in after
    all is answered as a duplicate.
    """

    def __init__(self, fleet: Fleet) -> None:
        self.urls = [fleet.url, fleet.second_url]
        self.path = urlsplit(fleet.source["webhook_url"]).path
        self.fleet = fleet
        self.is_open = True
        self.failed: list[str] = []

    def run(self, first: int) -> None:
        while self.is_open:
            article_id = f"roll-{new_id()[-12:]}"
            stamp = rfc3339(utcnow())
            body = json.dumps(
                {"type": "article.published", "timestamp": stamp, "data": self.fleet.article(article_id)}
            ).encode()
            headers = sign_generic(self.fleet.source["secret"], f"msg_{article_id}", int(time.time()), body)
            answer = self._send(self.urls[first:] + self.urls[:first], body, headers)
            if answer == "202":
                self.fleet.acknowledged[article_id] = []
            else:
                self.failed.append(answer)

    def _send(self, urls: list[str], body: bytes, headers: dict[str, str]) -> str:
        for url in urls:
            try:
                return str(httpx.post(url + self.path, content=body, headers=headers, trust_env=False).status_code)
            except (httpx.NetworkError, httpx.RemoteProtocolError):
                continue
            except httpx.HTTPError as error:
                return type(error).__name__
        return "nobody took it"


@pytest.mark.timeout(600)
def test_no_delivery_fails_while_the_web_processes_restart_in_turn(fleet: Fleet):
    balancer = Balancer(fleet)
    threads = [threading.Thread(target=balancer.run, args=(number % 2,)) for number in range(SENDERS)]
    for thread in threads:
        thread.start()
    try:
        for round_ in range(4):
            name, url = (("web", fleet.url), ("web2", fleet.second_url))[round_ % 2]
            fleet.kill(name, signal.SIGTERM)
            fleet.wait_for_deaths(round_ + 1)
            until(partial(is_ready, url), seconds=60, what=name)
    finally:
        balancer.is_open = False
        for thread in threads:
            thread.join()

    assert balancer.failed == []
    assert [code for _, code in fleet.deaths] == [0, 0, 0, 0]
    assert len(fleet.acknowledged) > SENDERS
    assert fleet.article_ids() == set(fleet.acknowledged)
