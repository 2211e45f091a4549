"""What every CMS goes through: published, updated, unpublished, and a webhook that never came found by the poll."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tests.functional.stack import Stack, until

STEPS = ("published", "updated", "unpublished", "lost webhook found by poll")
_POLL_MINUTES = 1


class Cms(Protocol):
    """A running CMS that sends its webhooks to a source, and somebody who writes in it."""

    def connect(self, source: dict[str, Any], stack: Stack) -> None:
        """Set the webhook up as the manual says."""

    @property
    def feed(self) -> dict[str, Any]:
        """What the source is told of this CMS: `feed_url`, and a read token and options where they are needed."""

    def publish(self, title: str) -> str:
        """Publish an article with a picture; give what identifies it in the CMS."""

    def update(self, article: str, title: str) -> None: ...
    def unpublish(self, article: str) -> None: ...
    def mute(self) -> None:
        """Keep its webhooks from coming."""


class Kind(Protocol):
    """A CMS that may be installed here."""

    NAME: str
    KIND: str
    OPTIONS: dict[str, Any]

    def missing(self, folder: Path) -> str:
        """Install what it needs where that can be had; say what is lacking, or ""."""

    def running(self, folder: Path) -> AbstractContextManager[Cms]: ...


@dataclass(slots=True)
class Result:
    """What came of a step: how many seconds it took, or why it did not succeed."""

    step: str
    seconds: float = 0.0
    problem: str = ""


@dataclass(slots=True)
class Report:
    """What came of one CMS. `skipped`: why it was not tried at all."""

    name: str
    skipped: str = ""
    results: list[Result] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        return not self.skipped and len(self.results) == len(STEPS) and not any(one.problem for one in self.results)


def go_round(kind: Kind, folder: Path) -> Report:
    """Start the CMS and an installation of its own, and take all steps."""
    report = Report(kind.NAME, skipped=kind.missing(folder.parent))
    if report.skipped:
        return report
    folder.mkdir(parents=True)
    with kind.running(folder) as cms, _installation(folder) as stack:
        wanted = {"name": kind.NAME, "kind": kind.KIND, "options": kind.OPTIONS, "poll_minutes": _POLL_MINUTES}
        source = stack.api("POST", "/api/sources", json={**wanted, **cms.feed})
        cms.connect(source, stack)
        # What stands in the feed when it is first read is no news: only then may anything be published.
        until(
            lambda: (_shown(stack, source)["feed"] or {}).get("last_success_at"), what="the first reading of the feed"
        )
        _take_steps(report, cms, stack, source)
    return report


@contextmanager
def _installation(folder: Path) -> Iterator[Stack]:
    stack = Stack(folder, f"sqlite+aiosqlite:///{folder / 'newsreel.db'}", is_supervised=True)
    try:
        stack.start()
        stack.emulator("POST", "progression", json={"pace": "immediate"})
        stack.connect("cms", privacy_level="PUBLIC_TO_EVERYONE")
        yield stack
    finally:
        stack.stop()


def _take_steps(report: Report, cms: Cms, stack: Stack, source: dict[str, Any]) -> None:
    first, corrected, unheard = "Мектеп ашылды 🏫", "Мектеп ашылды: түзету", "Естілмеген жаңалық"
    ids: list[str] = []

    def found(title: str) -> Any:
        items = stack.api("GET", f"/api/articles?source_id={source['id']}&limit=50")["items"]
        return next((item for item in items if item["title"] == title), None)

    def lose() -> None:
        cms.mute()
        cms.publish(unheard)

    steps: list[tuple[Callable[[], Any], Callable[[], Any]]] = [
        (lambda: ids.append(cms.publish(first)), lambda: _is_on_tiktok(stack, found(first))),
        (lambda: cms.update(ids[0], corrected), lambda: found(corrected)),
        (lambda: cms.unpublish(ids[0]), lambda: found(corrected)["state"] == "unpublished"),
        (lose, lambda: _is_on_tiktok(stack, found(unheard))),
    ]
    if all(_step(report, name, act, check) for name, (act, check) in zip(STEPS, steps, strict=True)):
        events = stack.api("GET", f"/api/articles/{found(unheard)['id']}")["events"]
        is_by_poll = all(event["type"].startswith(("feed.", "page.")) for event in events)
        report.results[-1].problem = "" if is_by_poll else f"not only the poll told of it: {events}"


def _is_on_tiktok(stack: Stack, article: Any) -> bool:
    if article is None:
        return False
    posts = stack.api("GET", f"/api/posts?article_id={article['id']}")["items"]
    return len(posts) == 1 and posts[0]["state"] == "published"


def _step(report: Report, step: str, act: Callable[[], Any], check: Callable[[], Any]) -> bool:
    """Do what the editor does, and wait for what is to come of it; the time counts from the editor's click."""
    began_at = time.monotonic()
    try:
        act()
        until(check, what=step)
    except AssertionError as error:
        report.results.append(Result(step, problem=str(error)))
        return False
    report.results.append(Result(step, time.monotonic() - began_at))
    return True


def _shown(stack: Stack, source: dict[str, Any]) -> dict[str, Any]:
    return dict(stack.api("GET", f"/api/sources/{source['id']}"))
