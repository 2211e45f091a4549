"""What the accounts API takes and gives."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from app.accounts.models import AccountKind, AccountState, PublishMode
from app.kit.languages import Language

_PRINTABLE = r"^[\x21-\x7e]*$"
_COLOUR = r"^#[0-9a-f]{6}$"
_NULLABLE = {"privacy_level", "title_limit", "description_limit", "caption_limit"}


class _Strict(BaseModel):
    # What a client sent wrong may be a secret: errors do not repeat it.
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class AccountRead(BaseModel):
    """A connected TikTok account and its settings; no token is ever among them."""

    id: str
    kind: AccountKind
    open_id: str
    display_name: str
    username: str
    avatar_url: str | None
    state: AccountState
    state_reason: str | None
    scopes: list[str]
    expires_at: datetime | None
    refresh_expires_at: datetime | None

    enabled: bool
    mode: PublishMode
    privacy_level: str | None
    disable_comment: bool
    disable_duet: bool
    disable_stitch: bool
    auto_add_music: bool
    brand_content_toggle: bool
    brand_organic_toggle: bool
    is_aigc: bool
    language: str
    daily_cap: int
    with_link: bool
    resend_after_no_trace: bool
    post_incomplete: bool
    headline_card: bool
    card_background: str
    card_text: str
    title_limit: int | None
    description_limit: int | None
    caption_limit: int | None

    init_not_before: datetime | None
    init_pause_reason: str | None
    connected_at: datetime
    created_at: datetime
    updated_at: datetime


class AccountList(BaseModel):
    items: list[AccountRead]
    next_cursor: str | None


class AccountUpdate(_Strict):
    """Only what is given changes. `privacy_level: null` takes the choice back, a limit of null means TikTok's own."""

    enabled: bool | None = None
    mode: PublishMode | None = None
    privacy_level: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z_]{1,63}$")] | None = None
    disable_comment: bool | None = None
    disable_duet: bool | None = None
    disable_stitch: bool | None = None
    auto_add_music: bool | None = None
    brand_content_toggle: bool | None = None
    brand_organic_toggle: bool | None = None
    is_aigc: bool | None = None
    language: Language | None = None
    daily_cap: Annotated[int, Field(ge=1, le=1000)] | None = None
    with_link: bool | None = None
    resend_after_no_trace: bool | None = None
    post_incomplete: bool | None = None
    headline_card: bool | None = None
    card_background: Annotated[str, StringConstraints(pattern=_COLOUR)] | None = None
    card_text: Annotated[str, StringConstraints(pattern=_COLOUR)] | None = None
    title_limit: Annotated[int, Field(ge=1)] | None = None
    description_limit: Annotated[int, Field(ge=1)] | None = None
    caption_limit: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _refuse_null(self) -> Self:
        for name in self.model_fields_set - _NULLABLE:
            if getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null")
        return self


class CreatorInfoRead(BaseModel):
    """What TikTok allows this creator now. Only to a private account may an app post that TikTok has not audited."""

    model_config = ConfigDict(from_attributes=True)

    creator_username: str
    creator_nickname: str
    creator_avatar_url: str
    privacy_level_options: list[str]
    comment_disabled: bool
    duet_disabled: bool
    stitch_disabled: bool
    max_video_post_duration_sec: int | None
    is_private: bool


class ShareRead(BaseModel):
    """A part of the followers, by TikTok's name for it; `share` is of 1."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    share: float


class AudienceRead(BaseModel):
    """Who follows a business account. Empty of one with fewer than a hundred followers: TikTok tells nothing then.

    `hours`: how many followers were there in each hour, 0 to 23, of the week up to `last_day`; TikTok does not say in
    which zone. All of it lags behind by one or two days.
    """

    model_config = ConfigDict(from_attributes=True)

    followers: int | None
    countries: list[ShareRead]
    cities: list[ShareRead]
    ages: list[ShareRead]
    genders: list[ShareRead]
    hours: list[int]
    last_day: str


class DisconnectRead(BaseModel):
    """`revoked` is false where TikTok could not be told: then the creator can remove the app in TikTok's settings."""

    id: str
    state: AccountState
    revoked: bool
    detail: str


class AuthUrlRead(BaseModel):
    url: str
    state: str


class MediaPropertyRead(BaseModel):
    """The address of our media at the Business API. `file_name` is the file that proves it, where that is new."""

    model_config = ConfigDict(from_attributes=True)

    url: str
    is_verified: bool
    file_name: str


class RefreshRead(BaseModel):
    account_id: str
    state: AccountState
    expires_at: datetime | None
    refresh_expires_at: datetime | None


class StatusAccountRead(BaseModel):
    display_name: str
    state: AccountState
    expires_at: datetime | None


class StatusRead(BaseModel):
    connected: bool
    accounts: list[StatusAccountRead]


class PendingConnectionRead(BaseModel):
    """Another TikTok account than the one to reconnect came back: connect it as an account of its own?"""

    model_config = ConfigDict(from_attributes=True)

    id: str
    account_id: str
    kind: AccountKind
    open_id: str
    display_name: str
    username: str
    expires_at: datetime


class TikTokAppUpdate(_Strict):
    """Without `client_secret` the stored one stays; an empty `client_key` gives the word back to the environment."""

    client_key: Annotated[str, StringConstraints(strip_whitespace=True, max_length=255, pattern=_PRINTABLE)]
    client_secret: SecretStr | None = Field(default=None, max_length=255)
    redirect_uri: Annotated[str, StringConstraints(strip_whitespace=True, max_length=512)] = ""


class TikTokAppRead(BaseModel):
    """`redirect_uri` is the one that counts: register it at TikTok, to the letter."""

    client_key: str
    has_client_secret: bool
    redirect_uri: str
    source: Literal["page", "environment", "none"]
