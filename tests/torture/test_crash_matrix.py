"""Death at every step between the CMS's request and TikTok's verdict: nothing is lost, and nothing is posted twice."""

import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from app.kit.ids import new_id
from tests.functional.stack import until
from tests.torture.conftest import open_fleet
from tests.torture.fleet import Fleet

# Each line is struck beside the others, so that many deaths overlap. Points that stand together strike one article, and
# each point another process.
LINES: tuple[tuple[tuple[str, ...], ...], ...] = (
    (
        (
            "intake.read",  # S1: the request is read, its signature not yet checked
            "intake.verified",  # S2: nothing is stored yet
            "intake.committed",  # S3: stored; neither is the sender answered nor a worker woken
        ),
        ("intake.enqueued",),  # S4, S5: a worker is woken, the sender perhaps answered
    ),
    (
        ("publish.claimed",),  # S6: a worker has the post, and fetches its pictures
        ("publish.prepared",),  # S7: the pictures are stored
        ("publish.settled",),  # S11: the publish_id is stored
    ),
    (
        ("publish.attempt_written",),  # S8: the attempt is on disk, and no byte of init is sent
        ("publish.answered",),  # S10: TikTok's answer is read and not stored
    ),
    (
        (
            "follow.claimed",  # S12: a poll is due
            "follow.answered",  # S13: TikTok's verdict is read and not stored
            "tiktok_event.claimed",  # TikTok's own message is stored, and a worker has it
        ),
    ),
    (("evidence.gathered",),),  # traces of a lost init are being looked for
)
POINTS = tuple(point for line in LINES for points in line for point in points)
AT_ONCE = 8
SLOW_ANSWER_SECONDS = 25.0


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def fleet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, runs: int) -> Iterator[Fleet]:
    """Deliveries that shall die go to the second web process; the first takes the others, and serves the pictures.

    Accounts whose worker died in the middle of an init are blocked for a minute: many deaths need many of them.
    """
    # Two die beside each other, and a third would mostly stand idle, which costs as much as the killing. Of fifty runs
    # three are worth it, but not on SQLite: more than two writers wait longer for its one lock than they work.
    workers = 3 if request.param == "postgresql" and runs > 1 else 2
    options = {"workers": workers, "second_web": True}
    yield from open_fleet(request, tmp_path_factory, accounts=min(12 + 2 * runs, 80), **options)


def strike(fleet: Fleet, points: Sequence[str]) -> str:
    """Have a process die at each point over an article of its own; return the article's id."""
    article_id = f"{points[0]}-{new_id()[-12:]}"
    with fleet.turn() as account:
        if "evidence.gathered" in points:
            lost = {"endpoint": "content_init", "cut": True, "open_id": account["open_id"]}
            fleet.emulator("POST", "next-errors", json=lost)
        for point in points:
            fleet.arm(point)
        fleet.deliver_surely(article_id, through=fleet.second_http if points in LINES[0] else fleet.http)
        victims = [fleet.wait_for_victim(point) for point in points]
    assert {fleet.wait_for_end(victim) for victim in victims} == {-signal.SIGKILL}
    return article_id


def strike_while_tiktok_answers(fleet: Fleet) -> list[str]:
    """S9: kill the workers while they wait for answers to inits that TikTok has accepted. Returns the struck posts."""
    article_id = f"sent-{new_id()[-12:]}"
    with ExitStack() as turns:
        open_ids = {turns.enter_context(fleet.turn())["open_id"] for _ in range(AT_ONCE)}
        for open_id in open_ids:
            fault = {"endpoint": "content_init", "phase": "after", "hang": SLOW_ANSWER_SECONDS, "open_id": open_id}
            fleet.emulator("POST", "next-errors", json=fault)
        fleet.deliver_surely(article_id)
        until(lambda: len(there(fleet, article_id)) >= AT_ONCE // 2, seconds=300, what="posts at TikTok")
        victims = [fleet.processes[f"worker{number}"].pid for number in range(fleet.workers)]
        for number in range(fleet.workers):
            fleet.kill(f"worker{number}")
        struck = there(fleet, article_id)
    for victim in victims:
        assert fleet.wait_for_end(victim) == -signal.SIGKILL
    posts = map(fleet.post, fleet.acknowledged[article_id])
    opened = {account["id"]: account["open_id"] for account in fleet.accounts}
    return [post["id"] for post in posts if opened[post["account_id"]] in struck and not post["publish_id"]]


def there(fleet: Fleet, article_id: str) -> set[str]:
    """Tell which accounts have an article on TikTok."""
    items = fleet.emulator("GET", "posts", params={"limit": 200})["items"]
    return {item["open_id"] for item in items if item["title"] == f"Жаңалық {article_id}"}


def strike_often(fleet: Fleet, line: Sequence[Sequence[str]], runs: int) -> list[str]:
    return [strike(fleet, points) for _ in range(runs) for points in line]


@pytest.mark.timeout(0)
def test_each_article_is_posted_once_wherever_a_process_dies(fleet: Fleet, runs: int):
    with ThreadPoolExecutor(len(LINES)) as strikers:
        lines = strikers.map(lambda line: strike_often(fleet, line, runs), LINES)
        struck = [article_id for line in lines for article_id in line]
    at_tiktok: list[str] = []
    while len(at_tiktok) < runs:
        at_tiktok += strike_while_tiktok_answers(fleet)
    kills = [code for _, code in fleet.deaths if code == -signal.SIGKILL]
    assert len(kills) >= runs * len(POINTS)
    fleet.enable_all()

    posts = fleet.settle()

    assert all(fleet.acknowledged[article_id] for article_id in struck)
    assert {post["id"]: post["state_detail"] for post in posts.values() if post["state"] != "published"} == {}
    fleet.check_no_double()
