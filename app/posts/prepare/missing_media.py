"""What becomes of a post whose pictures or film cannot be had: it waits, asks a person, or goes out without them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.accounts.models import Account
from app.articles.models import Article
from app.config import Settings
from app.media.pictures.gather import MAX_IMAGES
from app.media.problems import ImageSource, MediaProblem
from app.messages import post_media
from app.posts.gates import needs_approval
from app.posts.models import Post, PostState
from app.posts.waits import Halt, wait_for_person

ASKS_ABOUT_MEDIA = frozenset(
    {"media_unavailable", "video_unavailable", "picture_missing", "media_not_allowed", "needs_video"}
)
"""Reasons under which a person's "send again" means: look once more, and then with what is there."""

_OTHERS = timedelta(seconds=60)
"""The post does not wait longer for another picture than the first: news is better now than complete."""
_SOONEST, _LATEST = timedelta(seconds=5), timedelta(seconds=60)
_OUR_TURN = timedelta(seconds=10)
NO_PICTURE = post_media.NO_PICTURE


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a post waits for its media.

    `since`: when they were first missed. A server's "not found" is believed from `settled_at` on, when it has had the
    time to be mistaken. `goes_without`: the post goes out with what is there when the time is over; `goes_now`: a
    person has looked and wants it at once.
    """

    span: timedelta
    since: datetime
    settled_at: datetime
    goes_without: bool
    goes_now: bool = False

    def may_come(self, problem: MediaProblem, now: datetime) -> bool:
        """Tell whether it is worth waiting."""
        return problem.is_transient and (not problem.is_not_there_yet or now < self.settled_at)

    def next_try(self, now: datetime, until: datetime, problems: Sequence[MediaProblem]) -> datetime:
        """Ever later, once more at the end, and not before the server wants to be asked again."""
        pause = min(max(now - self.since, _SOONEST), _LATEST)
        asked = max((problem.retry_after or 0.0 for problem in problems), default=0.0)
        return max(min(now + pause, until), now + min(timedelta(seconds=asked), self.span))


def patience_of(settings: Settings, post: Post, article: Article, account: Account | None, now: datetime) -> Patience:
    """Read how long a post waits."""
    span = timedelta(seconds=settings.media_patience_seconds)
    arrived = max(article.received_at, article.updated_at, min(article.published_at or article.received_at, now))
    is_wanted_so = account is not None and (account.settings.post_incomplete or needs_approval(post, account))
    goes_now = post.settings.get("without_missing_of_version") == article.version
    since = min(post.media_missing_since or now, now)  # a clock may have been set back meanwhile
    return Patience(span, since, arrived + span, goes_without=is_wanted_so, goes_now=goes_now)


def judge_pictures(
    images: Sequence[ImageSource], usable: int, problems: Sequence[MediaProblem], patience: Patience, now: datetime
) -> Halt | None:
    """Say what a post waits for whose article names `images`; None: it goes out with the pictures that are there.

    The first picture is the cover, and the one that the newsroom chose: only a fault that no waiting mends lets the
    post go out without it by itself.
    """
    if usable and patience.goes_now:
        return None
    cover = next((problem for problem in problems if problem.url == images[0].url), None)
    coming = [problem for problem in problems if patience.may_come(problem, now)]
    needed = [problem for problem in coming if problem is cover or not usable]
    if needed:
        halt = _wait(needed, patience, patience.since + patience.span, now)
    elif coming and usable < MAX_IMAGES:
        halt = _wait_for_others(coming, patience, now)
    else:
        halt = None
    return halt or _ask_a_person(cover, usable, problems, patience)


def judge_film(problem: MediaProblem, patience: Patience, now: datetime) -> Halt | None:
    """Say what a post waits for whose film cannot be had; None: it goes out with what else the article has."""
    if patience.goes_now:
        return None
    until = patience.since + patience.span
    if not patience.may_come(problem, now) or now >= until:
        is_passing = problem.is_of_fetching and (problem.is_transient or bool(problem.allow))
        return ask_about_film(problem) if is_passing and not patience.goes_without else None
    at = patience.next_try(now, until, [problem])
    detail = post_media.film_awaited(cause=problem.message, time=max(until, at))
    return Halt(PostState.retryable, "video_unavailable", detail, at=at)


def ask_about_film(problem: MediaProblem) -> Halt:
    """Let a person decide what becomes of a film that cannot be posted."""
    detail = post_media.film_unusable(cause=problem.message)
    return wait_for_person("needs_video", detail)


def _wait(needed: Sequence[MediaProblem], patience: Patience, until: datetime, now: datetime) -> Halt | None:
    if all(problem.is_ours for problem in needed):
        return Halt(PostState.retryable, "media_unavailable", post_media.CROWDED, at=now + _OUR_TURN)
    if now >= until:
        return None
    problem = next(problem for problem in needed if not problem.is_ours)
    at = patience.next_try(now, until, needed)
    detail = post_media.picture_awaited(cause=problem.message, time=max(until, at))
    return Halt(PostState.retryable, "media_unavailable", detail, at=at)


def _wait_for_others(coming: Sequence[MediaProblem], patience: Patience, now: datetime) -> Halt | None:
    until = patience.since + min(patience.span, _OTHERS)
    if now >= until:
        return None
    at = patience.next_try(now, until, coming)
    if at > until:
        return None
    detail = post_media.other_picture_awaited(cause=coming[0].message, time=until)
    return Halt(PostState.retryable, "media_unavailable", detail, at=at)


def _ask_a_person(
    cover: MediaProblem | None, usable: int, problems: Sequence[MediaProblem], patience: Patience
) -> Halt | None:
    if not usable:
        return _ask_for_any(problems)
    if cover is None or patience.goes_without or not (cover.is_transient or cover.allow):
        return None
    if cover.allow:
        return _not_allowed(cover)
    detail = post_media.first_missing(cause=cover.message)
    return wait_for_person("picture_missing", detail)


def _ask_for_any(problems: Sequence[MediaProblem]) -> Halt:
    forbidden = next((problem for problem in problems if problem.allow), None)
    if forbidden is not None:
        return _not_allowed(forbidden)
    passing = next((problem for problem in problems if problem.is_transient), None)
    if passing is None:
        return wait_for_person("needs_image", NO_PICTURE)
    detail = post_media.none_fetched(cause=passing.message)
    return wait_for_person("needs_image", detail)


def _not_allowed(problem: MediaProblem) -> Halt:
    detail = post_media.fetch_forbidden(cause=problem.message)
    return wait_for_person("media_not_allowed", detail)
