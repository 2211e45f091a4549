"""The page on which the pictures' address is proven to be ours."""

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from app.admin.domain.form import FileInput
from app.admin.domain.page import PATH, DomainPage, read_domain_page
from app.admin.shell.frame import render, translator_for
from app.admin.wording.errors import explain
from app.auth.access import ADMIN
from app.errors import AppError
from app.media.holds import ask_probe
from app.media.ownership import check_as_tiktok
from app.media.verification import delete_verification_file, save_verification_file
from app.resources import Resources


class DomainPages(Controller):
    """Every form works without script."""

    path = "/domain"
    opt = ADMIN

    @get(name="admin:domain")
    async def show_domain(self, request: HTMXRequest, resources: NamedDependency[Resources]) -> Template:
        """Show the prefix to enter at TikTok, and the files that are in place."""
        return _show(request, await read_domain_page(resources))

    @post("/files", status_code=303, name="admin:domain:files")
    async def save_file(
        self, request: HTMXRequest, resources: NamedDependency[Resources], data: MultipartBody[FileInput]
    ) -> Template | Redirect:
        """Put a verification file in place."""
        try:
            filename, content = await data.read()
            async with resources.transaction() as session:
                await save_verification_file(session, filename, content)
        except AppError as error:
            problem = explain(translator_for(request), error)
            page = await read_domain_page(resources, typed=data, problem=problem, is_answer_to_post=True)
            return _show(request, page, error.status_code)
        return Redirect(f"{PATH}?notice=file_stored", status_code=303)

    @post("/files/{filename:str}/check", status_code=200, name="admin:domain:files:check")
    async def check_file(
        self, request: HTMXRequest, resources: NamedDependency[Resources], filename: FromPath[str]
    ) -> Template:
        """Ask for a file at our public address, as TikTok would, and say what came."""
        looks = await check_as_tiktok(resources, filename)
        page = await read_domain_page(resources, checked=filename, looks=looks, is_answer_to_post=True)
        return _show(request, page)

    @post("/ask", status_code=303, name="admin:domain:ask")
    async def ask_tiktok(self, resources: NamedDependency[Resources]) -> Redirect:
        """Let one of the posts that wait ask now whether TikTok takes the address."""
        async with resources.transaction() as session:
            await ask_probe(session)
        return Redirect(f"{PATH}?notice=address_asked", status_code=303)

    @post("/files/{filename:str}/delete", status_code=303, name="admin:domain:files:delete")
    async def delete_file(self, resources: NamedDependency[Resources], filename: FromPath[str]) -> Redirect:
        """Serve a verification file no longer."""
        async with resources.transaction() as session:
            await delete_verification_file(session, filename)
        return Redirect(f"{PATH}?notice=file_deleted", status_code=303)


def _show(request: HTMXRequest, page: DomainPage, status_code: int = 200) -> Template:
    return render(request, "admin/domain/domain.html", page, section="settings", path=PATH, status_code=status_code)
