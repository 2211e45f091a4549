"""What the API of logins, people, keys and the audit log takes and gives."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from app.auth.models import Role, Scope
from app.kit.zones import known_zone

Language = Literal["", "en", "ru", "kk"]


def _without_odd_signs(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be plain text of one line")
    return text


Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_without_odd_signs)]
Zone = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64), AfterValidator(known_zone)]
Code = Annotated[str, Field(max_length=100, repr=False)]


class _Strict(BaseModel):
    # What a client sent wrong may be a password: errors do not repeat it.
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class LoginCreate(_Strict):
    """`code`: of the authenticator app, or a recovery code, where the person has a second factor."""

    email: str = Field(max_length=1000)
    password: SecretStr = Field(max_length=1000)
    code: Code = ""


class LoginRead(BaseModel):
    """`expires_in` is in seconds. Two hours without a request end a login before."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a word of OAuth 2.0
    expires_in: int


class AdminRead(BaseModel):
    id: str
    email: str
    name: str
    role: Role
    language: str
    timezone: str
    has_second_factor: bool
    created_at: datetime
    password_changed_at: datetime
    login_expires_at: datetime


class PasswordUpdate(_Strict):
    current_password: SecretStr = Field(max_length=1000)
    new_password: SecretStr = Field(max_length=1000)


class PersonCreate(_Strict):
    """`language` and `timezone` are those of the pages for this person; empty: the browser's."""

    email: str = Field(max_length=1000)
    name: Name = ""
    role: Role = Role.editor
    language: Language = ""
    timezone: Zone = ""


class PersonUpdate(_Strict):
    email: str | None = Field(default=None, max_length=1000)
    name: Name | None = None
    role: Role | None = None
    language: Language | None = None
    timezone: Zone | None = None


class ProfileUpdate(_Strict):
    """What everybody may change about themselves."""

    name: Name | None = None
    language: Language | None = None
    timezone: Zone | None = None


class PersonRead(BaseModel):
    """`has_joined`: the invitation was taken up. Without it nobody can log in as this person."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    email: str
    name: str
    role: Role
    language: str
    timezone: str
    has_joined: bool
    has_second_factor: bool
    created_at: datetime


class InvitationRead(PersonRead):
    """With the one-time link, which is shown this once; it works until `invitation_expires_at`."""

    invitation_url: str
    invitation_expires_at: datetime


class PersonList(BaseModel):
    items: list[PersonRead]
    next_cursor: str | None


class TotpRead(BaseModel):
    """`uri` is what the QR code of an authenticator app holds."""

    secret: str
    uri: str


class TotpConfirm(_Strict):
    code: Code


class TotpEnd(_Strict):
    password: SecretStr = Field(max_length=1000)


class RecoveryCodesRead(BaseModel):
    """Shown this once; each lets its owner in once, in the place of a code of the app."""

    recovery_codes: list[str]


class ApiKeyCreate(_Strict):
    name: Annotated[Name, StringConstraints(min_length=1)]
    scopes: list[Scope] = Field(min_length=1, max_length=10)
    expires_at: AwareDatetime | None = None


class ApiKeyRead(BaseModel):
    """`hint` is how the key begins. `last_used_at` is true to the minute."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    hint: str
    scopes: list[str]
    made_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class ApiKeyMade(ApiKeyRead):
    """With the key, which is shown this once."""

    key: str


class ApiKeyList(BaseModel):
    items: list[ApiKeyRead]
    next_cursor: str | None


class AuditEntryRead(BaseModel):
    """`before` and `after` hold what changed, and no secrets."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    at: datetime
    actor_kind: str
    actor_id: str
    actor_name: str
    address: str
    action: str
    object_kind: str
    object_id: str
    object_name: str
    before: dict[str, Any]
    after: dict[str, Any]


class AuditList(BaseModel):
    items: list[AuditEntryRead]
    next_cursor: str | None
