"""How a source's feed and its hub fare, and what stands in the feed, as HTTP shows it."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict

from app.articles.feed_limits import FeedState, Verdict, state_of
from app.articles.models_feeds import HubState, HubSubscription, SourceFeed
from app.messages.message import Message, unpack


class FeedRead(BaseModel):
    """How a source's feed fares. `items`: in it when it was last read; `taken`: articles that it told of first.

    `too_old`: items that were older than `rules.max_age_hours` when they appeared. `problem`: why the last poll failed.
    `is_behind`: after an outage not all pages of its list are read yet, and the next polls go on there.
    """

    state: FeedState
    problem: Message | None
    failures: int
    items: int
    taken: int
    too_old: int
    is_behind: bool
    last_poll_at: datetime | None
    last_success_at: datetime | None
    last_taken_at: datetime | None
    next_poll_at: datetime

    @classmethod
    def of(cls, feed: SourceFeed) -> Self:
        """Show a feed."""
        problem = unpack(feed.problem, feed.problem_message) if feed.problem else None
        is_behind = feed.backlog_page is not None
        return cls.model_validate(
            {**feed.model_dump(), "state": state_of(feed), "problem": problem, "is_behind": is_behind}
        )


class HubRead(BaseModel):
    """How the subscription at the feed's hub fares: until when it tells of what is new, and when it did so last."""

    model_config = ConfigDict(from_attributes=True)

    state: HubState
    hub: str
    lease_until: datetime | None
    pinged_at: datetime | None
    problem: Message | None

    @classmethod
    def of(cls, row: HubSubscription) -> Self:
        """Show a subscription."""
        problem = unpack(row.problem, row.problem_message) if row.problem else None
        return cls.model_validate(row, from_attributes=True).model_copy(update={"problem": problem})


class FeedItemRead(BaseModel):
    """An item of a feed, and what would become of it."""

    model_config = ConfigDict(from_attributes=True)

    external_id: str
    url: str
    title: str
    excerpt: str
    images: list[str]
    published_at: datetime | None
    verdict: Verdict


class FeedCheckRead(BaseModel):
    """What stands in a source's feed now. `items` counts all of it, `shown` are the first ones."""

    model_config = ConfigDict(from_attributes=True)

    title: str
    items: int
    shown: list[FeedItemRead]
