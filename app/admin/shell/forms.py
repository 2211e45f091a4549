"""What the forms about posts send, read leniently: an unticked box is not sent, an empty field means nothing given."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from app.errors import Invalid
from app.messages import post_refusals, refusals
from app.posts.schemas_decisions import PostApprove, PostReject, PostResolve, PostRevise

Text = Annotated[str, Field(max_length=20_000)]
Short = Annotated[str, Field(max_length=2000)]
_LONGEST_VIDEO_SECONDS = 600


def list_of(value: object) -> object:
    """One ticked box comes as one value."""
    return value if isinstance(value, list) else [value]


class ApprovalInput(BaseModel):
    """The approval form. TikTok's guidelines: nothing is chosen for the creator beforehand."""

    title: Text = ""
    description: Text = ""
    privacy_level: Short = ""
    is_video: bool = False
    allow_comment: bool = False
    allow_duet: bool = False
    allow_stitch: bool = False
    auto_add_music: bool = False
    is_aigc: bool = False
    cover_seconds: Short = ""
    disclose: bool = False
    your_brand: bool = False
    branded: bool = False
    prepared_version: int | None = None
    content_hash: Short = ""
    order: Annotated[list[int], BeforeValidator(list_of), Field(max_length=100)] = []
    """The pictures that stay, by their numbers, as they are ordered on the screen; empty where there is no choice."""

    @property
    def one_title(self) -> str:
        """The title as TikTok takes it: of a photo post one line."""
        return self.title if self.is_video else " ".join(self.title.splitlines())

    @property
    def seen_hash(self) -> str | None:
        """The hash of what was on the screen. Raises Invalid for what is none."""
        return _hash(self.content_hash)

    def to_decision(self) -> PostApprove:
        """Give the consent as the posts understand it. Raises Invalid where TikTok's rules are not met."""
        if not self.privacy_level:
            raise Invalid(post_refusals.CHOOSE_VIEWERS)
        if self.disclose and not (self.your_brand or self.branded):
            raise Invalid(post_refusals.CHOOSE_DISCLOSURE)
        return PostApprove(
            title=self.one_title,
            description=self.description,
            privacy_level=self.privacy_level[:64],
            disable_comment=not self.allow_comment,
            disable_duet=not self.allow_duet if self.is_video else None,
            disable_stitch=not self.allow_stitch if self.is_video else None,
            video_cover_timestamp_ms=_milliseconds(self.cover_seconds) if self.is_video else None,
            auto_add_music=None if self.is_video else self.auto_add_music,
            brand_content_toggle=self.disclose and self.branded,
            brand_organic_toggle=self.disclose and self.your_brand,
            is_aigc=self.is_aigc,
            prepared_version=self.prepared_version,
            content_hash=self.seen_hash,
            pictures=self.order or None,
        )


class ReviseInput(BaseModel):
    """The form that changes a failed post and sends it again. `with_pictures`: they stand in the form to be ticked."""

    title: Text = ""
    description: Text = ""
    is_video: bool = False
    with_pictures: bool = False
    pictures: Annotated[list[int], BeforeValidator(list_of), Field(max_length=100)] = []

    def to_decision(self) -> PostRevise:
        """Give the change as the posts understand it. Raises Invalid."""
        if self.with_pictures and not self.pictures:
            raise Invalid(post_refusals.LEAVE_A_PICTURE)
        return PostRevise(
            title=self.title[:5000] if self.is_video else " ".join(self.title.splitlines())[:5000],
            description=None if self.is_video else self.description[:10000],
            pictures=self.pictures if self.with_pictures else None,
        )


class ResolveInput(BaseModel):
    """A person's word on an unconfirmed post."""

    verdict: Literal["posted", "not_posted"]
    url: Short = ""

    def to_decision(self) -> PostResolve:
        """Give the verdict as the posts understand it. Raises Invalid for a link that is none."""
        try:
            return PostResolve.model_validate({"verdict": self.verdict, "url": self.url.strip() or None})
        except ValidationError:
            raise Invalid(post_refusals.NOT_A_LINK) from None


class RejectInput(BaseModel):
    """Why a post is sent back."""

    comment: Annotated[str, Field(max_length=10_000)] = ""
    content_hash: Short = ""

    def to_decision(self) -> PostReject:
        """Give the comment as the posts understand it. Raises Invalid where there is none, or a very long one."""
        try:
            return PostReject.model_validate({"comment": self.comment, "content_hash": _hash(self.content_hash)})
        except ValidationError:
            raise Invalid(post_refusals.SAY_WHY) from None


def _hash(text: str) -> str | None:
    if text and re.fullmatch(r"[0-9a-f]{64}", text) is None:
        raise Invalid(refusals.ODD_FORM)
    return text or None


def _milliseconds(seconds: str) -> int | None:
    """Read where the cover stands, as a person writes it: 2, 2.5 or 2,5 seconds. Raises Invalid."""
    seconds = seconds.strip().replace(",", ".")
    if not seconds:
        return None
    if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?", seconds) is None or float(seconds) > _LONGEST_VIDEO_SECONDS:
        raise Invalid(post_refusals.ODD_COVER)
    return round(float(seconds) * 1000)
