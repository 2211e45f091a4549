"""What must be true of a newsroom, whatever happened to it."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from sqlmodel import col, select

from app.emulator.world.records import Post as TikTokPost
from app.kit.clock import utcnow
from app.posts.models import FINAL_STATES, Post, PostAttempt, PostEvent, PostState
from tests.torture.stage import Stage

_BACK_FROM_END = {
    ("failed", "queued"): ("Retried by ",),
    ("cancelled", "queued"): ("The article was published again.", "Brought back by "),
    ("sent_to_inbox", "published"): ("",),
}
"""The only ways out of a final state, and how their lines in the timeline begin."""


@dataclass
class Decisions:
    """What people took upon themselves. `sent_again`: how often a post may be on TikTok beyond once."""

    sent_again: Counter[str] = field(default_factory=Counter)
    said_posted: set[str] = field(default_factory=set)
    said_gone: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Facts:
    """Everything that stands in the database about posts, and what TikTok has of each."""

    posts: dict[str, Post]
    events: dict[str, list[PostEvent]]
    there: dict[str, list[TikTokPost]]


async def read_facts(stage: Stage) -> Facts:
    async with stage.web.app.read() as session:
        posts = {post.id: post for post in (await session.exec(select(Post))).all()}
        events: defaultdict[str, list[PostEvent]] = defaultdict(list)
        for event in (await session.exec(select(PostEvent).order_by(col(PostEvent.id)))).all():
            events[event.post_id].append(event)
        tokens = {row.media_token: row.post_id for row in (await session.exec(select(PostAttempt))).all()}
    there: defaultdict[str, list[TikTokPost]] = defaultdict(list)
    for known in stage.web.there:
        token = known.photo_urls[0].split("/media/")[1].split("/")[0]
        assert token in tokens, "an init left without its attempt on disk"
        there[tokens[token]].append(known)
    return Facts(posts, events, there)


def nothing_is_there_twice(facts: Facts, decisions: Decisions) -> None:
    for post_id, known in facts.there.items():
        accepted = [post for post in known if post.stage != "failed"]
        assert len(accepted) <= 1 + decisions.sent_again[post_id], tell(facts, post_id)


def no_limit_is_passed(stage: Stage) -> None:
    passed = {name: n for name, n in stage.tiktok.violations.items() if name.startswith(("rate_limit.", "cap."))}
    assert not passed, passed


def every_timeline_is_whole(facts: Facts) -> None:
    for post_id, events in facts.events.items():
        assert events[0].from_state is None, tell(facts, post_id)
        for before, after in pairwise(events):
            assert after.from_state == before.to_state, tell(facts, post_id)
            move = (after.from_state, after.to_state)
            if before.to_state in FINAL_STATES and move[0] != move[1]:
                assert move in _BACK_FROM_END, tell(facts, post_id)
                assert after.why.startswith(_BACK_FROM_END[move]), tell(facts, post_id)
        assert events[-1].to_state == facts.posts[post_id].state, tell(facts, post_id)
    assert facts.posts.keys() == facts.events.keys()


def success_is_only_what_tiktok_said(facts: Facts, decisions: Decisions) -> None:
    for post_id, post in facts.posts.items():
        known = facts.there.get(post_id, [])
        if post.state is PostState.published and post_id not in decisions.said_posted:
            assert any(there.completed_at is not None for there in known), tell(facts, post_id)
        if post.state is PostState.sent_to_inbox:
            assert any(there.inbox_at is not None for there in known), tell(facts, post_id)


def log_is_clean(text: str, secrets: list[str]) -> None:
    """No secret stands in it, and no error of our own."""
    assert not [secret for secret in secrets if secret in text], "a secret stands in the log"
    lines = [json.loads(line) for line in text.splitlines()]
    ours = [line for line in lines if str(line.get("logger", "")).startswith("app.")]
    assert not [line for line in ours if line["level"] in {"error", "critical"}], text[-8000:]


def is_settled(post: Post, now: datetime) -> bool:
    """Tell whether a post has ended, or stands where a person reads what it waits for."""
    if post.state in FINAL_STATES:
        return True
    if not post.state_detail:
        return False
    if post.state is PostState.scheduled:
        return post.scheduled_at is None or post.scheduled_at > now
    return post.state in {PostState.awaiting_approval, PostState.unconfirmed}


def nothing_is_lost(facts: Facts) -> None:
    now = utcnow()
    left = [post_id for post_id, post in facts.posts.items() if not is_settled(post, now) or post.is_sending]
    assert not left, "\n".join(tell(facts, post_id) for post_id in left)


def nothing_is_denied(facts: Facts, decisions: Decisions) -> None:
    """What stands on TikTok is not called failed or cancelled here, but where a person said so or is warned of it."""
    for post_id, known in facts.there.items():
        post = facts.posts[post_id]
        is_out = any(there.stage in {"complete", "inbox"} for there in known)
        is_denied = post.state in {PostState.failed, PostState.cancelled}
        if is_out and is_denied and post_id not in decisions.said_gone:
            assert post.alert, tell(facts, post_id)


def tell(facts: Facts, post_id: str) -> str:
    """One post's story, for whoever reads the failure."""
    post = facts.posts[post_id]
    lines = [f"post {post_id}: {post.state} {post.state_reason} sending={post.is_sending} alert={post.alert}"]
    lines += [f"  {event.at:%d %H:%M:%S} {event.from_state} -> {event.to_state}: {event.why}" for event in
              facts.events.get(post_id, [])]  # fmt: skip
    lines += [f"  at TikTok: {there.publish_id} {there.stage} {there.fail_reason}" for there in
              facts.there.get(post_id, [])]  # fmt: skip
    return "\n".join(lines)
