"""The login API."""

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.types import ControllerRouterHandler

from app.auth import service
from app.auth.cookies import logout_cookie
from app.auth.middleware import Authentication
from app.auth.models import Admin
from app.auth.schemas import AdminRead, LoginCreate, LoginRead, PasswordUpdate
from app.config import Settings
from app.resources import Resources
from app.web.client_ip import client_ip

AuthenticatedRequest = Request[Admin, Authentication, Any]


class AuthController(Controller):
    path = "/api/auth"
    tags = ("auth",)

    @post("/login", status_code=200, opt={"public": True})
    async def log_in(
        self, request: AuthenticatedRequest, data: JSONBody[LoginCreate], resources: NamedDependency[Resources]
    ) -> Response[LoginRead]:
        """Log in: a token for the Authorization header."""
        password = data.password.get_secret_value()
        login = await service.log_in(resources, data.email, password, client_ip(request))
        expires_in = int(service.LOGIN_LIFE.total_seconds())
        return Response(
            LoginRead(access_token=login.token, expires_in=expires_in), headers={"Cache-Control": "no-store"}
        )

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
        return AdminRead(**request.user.model_dump(), login_expires_at=request.auth.expires_at)

    @post("/password", status_code=204)
    async def change_password(
        self, request: AuthenticatedRequest, data: JSONBody[PasswordUpdate], resources: NamedDependency[Resources]
    ) -> None:
        """Change the password; all other logins end."""
        await service.change_password(
            resources,
            request.user.id,
            data.current_password.get_secret_value(),
            data.new_password.get_secret_value(),
            session_id=request.auth.session_id,
            client_ip=client_ip(request),
        )


route_handlers: list[ControllerRouterHandler] = [AuthController]
