"""What the page about one's own login shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from app.admin.team.devices import name_device, place_of
from app.admin.wording.errors import explain
from app.auth.credentials import WrongCredentials
from app.auth.logins import list_logins
from app.auth.models import Admin, LoginSession
from app.auth.passwords import LONGEST, SHORTEST
from app.auth.second_factor import count_recovery_codes, pending_second_factor
from app.errors import AppError, Invalid
from app.messages import access
from app.messages.translator import LANGUAGES, N_, Translator
from app.resources import Resources

PATH = "/admin/you"

_CURRENT, _NEW, _REPEATED = "current_password", "new_password", "repeated_password"


@dataclass(frozen=True, slots=True)
class LoginView:
    """One login of this person."""

    id: str
    device: str
    address: str
    place: str
    since: datetime
    last_seen_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong, at the field that it is about; no field where it is about none."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class SecondFactorView:
    """How the second factor stands. `qr` and `secret` are there between its beginning and the first code."""

    is_on: bool
    codes_left: int
    qr: Markup | None = None
    secret: str = ""


@dataclass(frozen=True, slots=True)
class YouPage:
    """The page. Passwords that were typed are never shown again; `new_codes` are shown this once."""

    email: str
    name: str
    language: str
    timezone: str
    languages: Sequence[tuple[str, str]]
    password_changed_at: datetime
    shortest: int
    longest: int
    logins: Sequence[LoginView]
    second_factor: SecondFactorView
    problem: FieldProblem | None
    new_codes: Sequence[str]


class NotRepeated(Invalid):
    """The new password was typed in two ways."""

    code = "password_not_repeated"
    title = access.PASSWORDS_DIFFER


async def read_you_page(
    resources: Resources,
    i18n: Translator,
    admin: Admin,
    session_id: str,
    error: AppError | None = None,
    *,
    field: str = "",
    new_codes: Sequence[str] = (),
) -> YouPage:
    """Collect the page. `field` is where the error belongs, where the error itself does not tell."""
    async with resources.read() as session:
        me = await session.get_one(Admin, admin.id)
        logins = await list_logins(session, admin.id)
        codes_left = await count_recovery_codes(session, admin.id)
    return YouPage(
        email=me.email,
        name=me.name,
        language=me.language,
        timezone=me.timezone,
        languages=list(LANGUAGES.items()),
        password_changed_at=me.password_changed_at,
        shortest=SHORTEST,
        longest=LONGEST,
        logins=[_view_login(login, session_id) for login in logins],
        second_factor=await _view_second_factor(resources, me, codes_left),
        problem=_place(i18n, error, field) if error else None,
        new_codes=new_codes,
    )


def _view_login(login: LoginSession, own_id: str) -> LoginView:
    return LoginView(
        login.id,
        name_device(login.user_agent),
        login.address,
        place_of(login.address),
        login.created_at,
        login.last_seen_at,
        login.id == own_id,
    )


async def _view_second_factor(resources: Resources, me: Admin, codes_left: int) -> SecondFactorView:
    begun = await pending_second_factor(resources, me)
    if begun is None:
        return SecondFactorView(me.has_second_factor, codes_left)
    return SecondFactorView(False, 0, draw_qr(begun.uri), begun.secret)


def draw_qr(text: str) -> Markup:
    """Draw a QR code as SVG in the page itself, without a style, which its policy forbids."""
    import segno

    code = segno.make(text, error="m", micro=False)
    drawn: str = code.svg_inline(omitsize=True, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None)
    return Markup(drawn)  # noqa: S704 - made by the library from letters that are all drawn


def _place(i18n: Translator, error: AppError, field: str) -> FieldProblem:
    match error:
        case WrongCredentials():
            return FieldProblem(field or _CURRENT, i18n.gettext(N_("This is not your present password.")))
        case _ if field:
            return FieldProblem(field, explain(i18n, error))
        case NotRepeated():
            return FieldProblem(_REPEATED, explain(i18n, error))
        case Invalid():
            return FieldProblem(_NEW, explain(i18n, error))
        case _:
            return FieldProblem("", explain(i18n, error))
