"""What the posts API gives: posts, their attempts and timelines."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, computed_field

from app.accounts.models import PublishMode
from app.messages.message import Message
from app.messages.schema import MessageRead
from app.posts.models import PostKind, PostState
from app.posts.models_settings import PostSettings


class PostEventRead(BaseModel):
    """One line of the timeline. Where `from` equals `to`, something was only noted."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    at: datetime
    from_state: str | None = Field(alias="from")
    to_state: str = Field(alias="to")
    why: Message
    log_id: str | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def code(self) -> str:
        """The sentence's slug; empty for one that an older version wrote."""
        return self.why.code

    @computed_field  # type: ignore[prop-decorator]
    @property
    def params(self) -> dict[str, Any]:
        """What the sentence speaks of."""
        return dict(self.why.params)


class MediaFetchRead(BaseModel):
    """One request for this attempt's media: proof that TikTok came."""

    at: datetime
    number: int
    method: str
    status: int
    user_agent: str


class PostAttemptRead(BaseModel):
    """One call of TikTok's init. `by_upload`: TikTok does not come for the video, it is sent."""

    number: int
    outcome: str
    publish_id: str | None
    error_code: str | None
    message: str | None
    log_id: str | None
    http_status: int | None
    started_at: datetime
    ended_at: datetime | None
    evidence: str | None
    by_upload: bool = False
    media_fetches: list[MediaFetchRead] = []


class PostRead(BaseModel):
    """A post: one article for one account. `language` is that of its words, empty where nobody has named it."""

    id: str
    article_id: str
    account_id: str
    article_title: str
    article_url: str
    account_name: str
    language: str
    kind: PostKind
    mode: PublishMode
    state: PostState
    state_reason: str | None
    state_detail: Message | None
    alert: str | None
    take_down_by: datetime | None
    title: str
    description: str
    hashtags: list[str]
    media: list[str]
    media_problems: list[Message]
    publish_id: str | None
    post_ids: list[str]
    share_url: str | None
    tiktok_status: str | None
    fail_reason: str | None
    fail_help: Message | None
    log_id: str | None
    attempt: int
    next_attempt_at: datetime | None
    next_check_at: datetime | None
    scheduled_at: datetime | None
    created_at: datetime
    updated_at: datetime
    finalized_at: datetime | None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def state_message(self) -> MessageRead | None:
        """Slug and parameters of `state_detail`."""
        return MessageRead.of(self.state_detail)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def fail_message(self) -> MessageRead | None:
        """Slug and parameters of `fail_help`."""
        return MessageRead.of(self.fail_help)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def media_messages(self) -> list[MessageRead | None]:
        """Slug and parameters of each of `media_problems`."""
        return [MessageRead.of(problem) for problem in self.media_problems]


class ConsentRead(BaseModel):
    """Who consented, when, to which words and pictures; `ended_at` and `end_reason`: since when it holds no longer."""

    given_by: str
    given_at: datetime
    by_link: bool
    content_hash: str
    ended_at: datetime | None
    end_reason: Message | None


class PostDetail(PostRead):
    """A post with its whole story and the moves that a person has now.

    `content_hash` is of its words and pictures as they stand; `consent` is the newest, also one that has ended.
    `ignored_settings`: what was chosen for this post and TikTok takes with none of its kind and mode.
    """

    settings: PostSettings
    ignored_settings: list[str]
    prepared_version: int | None
    content_hash: str
    consent: ConsentRead | None
    actions: list[str]
    events: list[PostEventRead]
    attempts: list[PostAttemptRead]


class PostList(BaseModel):
    """One page of posts, newest first."""

    items: list[PostRead]
    next_cursor: str | None


PictureNumbers = Annotated[list[Annotated[int, Field(ge=1, le=100)]], Field(min_length=1, max_length=35)]
