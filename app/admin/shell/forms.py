"""What the pages' forms send, read leniently: an unticked box is not sent, an empty field means nothing given."""

import re
from typing import Annotated, Literal, Self

from litestar.datastructures import UploadFile
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from app.accounts.models import Account
from app.accounts.schemas import AccountUpdate, TikTokAppUpdate
from app.config import Settings
from app.errors import Invalid
from app.messages import access, refusals
from app.posts.schemas_decisions import PostApprove, PostReject, PostResolve, PostRevise

Text = Annotated[str, Field(max_length=20_000)]
Short = Annotated[str, Field(max_length=2000)]

_LONGEST_FILE = 64 * 1024
_LONGEST_VIDEO_SECONDS = 600


def list_of(value: object) -> object:
    """One ticked box comes as one value."""
    return value if isinstance(value, list) else [value]


class PasswordInput(BaseModel):
    """The form for a new password. A missing field is a wrong password, not a malformed request."""

    current_password: Annotated[str, Field(max_length=10_000, repr=False)] = ""
    new_password: Annotated[str, Field(max_length=10_000, repr=False)] = ""
    repeated_password: Annotated[str, Field(max_length=10_000, repr=False)] = ""


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
            raise Invalid(refusals.CHOOSE_VIEWERS)
        if self.disclose and not (self.your_brand or self.branded):
            raise Invalid(refusals.CHOOSE_DISCLOSURE)
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
            raise Invalid(refusals.LEAVE_A_PICTURE)
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
            raise Invalid(refusals.NOT_A_LINK) from None


class RejectInput(BaseModel):
    """Why a post is sent back."""

    comment: Annotated[str, Field(max_length=10_000)] = ""
    content_hash: Short = ""

    def to_decision(self) -> PostReject:
        """Give the comment as the posts understand it. Raises Invalid where there is none, or a very long one."""
        try:
            return PostReject.model_validate({"comment": self.comment, "content_hash": _hash(self.content_hash)})
        except ValidationError:
            raise Invalid(refusals.SAY_WHY) from None


class RotateInput(BaseModel):
    """Whether the old secret dies at once."""

    revoke_old: bool = False


class AppInput(BaseModel):
    """The credentials of the TikTok app; an empty secret keeps the stored one."""

    client_key: Short = ""
    client_secret: Annotated[str, Field(max_length=2000, repr=False)] = ""
    redirect_uri: Short = ""

    def to_update(self, settings: Settings) -> TikTokAppUpdate:
        """Give the credentials as the accounts understand them. Raises Invalid, without repeating a secret."""
        values = {
            "client_key": self.client_key,
            "client_secret": self.client_secret.strip() or None,
            "redirect_uri": "" if self.redirect_uri == settings.callback_uri else self.redirect_uri,
        }
        try:
            return TikTokAppUpdate.model_validate(values)
        except ValidationError:
            raise Invalid(access.ODD_CREDENTIALS) from None


class FileInput(BaseModel):
    """A verification file, chosen or typed in. A browser sends an empty file where none was chosen."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    file: UploadFile | None = None
    filename: Short = ""
    content: Text = ""

    async def read(self) -> tuple[str, str]:
        """Give name and content, as chosen or as typed. Raises Invalid for a file that is no text."""
        if self.file is None or not self.file.filename:
            return self.filename.strip(), self.content.strip()
        raw = await self.file.read(_LONGEST_FILE)
        try:
            # Byte for byte, as TikTok gave it: it compares.
            return self.file.filename, raw.decode()
        except UnicodeDecodeError:
            raise Invalid(refusals.NO_TEXT_FILE) from None


class AccountInput(BaseModel):
    """An account's settings. `privacy_level` is None where the list of audiences was not on the page."""

    enabled: bool = False
    mode: Short = "direct"
    privacy_level: Short | None = None
    allow_comment: bool = False
    allow_duet: bool = False
    allow_stitch: bool = False
    auto_add_music: bool = False
    brand_content_toggle: bool = False
    brand_organic_toggle: bool = False
    is_aigc: bool = False
    with_link: bool = False
    resend_after_no_trace: bool = False
    post_incomplete: bool = False
    headline_card: bool = False
    card_background: Short = ""
    card_text: Short = ""
    language: Short = ""
    daily_cap: Short = ""
    title_limit: Short = ""
    description_limit: Short = ""
    caption_limit: Short = ""

    @classmethod
    def of(cls, account: Account) -> Self:
        """Fill the form with the stored settings."""
        stored = {name: getattr(account.settings, name) for name in _SAME}
        texts = {name: _text(getattr(account.settings, name)) for name in (*_NUMBERS, "daily_cap")}
        texts |= {name: getattr(account.settings, name) for name in _COLOURS}
        inverted = {f"allow_{name}": not getattr(account.settings, f"disable_{name}") for name in _INVERTED}
        return cls(**stored, **texts, **inverted)

    def to_update(self, account: Account) -> AccountUpdate:
        """Give what differs from the stored settings, so that TikTok is asked about that only. Raises Invalid."""
        values: dict[str, object] = {name: getattr(self, name) for name in _SAME}
        values |= {name: _number(getattr(self, name)) for name in (*_NUMBERS, "daily_cap")}
        values |= {f"disable_{name}": not getattr(self, f"allow_{name}") for name in _INVERTED}
        chosen = self.privacy_level
        values["privacy_level"] = account.settings.privacy_level if chosen is None else chosen or None
        if values["daily_cap"] is None:
            values["daily_cap"] = account.settings.daily_cap
        values |= {name: getattr(self, name).strip().lower() or getattr(account.settings, name) for name in _COLOURS}
        changed = {name: value for name, value in values.items() if value != getattr(account.settings, name)}
        try:
            return AccountUpdate.model_validate(changed)
        except ValidationError:
            raise Invalid(refusals.ODD_FORM) from None


_SAME = (
    "enabled",
    "mode",
    "privacy_level",
    "auto_add_music",
    "brand_content_toggle",
    "brand_organic_toggle",
    "is_aigc",
    "with_link",
    "resend_after_no_trace",
    "post_incomplete",
    "headline_card",
    "language",
)
_COLOURS = ("card_background", "card_text")
_NUMBERS = ("title_limit", "description_limit", "caption_limit")
_INVERTED = ("comment", "duet", "stitch")


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
        raise Invalid(refusals.ODD_COVER)
    return round(float(seconds) * 1000)


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _number(text: str) -> int | str | None:
    text = text.strip()
    return (int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text) if text else None
