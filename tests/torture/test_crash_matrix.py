"""Death at every step between the CMS's request and TikTok's verdict: nothing is lost, and nothing is posted twice."""

import signal

import pytest

from app.kit.ids import new_id
from tests.functional.stack import until
from tests.torture.fleet import Fleet

POINTS = (
    "intake.read",  # S1: the request is read, its signature not yet checked
    "intake.verified",  # S2: nothing is stored yet
    "intake.committed",  # S3, S4: stored; neither is the sender answered nor a worker woken
    "intake.enqueued",  # S5: a worker is woken, the sender not yet answered
    "publish.claimed",  # S6: a worker has the post, and fetches its pictures
    "publish.prepared",  # S7: the pictures are stored
    "publish.attempt_written",  # S8: the attempt is on disk, and no byte of init is sent
    "publish.answered",  # S10: TikTok's answer is read and not stored
    "publish.settled",  # S11: the publish_id is stored
    "follow.claimed",  # S12: a poll is due
    "follow.answered",  # S13: TikTok's verdict is read and not stored
)


def strike(fleet: Fleet, point: str) -> str:
    """Have a process die at `point` over an article of its own; return the article's id."""
    article_id = f"{point}-{new_id()[-12:]}"
    deaths = len(fleet.deaths)
    with fleet.turn():
        fleet.arm(point)
        fleet.deliver_surely(article_id)
        fleet.wait_for_deaths(deaths + 1)
    assert not fleet.is_armed()
    assert fleet.deaths[deaths][1] == -signal.SIGKILL
    return article_id


def strike_while_tiktok_answers(fleet: Fleet) -> str:
    """S9: TikTok has accepted the post, and is still writing its answer."""
    article_id = f"sent-{new_id()[-12:]}"
    title = f"Жаңалық {article_id}"
    deaths = len(fleet.deaths)
    with fleet.turn() as account:
        fault = {"endpoint": "content_init", "phase": "after", "hang": 8.0, "open_id": account["open_id"]}
        fleet.emulator("POST", "next-errors", json=fault)
        fleet.deliver_surely(article_id)

        def has_it() -> bool:
            items = fleet.emulator("GET", "posts", params={"open_id": account["open_id"]})["items"]
            return any(item["title"] == title for item in items)

        until(has_it, seconds=60, what="the post at TikTok")
        for number in range(fleet.workers):
            fleet.kill(f"worker{number}")
        fleet.wait_for_deaths(deaths + fleet.workers)
    return article_id


@pytest.mark.timeout(3600)
def test_each_article_is_posted_once_wherever_a_process_dies(fleet: Fleet, runs: int):
    articles = [strike(fleet, point) for point in POINTS for _ in range(runs)]
    articles += [strike_while_tiktok_answers(fleet) for _ in range(runs)]
    fleet.enable_all()

    posts = fleet.settle()

    ends = {article: [posts[post_id]["state"] for post_id in fleet.acknowledged[article]] for article in articles}
    assert {article: end for article, end in ends.items() if end != ["published"]} == {}
    fleet.check_no_double()
