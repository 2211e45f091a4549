"""What the login API takes and gives."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class _Strict(BaseModel):
    # What a client sent wrong may be a password: errors do not repeat it.
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class LoginCreate(_Strict):
    email: str = Field(max_length=1000)
    password: SecretStr = Field(max_length=1000)


class LoginRead(BaseModel):
    """`expires_in` is in seconds. Two hours without a request end a login before."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a word of OAuth 2.0
    expires_in: int


class AdminRead(BaseModel):
    id: str
    email: str
    created_at: datetime
    password_changed_at: datetime
    login_expires_at: datetime


class PasswordUpdate(_Strict):
    current_password: SecretStr = Field(max_length=1000)
    new_password: SecretStr = Field(max_length=1000)
