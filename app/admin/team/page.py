"""What the page about one's own login shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.admin.wording.errors import explain
from app.auth.logins import list_logins
from app.auth.models import Admin
from app.auth.passwords import LONGEST, SHORTEST
from app.auth.service import WrongCredentials
from app.errors import AppError, Invalid
from app.messages import access
from app.messages.translator import N_, Translator
from app.resources import Resources

PATH = "/admin/you"

_CURRENT, _NEW, _REPEATED = "current_password", "new_password", "repeated_password"


@dataclass(frozen=True, slots=True)
class LoginView:
    """One login of this person."""

    id: str
    since: datetime
    last_seen_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong, at the field that it is about; no field where it is about none."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class YouPage:
    """The page. Passwords that were typed are never shown again."""

    email: str
    password_changed_at: datetime
    shortest: int
    longest: int
    logins: Sequence[LoginView]
    problem: FieldProblem | None


class NotRepeated(Invalid):
    """The new password was typed in two ways."""

    code = "password_not_repeated"
    title = access.PASSWORDS_DIFFER


async def read_you_page(
    resources: Resources, i18n: Translator, admin: Admin, session_id: str, error: AppError | None = None
) -> YouPage:
    """Collect the page."""
    async with resources.read() as session:
        logins = await list_logins(session, admin.id)
    return YouPage(
        email=admin.email,
        password_changed_at=admin.password_changed_at,
        shortest=SHORTEST,
        longest=LONGEST,
        logins=[LoginView(login.id, login.created_at, login.last_seen_at, login.id == session_id) for login in logins],
        problem=_place(i18n, error) if error else None,
    )


def _place(i18n: Translator, error: AppError) -> FieldProblem:
    match error:
        case WrongCredentials():
            return FieldProblem(_CURRENT, i18n.gettext(N_("This is not your present password.")))
        case NotRepeated():
            return FieldProblem(_REPEATED, explain(i18n, error))
        case Invalid():
            return FieldProblem(_NEW, explain(i18n, error))
        case _:
            return FieldProblem("", explain(i18n, error))
