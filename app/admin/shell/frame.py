"""What frames every page: language, navigation, who is logged in, CSRF token, notices."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from litestar.datastructures import Cookie
from litestar.response import Template

from app.admin.shell.badges import Badges, badges_of
from app.admin.wording.states import NOTICES
from app.auth.cookies import cookie_name, make_cookie
from app.auth.guards import CSRF_FIELD, AppRequest, csrf_token_for
from app.auth.models import Admin, Role
from app.config import Settings
from app.kit.zones import known_zone
from app.messages.translator import LANGUAGES, Translator, translator
from app.resources import Resources
from app.web.language import choose_language

_YEAR_SECONDS = 365 * 24 * 3600
_ZONE_COOKIE = "newsreel-zone"
"""Written by a script, so without the prefix that our own cookies have; it is read as what anybody may have written."""
_LONGEST_ZONE = 64
_LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class LanguageLink:
    """One choice of the language switch."""

    code: str
    name: str
    href: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class PageFrame:
    """The layout's context; a page's own context stands beside it as `page`."""

    i18n: Translator
    languages: Sequence[LanguageLink]
    csrf_token: str
    admin_email: str
    section: str
    notice: str
    error: str
    is_admin: bool = False
    is_tried_out: bool = False
    badges: Badges = Badges()  # noqa: RUF009
    csrf_field: str = CSRF_FIELD

    @property
    def language(self) -> str:
        return self.i18n.language


def render(
    request: AppRequest,
    template: str,
    page: object,
    *,
    section: str = "",
    error: str = "",
    path: str = "",
    status_code: int = 200,
    cookies: Sequence[Cookie] = (),
) -> Template:
    """Answer with a page. `path` is where the page can be had by GET, if that is not where the request went."""
    asked = request.query_params.get("lang")
    settings = _settings(request)
    kept_cookies = list(cookies)
    if asked in LANGUAGES:
        kept_cookies.append(make_cookie(settings, str(asked), max_age=_YEAR_SECONDS, purpose=_LANGUAGE))
    return Template(
        template,
        context={"chrome": make_chrome(request, section=section, error=error, path=path), "page": page},
        status_code=status_code,
        cookies=kept_cookies,
        headers={"Cache-Control": "no-store", "Vary": "HX-Request, Cookie, Accept-Language"},
    )


def make_chrome(request: AppRequest, *, section: str = "", error: str = "", path: str = "") -> PageFrame:
    """Collect the frame of a page for this request."""
    i18n = translator_for(request)
    admin: Admin | None = request.scope.get("user")
    return PageFrame(
        i18n=i18n,
        languages=_language_links(request, i18n.language, path),
        csrf_token=csrf_token_for(request),
        admin_email=admin.email if admin else "",
        badges=badges_of(request),
        is_admin=admin is not None and admin.role is Role.admin,
        is_tried_out=_settings(request).is_tried_out,
        section=section,
        notice=NOTICES.get(request.query_params.get("notice", ""), ""),
        error=error,
    )


def translator_for(request: AppRequest) -> Translator:
    """The translator for the language that this request asks for, and the time zone of whoever is logged in.

    Who has chosen no zone reads pages in the browser's, as the pages' script has told it.
    What was switched to in this browser goes before what the person has chosen for good: see `language_cookies`.
    """
    admin: Admin | None = request.scope.get("user")
    kept = request.cookies.get(cookie_name(_settings(request), _LANGUAGE))
    chosen = kept if kept in LANGUAGES or admin is None else admin.language
    language = choose_language(request.query_params.get("lang"), chosen, request.headers.get("accept-language", ""))
    return translator(language, (admin.timezone if admin else "") or _browsers_zone(request))


def _browsers_zone(request: AppRequest) -> str:
    """Nothing where the script has not told it yet, and for what is no zone."""
    try:
        return known_zone(request.cookies.get(_ZONE_COOKIE, "")[:_LONGEST_ZONE])
    except ValueError:
        return ""


def language_cookies(settings: Settings, person: Admin, *, forget: bool = False) -> list[Cookie]:
    """Begin with the language that somebody has chosen for good, whoever used this browser before."""
    if person.language not in LANGUAGES:
        return [make_cookie(settings, "", max_age=0, purpose=_LANGUAGE)] if forget else []
    return [make_cookie(settings, person.language, max_age=_YEAR_SECONDS, purpose=_LANGUAGE)]


def _language_links(request: AppRequest, current: str, path: str) -> list[LanguageLink]:
    kept: list[tuple[str, Any]] = []
    if not path:
        kept = [(key, value) for key, value in request.query_params.multi_items() if key not in {"lang", "notice"}]
    target = path or request.url.path
    return [
        LanguageLink(code, name, f"{target}?{urlencode([*kept, ('lang', code)])}", code == current)
        for code, name in LANGUAGES.items()
    ]


def _settings(request: AppRequest) -> Settings:
    resources: Resources = request.app.state["resources"]
    return resources.settings
