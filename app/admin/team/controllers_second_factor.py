"""The forms of one's own second factor."""

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from app.admin.team.answers import show_you
from app.admin.team.forms import CodeInput, PasswordOnlyInput
from app.admin.team.page import PATH
from app.auth import second_factor
from app.auth.access import EDITOR
from app.auth.models import Admin
from app.errors import AppError
from app.resources import Resources
from app.web.client_ip import client_ip

_HERE = f"{PATH}#second-factor"


class SecondFactorPages(Controller):
    """Begun with a QR code, switched on with a first code, and off with the password."""

    path = "/you/second-factor"
    opt = EDITOR

    @post("/", status_code=303, name="admin:you:second-factor")
    async def begin(self, resources: NamedDependency[Resources], admin: NamedDependency[Admin]) -> Redirect:
        """Make a secret; the page shows it until a code has come back."""
        await second_factor.begin_second_factor(resources, admin.id)
        return Redirect(_HERE, status_code=303)

    @post("/confirm", status_code=200, name="admin:you:second-factor:confirm")
    async def confirm(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        data: URLEncodedBody[CodeInput],
    ) -> Template:
        """Switch it on; the answer shows the recovery codes, and nothing ever does again."""
        try:
            codes = await second_factor.confirm_second_factor(resources, admin.id, data.code)
        except AppError as error:
            return await show_you(request, resources, admin, error, field="code")
        return await show_you(request, resources, admin, new_codes=codes)

    @post("/codes", status_code=200, name="admin:you:second-factor:codes")
    async def renew_codes(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        data: URLEncodedBody[PasswordOnlyInput],
    ) -> Template:
        """Make new recovery codes; the old ones are over."""
        address = client_ip(request)
        try:
            codes = await second_factor.renew_recovery_codes(resources, admin.id, data.password, address)
        except AppError as error:
            return await show_you(request, resources, admin, error, field="codes_password")
        return await show_you(request, resources, admin, new_codes=codes)

    @post("/end", status_code=303, name="admin:you:second-factor:end")
    async def end(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        data: URLEncodedBody[PasswordOnlyInput],
    ) -> Template | Redirect:
        """Switch it off."""
        try:
            await second_factor.end_second_factor(resources, admin.id, data.password, client_ip(request))
        except AppError as error:
            return await show_you(request, resources, admin, error, field="end_password")
        return Redirect(f"{PATH}?notice=second_factor_off", status_code=303)
