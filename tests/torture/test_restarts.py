"""Restarts under load: what is under way is answered, and with two web processes no delivery fails."""

import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.functional.stack import until
from tests.support.command import MakeDatabase
from tests.torture.balancer import Balancer, is_ready
from tests.torture.fleet import Fleet


@pytest.fixture
def fleet(tmp_path: Path, migrated_database: MakeDatabase) -> Iterator[Fleet]:
    url = migrated_database("sqlite", tmp_path)
    fleet = Fleet(tmp_path, url, extra={"NEWSREEL_DRAIN_SECONDS": "2"}, workers=1, second_web=True)
    try:
        fleet.start()
        fleet.connect_many(1)
        yield fleet
    finally:
        fleet.stop()


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("looks", [True, False], ids=["balancer looks at readyz", "balancer looks at nothing"])
def test_no_delivery_fails_while_the_web_processes_restart_in_turn(fleet: Fleet, runs: int, looks: bool):
    rounds = 2 * runs
    balancer = Balancer(fleet, looks=looks)
    with balancer.under_load():
        for round_ in range(rounds):
            name, url = (("web", fleet.url), ("web2", fleet.second_url))[round_ % 2]
            fleet.kill(name, signal.SIGTERM)
            fleet.wait_for_deaths(round_ + 1)
            until(partial(is_ready, url), what=name)

    assert balancer.failed == []
    # Nothing but the database's slowness, on a machine with much to do, was a reason for a 503.
    assert fleet.logs().count('"delivery_unfinished"') == balancer.slow
    assert '"delivery_failed"' not in fleet.logs()
    assert [code for _, code in fleet.deaths] == [0] * rounds
    assert len(fleet.acknowledged) > 10 * rounds
    assert fleet.article_ids() == set(fleet.acknowledged)
