"""The rows of a post that is planned: the post as it begins, the first line of its timeline, and the job it wakes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from app.accounts.models import PublishMode
from app.articles.intake.arrivals import Wish
from app.articles.models import Article
from app.kit.clock import utcnow
from app.kit.ids import new_id
from app.messages import timeline
from app.messages.message import Message
from app.posts.models import Post, PostEvent, PostState
from app.posts.sentences import event_sentence, with_messages
from app.posts.transitions import new_lease
from app.posts.waits import Halt, chosen_time, embargo, hold_back
from app.queue import JobCall

POSTS: sa.Table = SQLModel.metadata.tables["posts"]
EVENTS: sa.Table = SQLModel.metadata.tables["post_events"]

# Rows with every column's default: to make them by the tables' classes takes 0.1 ms each, and this is the hot path.
_BLANK_POST = Post(article_id="", account_id="", mode=PublishMode.direct).model_dump()
_BLANK_EVENT = PostEvent(post_id="", to_state="", why="").model_dump()


@dataclass(frozen=True, slots=True)
class NewPost:
    """The rows of a post and of its first event, and the job that is to be woken for it."""

    row: dict[str, Any]
    event: dict[str, Any]
    calls: list[JobCall]


def plan_post(
    article: Article,
    account_id: str,
    mode: str,
    trace: str | None,
    delay: timedelta | None = None,
    why: Message = timeline.ARRIVED,
    *,
    is_told: bool = True,
) -> NewPost:
    """Plan the post that an account's settings want. The article's date counts, and what the source's rules wait.

    Of one that is not told of no worker hears before the sweep hands it out.
    """
    now = utcnow()
    own: dict[str, Any] = {"mode": mode, "planned_mode": mode, "is_urgent": article.breaking}
    halt = embargo(article.published_at, now)
    if delay:
        own["settings"] = hold_back(now + delay)
        # A date further off counts as well; for approval a post is made ready at once: then it waits for its time.
        if halt is None and mode != PublishMode.approve:
            halt = chosen_time(own["settings"], now)
    why = why if halt is None else halt.detail
    return _make_post(article, account_id, own, halt, why, trace, is_told=is_told)


def plan_wish(article: Article, wish: Wish, trace: str | None) -> NewPost:
    """Plan the post that a person wants. The person's time counts, and not the article's date."""
    own = {"mode": wish.mode, "planned_mode": wish.planned_mode, "is_urgent": article.breaking, **wish.columns}
    # For approval it is made ready at once: then it waits for its time.
    halt = None if wish.mode == PublishMode.approve else chosen_time(own.get("settings", {}), utcnow())
    return _make_post(article, wish.account_id, {**own, "is_forced": True}, halt, wish.why, trace)


def _make_post(
    article: Article, account_id: str, own: dict[str, Any], halt: Halt | None, why: Message, trace: str | None, *,
    is_told: bool = True,
) -> NewPost:  # fmt: skip
    now = utcnow()
    own |= {
        "id": new_id(),
        "article_id": article.id,
        "account_id": account_id,
        "traceparent": trace,
        "created_at": now,
        "updated_at": now,
    }
    calls: list[JobCall] = []
    if halt is not None:
        own |= with_messages(halt.columns()) | {"state": halt.to}
    elif is_told:
        lease = new_lease()
        own |= lease
        calls.append(("posts.publish", (own["id"], lease["lease_token"])))
    row = {**_BLANK_POST, **own}
    return NewPost(row, event_row(own["id"], row["state"], why, now), calls)


def event_row(post_id: str, state: PostState, why: Message, now: datetime) -> dict[str, Any]:
    """Make the row of a line in a timeline."""
    return {**_BLANK_EVENT, "id": new_id(), "post_id": post_id, "at": now, "to_state": state, **event_sentence(why)}
