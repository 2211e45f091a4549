"""What the posts API takes and gives."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    computed_field,
    model_validator,
)

from app.accounts.models import PublishMode
from app.accounts.schemas import CreatorInfoRead
from app.captions.hashtags import Hashtags
from app.kit.languages import Language
from app.kit.text import clean, clean_multiline
from app.messages.message import Message
from app.messages.schema import MessageRead
from app.posts.models import PostKind, PostSettings, PostState


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
    """One call of TikTok's init."""

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
    """

    settings: PostSettings
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


def _said(text: str) -> str:
    """Refuse a text that says nothing."""
    text = clean_multiline(text)
    if not text:
        raise ValueError("must say something")
    return text


def _one_line(text: str) -> str:
    """Refuse a name that says nothing."""
    text = clean(text)
    if not text:
        raise ValueError("must say something")
    return text


ContentHash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
PrivacyLevel = Annotated[str, Field(pattern=r"^[A-Z][A-Z_]{1,63}$")]
PictureNumbers = Annotated[list[Annotated[int, Field(ge=1, le=100)]], Field(min_length=1, max_length=35)]


class PostSwitches(BaseModel):
    """A post's words, and its own settings in place of the account's."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(max_length=5000)] | None = None
    description: Annotated[str, Field(max_length=10000)] | None = None
    privacy_level: PrivacyLevel | None = None
    disable_comment: bool | None = None
    disable_duet: bool | None = None
    disable_stitch: bool | None = None
    auto_add_music: bool | None = None
    brand_content_toggle: bool | None = None
    brand_organic_toggle: bool | None = None
    is_aigc: bool | None = None
    video_cover_timestamp_ms: Annotated[int, Field(ge=0, le=600_000)] | None = None


class PostApprove(PostSwitches):
    """Consent to one post; what is given replaces the prepared text and the account's settings, for this post only.

    `pictures` as in a revision. With `prepared_version`, as told, consent counts only if the article is still the one
    that was read, and with `content_hash` only if words and pictures are still those told, before what changes here.
    """

    prepared_version: Annotated[int, Field(ge=0)] | None = None
    content_hash: ContentHash | None = None
    pictures: PictureNumbers | None = None


class PostReject(BaseModel):
    """Why a post is sent back from approval; with `content_hash` only if it still stands as the post told it."""

    model_config = ConfigDict(extra="forbid")

    comment: Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_said)]
    content_hash: ContentHash | None = None


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


class PostRevise(PostSwitches):
    """What is to be other about a post that TikTok does not have. What is left out stays; a consent ends.

    `hashtags` are those that the text shall carry, and no others. `pictures` names those that stay, by their numbers
    1, 2, … and in their new order; or `media` does, by the addresses that the post told. `scheduled_at` is the earliest
    time; null means the next free slot. A switch that is null is the account's again. With `content_hash`, as the post
    told it, nothing is changed where somebody else has changed words or pictures meanwhile.
    """

    hashtags: Hashtags | None = None
    content_hash: ContentHash | None = None
    pictures: PictureNumbers | None = None
    media: Annotated[list[Annotated[str, Field(max_length=2000)]], Field(min_length=1, max_length=35)] | None = None
    scheduled_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _names_pictures_once(self) -> Self:
        if self.pictures is not None and self.media is not None:
            raise ValueError("name the pictures by pictures or by media, and not by both")
        return self


class PostBulk(BaseModel):
    """One decision about many posts. `scheduled_at` belongs to `reschedule`: null means the next free slot."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[Annotated[str, Field(max_length=300)]], Field(min_length=1, max_length=200)]
    action: Literal["cancel", "retry", "approve", "reschedule", "restore"]
    scheduled_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _names_a_time_to_reschedule(self) -> Self:
        if ("scheduled_at" in self.model_fields_set) != (self.action == "reschedule"):
            raise ValueError("scheduled_at is needed for reschedule, and for nothing else")
        return self


class PostOutcome(BaseModel):
    """What became of one post of many: where it stands now, or why nothing was done about it."""

    id: str
    done: bool
    state: PostState | None = None
    code: str | None = None
    detail: Message | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def detail_message(self) -> MessageRead | None:
        """Slug and parameters of `detail`."""
        return MessageRead.of(self.detail)


class PostOutcomes(BaseModel):
    """What became of each, in the order in which they were named."""

    items: list[PostOutcome]


class PostResolve(BaseModel):
    """A person's word on an unconfirmed post: it is on TikTok, or it is not."""

    model_config = ConfigDict(extra="forbid")

    verdict: Literal["posted", "not_posted"]
    url: HttpUrl | None = None


class CaptionTemplateRead(BaseModel):
    """A caption template; `is_default` where the shipped one serves."""

    kind: str
    language: str
    source: str
    is_default: bool


class CaptionTemplateWrite(BaseModel):
    """A template to store; an empty source brings the shipped one back. `default` serves every other language."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["photo_title", "photo_description", "video_caption"]
    language: Literal["default"] | Language = "default"
    # PostgreSQL stores no NUL.
    source: Annotated[str, Field(max_length=20_000, pattern=r"^[^\x00]*$")]


class CaptionSettings(BaseModel):
    """All caption templates."""

    templates: list[CaptionTemplateRead]


class CaptionSettingsUpdate(BaseModel):
    """The templates to change; those not named stay."""

    model_config = ConfigDict(extra="forbid")

    templates: Annotated[list[CaptionTemplateWrite], Field(max_length=100)]


class PreviewRequest(BaseModel):
    """What to preview, for which account: an article that is here, or `data` as the generic webhook has it."""

    model_config = ConfigDict(extra="forbid")

    account_id: str | None = None
    article_id: str | None = None
    article: dict[str, Any] | None = None


class MediaVerdict(BaseModel):
    """Whether the pictures or the video would do. `card` is the headline card that takes their place, a data URL."""

    usable: int
    problems: list[Message]
    card: str | None = None


class PreviewRead(BaseModel):
    """What would be posted. Nothing was changed, and TikTok was not asked."""

    kind: str
    title: str
    description: str
    hashtags: list[str]
    media: MediaVerdict
    problems: list[Message]
