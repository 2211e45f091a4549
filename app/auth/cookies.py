"""The cookie that carries a page's login."""

from litestar.datastructures import Cookie

from app.auth.logins import LOGIN_LIFE, Login
from app.config import Settings


def cookie_name(settings: Settings, purpose: str = "") -> str:
    """Name a cookie. Browsers take `__Host-` only from this very host, over TLS, so no neighbour can plant one."""
    name = f"newsreel-{purpose}" if purpose else "newsreel"
    return f"__Host-{name}" if settings.is_https else name


def make_cookie(settings: Settings, value: str, *, max_age: int, purpose: str = "") -> Cookie:
    """Make a cookie that scripts cannot read and that other sites' forms do not send."""
    return Cookie(
        key=cookie_name(settings, purpose),
        value=value,
        path="/",
        httponly=True,
        secure=settings.is_https,
        samesite="lax",
        max_age=max_age,
    )


def login_cookie(settings: Settings, login: Login) -> Cookie:
    """Make the cookie for a fresh login."""
    return make_cookie(settings, login.token, max_age=int(LOGIN_LIFE.total_seconds()))


def logout_cookie(settings: Settings) -> Cookie:
    """Make the cookie that removes a login's."""
    return make_cookie(settings, "", max_age=0)
