"""The API of logins: in and out, who is there, the password, the second factor."""

from typing import Any

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.types import ControllerRouterHandler
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth import second_factor, service
from app.auth.access import EDITOR, NO_KEY
from app.auth.controllers_keys import ApiKeyController, AuditController
from app.auth.controllers_people import PeopleController
from app.auth.cookies import logout_cookie
from app.auth.logins import LOGIN_LIFE
from app.auth.middleware import Authentication
from app.auth.models import Admin
from app.auth.own_password import change_password
from app.auth.people import update_profile
from app.auth.schemas import (
    AdminRead,
    LoginCreate,
    LoginRead,
    PasswordUpdate,
    ProfileUpdate,
    RecoveryCodesRead,
    TotpConfirm,
    TotpEnd,
    TotpRead,
)
from app.config import Settings
from app.resources import Resources
from app.web.client_ip import client_ip, user_agent

AuthenticatedRequest = Request[Admin, Authentication, Any]

_NO_STORE = {"Cache-Control": "no-store"}


class AuthController(Controller):
    path = "/api/auth"
    tags = ("auth",)
    opt = EDITOR | NO_KEY

    @post("/login", status_code=200, opt={"public": True})
    async def log_in(
        self, request: AuthenticatedRequest, data: JSONBody[LoginCreate], resources: NamedDependency[Resources]
    ) -> Response[LoginRead]:
        """Log in: a token for the Authorization header. 401 `second_factor_required` asks for `code` too."""
        password = data.password.get_secret_value()
        login = await service.log_in(
            resources, data.email, password, client_ip(request), code=data.code, user_agent=user_agent(request)
        )
        expires_in = int(LOGIN_LIFE.total_seconds())
        return Response(LoginRead(access_token=login.token, expires_in=expires_in), headers=_NO_STORE)

    @post("/logout", status_code=204)
    async def log_out(
        self,
        request: AuthenticatedRequest,
        resources: NamedDependency[Resources],
        settings: NamedDependency[Settings],
    ) -> Response[None]:
        """Log out: the token is good for nothing from now on."""
        await service.log_out(resources, request.auth.session_id)
        return Response(None, cookies=[logout_cookie(settings)])

    @get("/me")
    async def get_me(self, request: AuthenticatedRequest) -> AdminRead:
        """Tell who is logged in."""
        return _tell(request, request.user)

    @patch("/me")
    async def update_me(
        self, request: AuthenticatedRequest, data: JSONBody[ProfileUpdate], session: NamedDependency[AsyncSession]
    ) -> AdminRead:
        """Change one's own name, language and time zone."""
        return _tell(request, await update_profile(session, request.user.id, data))

    @post("/password", status_code=204)
    async def change_password(
        self, request: AuthenticatedRequest, data: JSONBody[PasswordUpdate], resources: NamedDependency[Resources]
    ) -> None:
        """Change the password; all other logins end."""
        await change_password(
            resources,
            request.user.id,
            data.current_password.get_secret_value(),
            data.new_password.get_secret_value(),
            session_id=request.auth.session_id,
            client_ip=client_ip(request),
        )

    @post("/totp", status_code=201)
    async def begin_totp(
        self, request: AuthenticatedRequest, resources: NamedDependency[Resources]
    ) -> Response[TotpRead]:
        """Begin a second factor: the secret for an authenticator app. It counts once a code has confirmed it."""
        begun = await second_factor.begin_second_factor(resources, request.user.id)
        return Response(TotpRead(secret=begun.secret, uri=begun.uri), headers=_NO_STORE)

    @post("/totp/confirm", status_code=200)
    async def confirm_totp(
        self, request: AuthenticatedRequest, data: JSONBody[TotpConfirm], resources: NamedDependency[Resources]
    ) -> Response[RecoveryCodesRead]:
        """Switch the second factor on with a first code; the answer has ten recovery codes, this once."""
        codes = await second_factor.confirm_second_factor(resources, request.user.id, data.code)
        return Response(RecoveryCodesRead(recovery_codes=list(codes)), headers=_NO_STORE)

    @post("/totp/recovery-codes", status_code=200)
    async def renew_recovery_codes(
        self, request: AuthenticatedRequest, data: JSONBody[TotpEnd], resources: NamedDependency[Resources]
    ) -> Response[RecoveryCodesRead]:
        """Make ten new recovery codes; the old ones are over."""
        password = data.password.get_secret_value()
        codes = await second_factor.renew_recovery_codes(resources, request.user.id, password, client_ip(request))
        return Response(RecoveryCodesRead(recovery_codes=list(codes)), headers=_NO_STORE)

    @delete("/totp", status_code=204)
    async def end_totp(
        self, request: AuthenticatedRequest, data: JSONBody[TotpEnd], resources: NamedDependency[Resources]
    ) -> None:
        """Switch the second factor off, with the password."""
        password = data.password.get_secret_value()
        await second_factor.end_second_factor(resources, request.user.id, password, client_ip(request))


def _tell(request: AuthenticatedRequest, me: Admin) -> AdminRead:
    has_second_factor = me.has_second_factor
    return AdminRead(**me.model_dump(), has_second_factor=has_second_factor, login_expires_at=request.auth.expires_at)


route_handlers: list[ControllerRouterHandler] = [
    AuthController,
    PeopleController,
    ApiKeyController,
    AuditController,
]
