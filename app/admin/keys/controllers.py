"""The page of programs' keys."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from app.admin.keys.page import PATH, KeyInput, KeysPage, read_keys_page
from app.admin.shell.frame import render, translator_for
from app.admin.wording.errors import explain
from app.auth.access import ADMIN
from app.auth.api_keys import create_key, delete_key
from app.auth.models import Admin
from app.errors import AppError
from app.resources import Resources


class KeyPages(Controller):
    """A key is shown in the answer to the form that made it, at the top of the page."""

    path = "/api-keys"
    opt = ADMIN

    @get(name="admin:keys")
    async def show_keys(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        cursor: Annotated[str, QueryParameter(max_length=64)] = "",
    ) -> Template:
        """Show the keys."""
        return _show(request, await read_keys_page(resources, cursor=cursor))

    @post("/", status_code=201, name="admin:keys:create")
    async def add_key(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        data: URLEncodedBody[KeyInput],
    ) -> Template:
        """Make a key; the answer shows it, and nothing ever does again."""
        try:
            async with resources.transaction() as session:
                made = await create_key(session, data.to_create(admin), by=admin.email)
        except AppError as error:
            problem = explain(translator_for(request), error)
            page = await read_keys_page(resources, form=data, problem=problem)
            return _show(request, page, status_code=error.status_code)
        return _show(request, await read_keys_page(resources, made=made), status_code=201)

    @post("/{key_id:str}/delete", status_code=303, name="admin:keys:delete")
    async def remove_key(self, resources: NamedDependency[Resources], key_id: FromPath[str]) -> Redirect:
        """Take a key back."""
        async with resources.transaction() as session:
            await delete_key(session, key_id)
        return Redirect(f"{PATH}?notice=key_removed", status_code=303)


def _show(request: HTMXRequest, page: KeysPage, *, status_code: int = 200) -> Template:
    return render(request, "admin/keys/keys.html", page, section="team", path=PATH, status_code=status_code)
