"""Sentences in a post's row: each text column has one beside it, with the slug and the parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.messages.message import NOTHING_SAID, Message, pack, unpack
from app.posts.models import Post, PostEvent

_BESIDE = {"state_detail": "state_message", "fail_help": "fail_message"}


def with_messages(values: Mapping[str, Any]) -> dict[str, Any]:
    """Make the columns of a change that has sentences: the last step before they are written."""
    told: dict[str, Any] = {
        name: None if text is None else str(text) for name, text in values.items() if name in _BESIDE
    }
    beside: dict[str, Any] = {_BESIDE[name]: pack(values[name]) for name in told}
    if (problems := values.get("media_problems")) is not None:
        told["media_problems"] = [str(problem) for problem in problems]
        beside["media_messages"] = [pack(problem) for problem in problems]
    return {**values, **told, **beside}


def event_sentence(why: Message) -> dict[str, Any]:
    """The columns of a timeline's sentence."""
    return {"why": str(why), "message": pack(why)}


def why_of(event: PostEvent) -> Message:
    """Read what a line of the timeline says."""
    return unpack(event.why, event.message) or NOTHING_SAID


def detail_of(post: Post) -> Message | None:
    """Read why a post is where it is."""
    return unpack(post.state_detail, post.state_message)


def help_of(post: Post) -> Message | None:
    """Read what a post failed of, and what helps."""
    return unpack(post.fail_help, post.fail_message)


def problems_of(post: Post) -> Sequence[Message]:
    """Read what is wrong with the article's media."""
    beside = post.media_messages or []
    packed = [*beside, *([None] * (len(post.media_problems) - len(beside)))]
    return [unpack(line, one) or NOTHING_SAID for line, one in zip(post.media_problems, packed, strict=False)]
