"""The page of campaigns, ad groups and ads, and the buttons in it. What stands behind it is read at the first look."""

from typing import TYPE_CHECKING, Literal

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from app.admin.ads.desk import read_desk
from app.admin.ads.forms import BudgetInput, SwitchInput, TreeForm
from app.admin.ads.tree_query import read_query
from app.admin.shell.frame import render, translator_for
from app.auth.access import ADMIN
from app.auth.models import Admin
from app.resources import Resources

if TYPE_CHECKING:
    from app.admin.ads.changes import Outcome
    from app.admin.ads.desk import AdsDesk

WithBudget = Literal["campaigns", "adgroups"]
Plural = Literal["campaigns", "adgroups", "ads"]
TAB = "campaigns"


class TreePages(Controller):
    """One tree. A form in it names the ad account, so that a switch in another window moves no money elsewhere."""

    opt = ADMIN

    path = "/ads/campaigns"

    @get(name="admin:ads:campaigns")
    async def show_tree(
        self, request: HTMXRequest, resources: NamedDependency[Resources], admin: NamedDependency[Admin]
    ) -> Template:
        """Show the tree, or with htmx only the tree."""
        from app.admin.ads.tree import read_tree

        query = read_query([(name, str(value)) for name, value in request.query_params.multi_items()])
        desk = await read_desk(resources, admin.id, TAB)
        page = await read_tree(resources, translator_for(request), desk, query)
        is_part = bool(request.htmx) and not request.htmx.history_restore_request
        answer = render(request, f"admin/ads/{'_tree' if is_part else 'campaigns'}.html", page, section="ads")
        if is_part:
            answer.headers["HX-Push-Url"] = query.href(cursor=query.cursor)
        return answer

    @post("/{advertiser_id:str}/{plural:str}/{object_id:str}/budget", status_code=200, name="admin:ads:budget")
    async def change_budget(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        advertiser_id: FromPath[str],
        plural: FromPath[WithBudget],
        object_id: FromPath[str],
        data: URLEncodedBody[BudgetInput],
    ) -> Template:
        """Set a budget; where a guard would be broken, ask first."""
        from app.admin.ads.changes import set_budget

        desk, i18n = await read_desk(resources, admin.id, TAB, advertiser_id=advertiser_id), translator_for(request)
        told = await set_budget(resources, i18n, desk, admin.email, plural, object_id, data)
        return await _show(request, resources, desk, data, told)

    @post("/{advertiser_id:str}/{plural:str}/{object_id:str}/switch", status_code=200, name="admin:ads:switch")
    async def change_switch(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        advertiser_id: FromPath[str],
        plural: FromPath[Plural],
        object_id: FromPath[str],
        data: URLEncodedBody[SwitchInput],
    ) -> Template:
        """Switch a campaign, an ad group or an ad on or off."""
        from app.admin.ads.changes import set_switch

        desk, i18n = await read_desk(resources, admin.id, TAB, advertiser_id=advertiser_id), translator_for(request)
        told = await set_switch(resources, i18n, desk, admin.email, plural, object_id, data)
        return await _show(request, resources, desk, data, told)


async def _show(request: HTMXRequest, app: Resources, desk: "AdsDesk", form: TreeForm, told: "Outcome") -> Template:
    from app.admin.ads.tree import read_tree

    i18n = translator_for(request)
    page = await read_tree(app, i18n, desk, form.query, problem=told.problem, done=told.done, ask=told.ask)
    path = form.query.href(cursor=form.query.cursor)
    return render(request, "admin/ads/campaigns.html", page, section="ads", path=path, status_code=told.status)
