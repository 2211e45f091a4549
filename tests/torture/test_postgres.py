"""PostgreSQL dies under load: what was acknowledged is there, and the installation goes on without a restart."""

import random
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from app.kit.ids import new_id
from tests.support.postgres import PostgresServer
from tests.torture.fleet import Fleet


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A server of this test's own, to be killed; with fsync, as its data shall outlive it."""
    server = PostgresServer(fsync=True)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def fleet(server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    fleet = Fleet(tmp_path_factory.mktemp("fleet"), server.url(server.new_database()), workers=1)
    try:
        fleet.migrate()
        fleet.start()
        fleet.connect_many(6)
        yield fleet
    finally:
        fleet.stop()


class Newsdesk:
    """Delivers one article after the other, until told to stop; never twice, as most CMSes."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.is_open = True
        self.refused = 0

    def run(self) -> None:
        while self.is_open:
            article_id = f"load-{new_id()[-12:]}"
            try:
                answer = self.fleet.deliver(article_id)
            except httpx.HTTPError:
                self.refused += 1
                continue
            assert answer.status_code in {202, 503}, answer.text
            if answer.status_code == 202:
                self.fleet.acknowledged[article_id] = answer.json()["post_ids"]
            else:
                self.refused += 1
            time.sleep(0.05)


@pytest.mark.timeout(1800)
def test_a_killed_postgresql_loses_nothing_that_was_acknowledged(fleet: Fleet, server: PostgresServer, runs: int):
    # Five posts a minute and account would make the settling long; here it is the articles that count.
    account = fleet.accounts[0]
    desk = Newsdesk(fleet)
    thread = threading.Thread(target=desk.run)
    with fleet.turn():
        fleet.deliver_surely(f"first-{new_id()[-12:]}")
    thread.start()
    try:
        for _ in range(min(10, runs + 1)):
            time.sleep(random.uniform(0.5, 1.5))
            server.kill()
            time.sleep(random.uniform(0, 1))
            server.start_again()
            fleet.deliver_surely(f"alive-{new_id()[-12:]}")
    finally:
        desk.is_open = False
        thread.join()
    assert desk.refused, "the server was never missed"
    assert [code for name, code in fleet.deaths if name == "web"] == []

    assert set(fleet.acknowledged) <= fleet.article_ids()
    fleet.enable_all()
    assert account["id"] in {post["account_id"] for post in fleet.settle().values()}
    fleet.check_no_double()
