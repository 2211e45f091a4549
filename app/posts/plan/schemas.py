"""The trial of a source's rules as HTTP shows it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel

from app.messages.message import Message
from app.posts.plan.dry_run import Tried, TriedFor


class RuleReason(BaseModel):
    """Why a rule leaves an article out."""

    code: str
    params: dict[str, Any]
    text: Message

    @classmethod
    def of(cls, why: Message | None) -> Self | None:
        """Describe a reason."""
        return None if why is None else cls(code=why.code, params=dict(why.params), text=why)


class TriedForRead(BaseModel):
    """What the rules mean for one account. `left_out` null: it gets the article, `delay_minutes` after it came."""

    account_id: str
    account_name: str
    left_out: RuleReason | None
    delay_minutes: int

    @classmethod
    def of(cls, one: TriedFor) -> Self:
        """Describe it."""
        return cls(
            account_id=one.account_id,
            account_name=one.account_name,
            left_out=RuleReason.of(one.left_out),
            delay_minutes=one.delay_minutes,
        )


class TriedRead(BaseModel):
    """An article, and what the rules would make of it; with `left_out` no account gets it."""

    article_id: str
    title: str
    received_at: datetime
    goes_out: bool
    left_out: RuleReason | None
    accounts: list[TriedForRead]

    @classmethod
    def of(cls, one: Tried) -> Self:
        """Describe it."""
        return cls(
            article_id=one.article_id,
            title=one.title,
            received_at=one.received_at,
            goes_out=one.goes_out,
            left_out=RuleReason.of(one.left_out),
            accounts=[TriedForRead.of(account) for account in one.accounts],
        )


class RulesTrial(BaseModel):
    """The source's last articles, the newest first, under the rules that were sent."""

    items: list[TriedRead]
    goes_out: int

    @classmethod
    def of(cls, tried: Sequence[Tried]) -> Self:
        """Describe a trial."""
        return cls(items=[TriedRead.of(one) for one in tried], goes_out=sum(one.goes_out for one in tried))
