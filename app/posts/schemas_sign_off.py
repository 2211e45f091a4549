"""What the API of one-time links takes and gives."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.accounts.schemas import CreatorInfoRead
from app.kit.text import clean
from app.messages.message import Message
from app.posts.models import PostKind, PostState


def _one_line(text: str) -> str:
    """Refuse a name that says nothing."""
    text = clean(text)
    if not text:
        raise ValueError("must say something")
    return text


class SignOffCreate(BaseModel):
    """Whom a one-time link is for: the name under which its decision is kept."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_one_line)]


class SignOffCreated(BaseModel):
    """A one-time link. Its address is shown here and nowhere else."""

    url: str
    expires_at: datetime


class SignOffRead(BaseModel):
    """What a one-time link shows: one post, what TikTok allows its creator now, and who made the link for whom.

    `creator` is null where TikTok does not say, and `creator_problem` says why.
    """

    post_id: str
    article_title: str
    article_url: str
    account_name: str
    language: str
    kind: PostKind
    title: str
    description: str
    media: list[str]
    content_hash: str
    made_by: str
    made_for: str
    expires_at: datetime
    creator: CreatorInfoRead | None
    creator_problem: Message | None


class SignOffDone(BaseModel):
    """What became of a post by a one-time link."""

    post_id: str
    state: PostState
