"""The pages of boosts: the list, one boost with its buttons, and a new one of a post."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from app.admin.boosts.form import BoostForm
from app.admin.boosts.page import PATH, read_boost_page, read_list_page, read_new_page
from app.admin.boosts.spend_page import read_spend_page
from app.admin.shell.frame import render, translator_for
from app.ads.models import SpendBy
from app.auth.access import ADMIN
from app.auth.models import Admin
from app.errors import AppError, NotFound
from app.resources import Resources
from app.web.list_parameters import RowId

Days = Annotated[int, QueryParameter(ge=0, le=1096)]


class BoostPages(Controller):
    """Boosts spend money: they are an admin's."""

    opt = ADMIN

    path = "/ads/boosts"

    @get(name="admin:boosts")
    async def show_boosts(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        cursor: RowId = None,
    ) -> Template:
        """Show all boosts, the newest first."""
        page = await read_list_page(resources, translator_for(request), admin.id, cursor)
        return render(request, "admin/boosts/list.html", page, section="ads")

    @get("/spend", name="admin:boosts:spend")
    async def show_spend(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        by: FromQuery[SpendBy] = SpendBy.article,
        days: Days = 30,
    ) -> Template:
        """Show what boosts have cost, by article or by desk."""
        page = await read_spend_page(resources, translator_for(request), admin.id, by, days)
        return render(request, "admin/boosts/spend.html", page, section="ads")

    @get("/{boost_id:str}", name="admin:boosts:show")
    async def show_boost(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        boost_id: FromPath[str],
    ) -> Template:
        """Show a boost, or with htmx only what may have changed of it."""
        page = await read_boost_page(resources, translator_for(request), boost_id, admin.id)
        is_part = bool(request.htmx) and not request.htmx.history_restore_request
        return render(request, f"admin/boosts/{'_live' if is_part else 'show'}.html", page, section="ads")

    @post("/{boost_id:str}/start", status_code=303, name="admin:boosts:start")
    async def start_boost(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        boost_id: FromPath[str],
    ) -> Template | Redirect:
        """Let it spend."""
        from app.ads.boosts import service

        return await _decide(request, resources, admin, boost_id, service.start_boost)

    @post("/{boost_id:str}/stop", status_code=303, name="admin:boosts:stop")
    async def stop_boost(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        boost_id: FromPath[str],
    ) -> Template | Redirect:
        """Let it spend no more."""
        from app.ads.boosts import service

        return await _decide(request, resources, admin, boost_id, service.stop_boost)


class NewBoostPages(Controller):
    """A boost of one post."""

    opt = ADMIN

    path = "/posts/{post_id:str}/boost"

    @get(name="admin:boosts:new")
    async def show_form(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        post_id: FromPath[str],
    ) -> Template:
        """Show whether the post can be boosted, and the form."""
        page = await read_new_page(resources, translator_for(request), post_id, admin.id)
        return render(request, "admin/boosts/new.html", page, section="posts")

    @post(status_code=303, name="admin:boosts:make")
    async def make_boost(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        post_id: FromPath[str],
        data: URLEncodedBody[BoostForm],
    ) -> Template | Redirect:
        """Begin a boost; what stands in its way is shown beside what was typed."""
        from app.ads.boosts import making

        try:
            made = await making.make_boost(resources, post_id, data.body(), making.Asker(admin.id, data.confirmed))
        except NotFound:
            raise
        except AppError as error:
            i18n = translator_for(request)
            page = await read_new_page(resources, i18n, post_id, admin.id, form=data, error=error)
            return render(request, "admin/boosts/new.html", page, section="posts", status_code=error.status_code)
        return Redirect(f"{PATH}/{made.id}", status_code=303)


async def _decide(
    request: HTMXRequest,
    resources: Resources,
    admin: Admin,
    boost_id: str,
    decision: Callable[[Resources, str], Awaitable[object]],
) -> Template | Redirect:
    """Carry a person's decision out, and come back to the boost. Raises NotFound."""
    try:
        await decision(resources, boost_id)
    except NotFound:
        raise
    except AppError as error:
        return await _show_problem(request, resources, admin, boost_id, error)
    return Redirect(f"{PATH}/{boost_id}", status_code=303)


async def _show_problem(
    request: HTMXRequest, resources: Resources, admin: Admin, boost_id: str, error: AppError
) -> Template:
    page = await read_boost_page(resources, translator_for(request), boost_id, admin.id, error=error)
    path = f"{PATH}/{boost_id}"
    return render(request, "admin/boosts/show.html", page, section="ads", path=path, status_code=error.status_code)
