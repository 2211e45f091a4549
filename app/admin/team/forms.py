"""What the forms about people send, read leniently: an empty field means nothing given."""

from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from app.admin.shell.forms import Short
from app.auth.schemas import PersonCreate, PersonUpdate, ProfileUpdate
from app.errors import Invalid
from app.messages import refusals

Secret = Annotated[str, Field(max_length=10_000, repr=False)]


class CodeInput(BaseModel):
    """A code of the authenticator app."""

    code: Annotated[str, Field(max_length=1000, repr=False)] = ""


class PasswordOnlyInput(BaseModel):
    """The present password, for what wants it again."""

    password: Secret = ""


class ProfileInput(BaseModel):
    """Name, language and time zone of whoever is logged in."""

    name: Short = ""
    language: Short = ""
    timezone: Short = ""

    def to_update(self) -> ProfileUpdate:
        """Give the change. Raises Invalid."""
        try:
            return ProfileUpdate.model_validate(self.model_dump())
        except ValidationError:
            raise Invalid(refusals.ODD_FORM) from None


class PersonInput(BaseModel):
    """A person as an admin fills in the form."""

    email: Short = ""
    name: Short = ""
    role: Short = "editor"
    language: Short = ""
    timezone: Short = ""

    def to_create(self) -> PersonCreate:
        """Give the invitation. Raises Invalid."""
        try:
            return PersonCreate.model_validate(self.model_dump())
        except ValidationError:
            raise Invalid(refusals.ODD_FORM) from None

    def to_update(self) -> PersonUpdate:
        """Give the change. Raises Invalid."""
        try:
            return PersonUpdate.model_validate(self.model_dump())
        except ValidationError:
            raise Invalid(refusals.ODD_FORM) from None


class PasswordInput(BaseModel):
    """The form for a new password. A missing field is a wrong password, not a malformed request."""

    current_password: Annotated[str, Field(max_length=10_000, repr=False)] = ""
    new_password: Annotated[str, Field(max_length=10_000, repr=False)] = ""
    repeated_password: Annotated[str, Field(max_length=10_000, repr=False)] = ""
