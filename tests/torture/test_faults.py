"""Parts that vanish, stand still or come back late, while articles come in."""

import random
import signal
import time
from collections.abc import Iterator

import pytest

from app.kit.ids import new_id
from tests.functional.stack import until
from tests.torture.conftest import open_fleet
from tests.torture.fleet import Fleet


# These take minutes of waiting: `make test` has patience for one database.
@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.torture)])
def fleet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    # Six posts a minute and account: the long run needs more of them.
    yield from open_fleet(request, tmp_path_factory, accounts=12 if request.getfixturevalue("runs") == 1 else 40)


def name(what: str) -> str:
    return f"{what}-{new_id()[-12:]}"


def check_all_published(fleet: Fleet) -> None:
    posts = fleet.settle()
    assert {post["id"]: post["state_detail"] for post in posts.values() if post["state"] != "published"} == {}
    fleet.check_no_double()


@pytest.mark.timeout(1800)
def test_a_redis_that_forgets_everything_or_dies_only_delays(fleet: Fleet, runs: int):
    for number in range(4 * runs):
        with fleet.turn():
            fleet.deliver_surely(name("flush"))
            time.sleep(random.uniform(0, 0.3))
            if number % 2:
                fleet.kill_redis()
            else:
                fleet.flush_redis()
    fleet.enable_all()

    check_all_published(fleet)


@pytest.mark.timeout(1800)
def test_a_worker_that_stood_still_beyond_its_lease_does_no_harm(fleet: Fleet):
    stopped = []
    for point in ("publish.prepared", "publish.attempt_written"):
        with fleet.turn():
            fleet.arm(point, "stop")
            fleet.deliver_surely(name("stop"))
            stopped.append(fleet.wait_for_victim(point))
    fleet.enable_all()
    check_all_published(fleet)

    for pid in stopped:
        fleet.resume(pid)
    with fleet.turn():
        # Whoever takes this one up shows that the sleepers had their chance.
        fleet.deliver_surely(name("after"))
        time.sleep(5)

    fleet.enable_all()
    check_all_published(fleet)


@pytest.mark.timeout(1800)
def test_six_restarts_during_one_job_lose_nothing(fleet: Fleet):
    with fleet.turn() as account:
        hang = {"endpoint": "creator_info", "phase": "after", "hang": 2.0, "times": 6, "open_id": account["open_id"]}
        fleet.emulator("POST", "next-errors", json=hang)
        fleet.deliver_surely(name("term"))
        for _ in range(6):
            until(fleet.is_ready, what="a worker that gives a sign of life")
            workers = [fleet.processes[f"worker{number}"] for number in range(fleet.workers)]
            for worker in workers:
                worker.send_signal(signal.SIGTERM)
            for worker in workers:
                # One that is still starting does not know yet how to end in order.
                assert worker.wait(60) in {0, -signal.SIGTERM}
    fleet.emulator("DELETE", "next-errors")
    fleet.enable_all()

    check_all_published(fleet)
