"""What the posts API takes as a person's decision, and tells about it."""

from typing import Annotated, Literal, Self

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

from app.captions.hashtags import Hashtags
from app.kit.text import clean_multiline
from app.messages.message import Message
from app.messages.schema import MessageRead
from app.posts.models import PostState
from app.posts.schemas import PictureNumbers


def _said(text: str) -> str:
    """Refuse a text that says nothing."""
    text = clean_multiline(text)
    if not text:
        raise ValueError("must say something")
    return text


ContentHash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
PrivacyLevel = Annotated[str, Field(pattern=r"^[A-Z][A-Z_]{1,63}$")]


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
