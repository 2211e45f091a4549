"""What the pages before the login show, and what their forms send."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field

from app.auth.passwords import LONGEST, SHORTEST

Secret = Annotated[str, Field(max_length=10_000, repr=False)]


class LoginForm(BaseModel):
    """What the login form sends. Missing fields are wrong credentials, not a malformed request."""

    email: Annotated[str, Field(max_length=1000)] = ""
    password: Secret = ""
    next: Annotated[str, Field(max_length=2000)] = ""


class CodeForm(BaseModel):
    """The second step: the code, and what stands for the password that was right."""

    ticket: Secret = ""
    code: Annotated[str, Field(max_length=100, repr=False)] = ""
    next: Annotated[str, Field(max_length=2000)] = ""


class NewPasswordForm(BaseModel):
    """A first password, typed twice; for the first admin with address and name."""

    email: Annotated[str, Field(max_length=1000)] = ""
    name: Annotated[str, Field(max_length=200)] = ""
    new_password: Secret = ""
    repeated_password: Secret = ""


@dataclass(frozen=True, slots=True)
class LoginPage:
    """The login form: where to go on, and the address typed before. `is_first_run`: nobody can log in yet."""

    next: str
    email: str = ""
    is_first_run: bool = False


@dataclass(frozen=True, slots=True)
class CodePage:
    """The form for the code."""

    next: str
    ticket: str


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong, at the field that it is about; no field where it is about none."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class NewPasswordPage:
    """The page on which a first password is set. `is_setup`: the very first admin says address and name too."""

    email: str
    name: str
    action: str
    is_setup: bool
    problem: FieldProblem | None = None
    shortest: int = SHORTEST
    longest: int = LONGEST
