"""What TikTok says of a post, whoever brings it, and what that means for the post. Knows no database.

A poll, a webhook and the account's list all become a `Verdict`; `decide` makes a `Move` of it, `settle` carries it out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from app.messages import publishing
from app.messages.kinds import Quote
from app.messages.message import NOTHING_SAID, Message
from app.posts.models import FINAL_STATES, NOT_YET_GIVEN, Post, PostState
from app.posts.waits import CAP_REASONS, Halt, heed
from app.tiktok.advice import Action
from app.tiktok.catalogue import explain_fail_reason
from app.tiktok.errors import TikTokRefused
from app.tiktok.models import PublishPhase, PublishStatus, VideoItem

_ATTEMPTS_PER_POST = 3
# A restart of ours that TikTok's fetch fell into is over by then, and news should not wait for longer.
_FIRST_RETRY_SECONDS = 60.0
_ASK_ONCE_MORE = timedelta(seconds=30)
_WITH_TIKTOK = (PostState.publishing, PostState.unconfirmed)
_WORDLESS = frozenset({"http_redirect", "http_refused"})


class Standing(StrEnum):
    """How a post stands at TikTok, as it was told, in the words of this service."""

    published = "published"
    in_inbox = "in_inbox"
    failed = "failed"
    at_it = "at_it"
    unknown = "unknown"
    """A status that we do not know: kept and shown, and no verdict."""
    refused = "refused"
    """TikTok refuses to speak about this post."""
    silent = "silent"
    """Two days are over without a verdict."""


_BY_PHASE = {
    PublishPhase.complete: Standing.published,
    PublishPhase.in_inbox: Standing.in_inbox,
    PublishPhase.failed: Standing.failed,
    PublishPhase.processing: Standing.at_it,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What TikTok said once. `attempt` and `publish_id` say of what it speaks, where that may be another attempt.

    `reason` is TikTok's own for a failure, or that of a refusal; `status` the status as TikTok calls it.
    """

    standing: Standing
    status: str = ""
    reason: str | None = None
    detail: Message | None = None
    post_ids: tuple[str, ...] = ()
    share_url: str | None = None
    log_id: str | None = None
    attempt: int | None = None
    publish_id: str | None = None
    asks_to_reconnect: bool = False

    @classmethod
    def by_status(cls, status: PublishStatus) -> "Verdict":
        """Read an answer of status/fetch."""
        standing = _BY_PHASE.get(status.phase, Standing.unknown)
        return cls(standing, status.status, status.fail_reason, post_ids=status.post_ids, log_id=status.log_id)

    @classmethod
    def by_list(cls, video: VideoItem, *, attempt: int | None = None, log_id: str | None = None) -> "Verdict":
        """Read an entry of the account's list of public posts."""
        return cls(Standing.published, detail=publishing.BY_LIST, post_ids=(video.id,),
                   share_url=video.share_url or None, attempt=attempt, log_id=log_id)  # fmt: skip

    @classmethod
    def by_refusal(cls, error: TikTokRefused) -> "Verdict":
        """Read a refusal to say where the post stands. One from something on the way is no word of TikTok's."""
        if error.advice.code in _WORDLESS:
            return cls(Standing.at_it)
        is_login = error.advice.action is Action.reauthorize
        return cls(Standing.refused, reason=error.advice.code, detail=error.message, log_id=error.log_id,
                   asks_to_reconnect=is_login)  # fmt: skip


SILENCE = Verdict(Standing.silent, reason="no_verdict", detail=publishing.NO_VERDICT)


class Effect(StrEnum):
    """How a verdict counted."""

    heard = "heard"
    known = "known"
    outdated = "outdated"
    """It speaks of an attempt that failed, and the post has moved on since."""
    contradicted = "contradicted"
    """It was settled here otherwise: whoever reads the post's story is told."""


@dataclass(frozen=True, slots=True)
class Move:
    """What a verdict does to a post. Without `to` the post stays where it is.

    `halt` is what a failure means for the account's other posts, and its columns are the post's where it goes where the
    halt says. `warns`: TikTok has an attempt whose post was settled otherwise. `note` is a line for the timeline.
    """

    effect: Effect = Effect.heard
    to: PostState | None = None
    why: Message = NOTHING_SAID
    values: Mapping[str, Any] = field(default_factory=dict)
    halt: Halt | None = None
    post_ids: tuple[str, ...] = ()
    note: Message | None = None
    warns: bool = False


STAY = Move()


def decide(verdict: Verdict, post: Post, now: datetime) -> Move:
    """Tell what a verdict means for a post as it is now."""
    if _is_of_earlier(verdict, post):
        # The post has gone on to another attempt, or to another word of a person's. Only a success is news then.
        is_failure = verdict.standing is Standing.failed
        return Move(Effect.outdated) if is_failure else Move(Effect.contradicted, warns=True)
    match verdict.standing:
        case Standing.published:
            return _decide_published(verdict, post, now)
        case Standing.in_inbox:
            return _decide_in_inbox(post)
        case Standing.failed:
            return _decide_failed(verdict, post)
        case Standing.refused | Standing.silent:
            return _decide_unsaid(verdict, post, now)
        case Standing.at_it | Standing.unknown:
            return STAY


def _is_of_earlier(verdict: Verdict, post: Post) -> bool:
    is_other_attempt = verdict.attempt is not None and verdict.attempt != post.attempt
    return is_other_attempt or (verdict.publish_id is not None and verdict.publish_id != post.publish_id)


def _decide_published(verdict: Verdict, post: Post, now: datetime) -> Move:
    """TikTok says that the post is out. Its public id may come later, and does not change the verdict."""
    if post.state in NOT_YET_GIVEN | {PostState.failed, PostState.cancelled}:
        return Move(Effect.contradicted, warns=True)
    link = {"share_url": verdict.share_url} if verdict.share_url else {}
    if post.state is PostState.published:
        is_news = any(post_id not in post.post_ids for post_id in verdict.post_ids)
        effect = Effect.heard if verdict.post_ids else Effect.known
        return Move(
            effect,
            values=link,
            post_ids=verdict.post_ids if is_news else (),
            note=publishing.NAMED if is_news else None,
        )
    named = {"post_ids": list(verdict.post_ids), "next_check_at": None}
    # A draft may be posted when nobody asks about it any more: then its public id is still to be sought.
    unnamed = {"next_check_at": post.next_check_at or now}
    values = {**(named if verdict.post_ids else unnamed), **link, "fail_reason": None, "fail_help": None}
    return Move(to=PostState.published, why=verdict.detail or publishing.PUBLISHED, values=values)


def _decide_in_inbox(post: Post) -> Move:
    if post.state in _WITH_TIKTOK:
        return Move(to=PostState.sent_to_inbox, why=publishing.IN_INBOX)
    return Move(Effect.known if post.state in FINAL_STATES else Effect.heard)


def _decide_failed(verdict: Verdict, post: Post) -> Move:
    """TikTok says that the post failed: try again where that helps and is safe, else keep reason, cause and cure."""
    advice = explain_fail_reason(verdict.reason)
    reason = verdict.reason or advice.code
    if post.state not in _WITH_TIKTOK:
        return _decide_failed_late(verdict, post)
    if reason == "publish_cancelled":
        values = {"state_reason": reason, "state_detail": publishing.STOPPED, "next_check_at": None}
        return Move(to=PostState.cancelled, why=publishing.STOPPED, values=values)
    is_first = post.attempt == 1 and advice.action is Action.retry
    again_in = _FIRST_RETRY_SECONDS if is_first else None
    halt = heed(advice, failures=min(post.attempt, 1), log_id=verdict.log_id, retry_after=again_in)
    is_passing = halt.to in {PostState.retryable, PostState.scheduled} and not halt.reconnect
    # Nothing is dropped for pace: where only the day's cap stands in the way, no number of tries is too many.
    may_go_on = post.attempt < _ATTEMPTS_PER_POST or halt.reason in CAP_REASONS
    values = {"next_check_at": None, "fail_reason": reason[:128], "fail_help": halt.detail}
    if is_passing and may_go_on and post.state is PostState.publishing:
        return Move(to=halt.to, why=halt.detail, values={**values, "publish_id": None}, halt=halt)
    values |= {"state_reason": reason[:64], "state_detail": halt.detail}
    return Move(to=PostState.failed, why=halt.detail, values=values, halt=halt)


def _decide_failed_late(verdict: Verdict, post: Post) -> Move:
    """The post was settled before, or a person has it: the first word stands."""
    if post.state not in FINAL_STATES:
        return STAY
    is_told = bool(verdict.status) and verdict.status == post.tiktok_status
    if is_told or post.state in {PostState.failed, PostState.cancelled}:
        return Move(Effect.known)
    return Move(Effect.contradicted, note=publishing.failed_too(Quote(verdict.reason or "-")))


def _decide_unsaid(verdict: Verdict, post: Post, now: datetime) -> Move:
    """Nothing more is heard. Without a verdict the post is unconfirmed; with one, only its public id stays unknown."""
    if verdict.asks_to_reconnect:
        return STAY
    if post.state is not PostState.publishing:
        return Move(values={"next_check_at": None})
    # It may be that TikTok does not know a number yet that it has just given out: traces are looked for meanwhile.
    next_check_at = now + _ASK_ONCE_MORE if verdict.standing is Standing.refused else None
    why = verdict.detail or publishing.NO_VERDICT
    values = {"state_reason": (verdict.reason or "")[:64], "state_detail": why}
    return Move(
        to=PostState.unconfirmed,
        why=why,
        values={**values, "next_check_at": next_check_at},
    )
