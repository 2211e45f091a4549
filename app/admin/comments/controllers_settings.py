"""The pages of what is set for the inbox: prepared answers, blocked words, and of what the newsroom is told."""

from typing import TYPE_CHECKING, Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from app.admin.comments.forms import CannedInput, RuleInput, WordsInput
from app.admin.shell.frame import render, translator_for
from app.auth.access import EDITOR
from app.auth.models import Admin
from app.errors import AppError
from app.resources import Resources

if TYPE_CHECKING:
    from app.admin.comments.settings_pages import CannedPage

CANNED = "/social/canned"
WORDS = "/social/words"
_CANNED_PAGE = "admin/comments/canned.html"
_WORDS_PAGE = "admin/comments/words.html"
_RowId = Annotated[str, QueryParameter(max_length=36)]
_Advertiser = Annotated[str, QueryParameter(pattern=r"^[0-9]{0,20}$")]


class CommentSettingsPages(Controller):
    """What an editor sets for the inbox; every form works without script."""

    opt = EDITOR

    @get("/canned", name="admin:comments:canned")
    async def show_canned(
        self, request: HTMXRequest, resources: NamedDependency[Resources], edit: _RowId = ""
    ) -> Template:
        """Show prepared answers; one of them in a form."""
        from app.admin.comments.settings_pages import read_canned_page

        return _canned(request, await read_canned_page(resources, edit=edit))

    @post("/canned", status_code=303, name="admin:comments:canned:add")
    async def add_canned(
        self, request: HTMXRequest, resources: NamedDependency[Resources], data: URLEncodedBody[CannedInput]
    ) -> Template | Redirect:
        """Prepare an answer."""
        return await _save(request, resources, data, "")

    @post("/canned/{canned_id:str}", status_code=303, name="admin:comments:canned:save")
    async def save_canned(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        canned_id: FromPath[str],
        data: URLEncodedBody[CannedInput],
    ) -> Template | Redirect:
        """Change a prepared answer."""
        return await _save(request, resources, data, canned_id)

    @post("/canned/{canned_id:str}/delete", status_code=303, name="admin:comments:canned:delete")
    async def remove_canned(self, resources: NamedDependency[Resources], canned_id: FromPath[str]) -> Redirect:
        """Forget a prepared answer."""
        from app.comments.canned import delete_canned

        async with resources.transaction() as session:
            await delete_canned(session, canned_id)
        return Redirect(f"{CANNED}?notice=canned_removed", status_code=303)

    @get("/words", name="admin:comments:words")
    async def show_words(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        advertiser_id: _Advertiser = "",
    ) -> Template:
        """Show the blocked words as TikTok last told them, and how many comments each has hidden."""
        from app.admin.comments.settings_pages import read_words_page

        page = await read_words_page(resources, admin, advertiser_id)
        return render(request, _WORDS_PAGE, page, section="comments")

    @post("/words", status_code=303, name="admin:comments:words:save")
    async def save_words(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        data: URLEncodedBody[WordsInput],
    ) -> Template | Redirect:
        """Add words and let others go, on top of what TikTok has now."""
        from app.admin.ads.desk import explain_ads
        from app.admin.comments.settings_pages import change_words, read_words_page

        try:
            await change_words(resources, admin, data)
        except AppError as error:
            said = explain_ads(translator_for(request), error)
            page = await read_words_page(resources, admin, data.advertiser_id, problem=said, typed=data.add)
            path = f"{WORDS}?advertiser_id={page.advertiser_id}"
            return render(request, _WORDS_PAGE, page, section="comments", path=path, status_code=error.status_code)
        return Redirect(f"{WORDS}?advertiser_id={data.advertiser_id}&notice=words_saved", status_code=303)

    @post("/rule", status_code=303, name="admin:comments:rule:save")
    async def save_rule(self, resources: NamedDependency[Resources], data: URLEncodedBody[RuleInput]) -> Redirect:
        """Set of which new comments the newsroom is told."""
        from app.admin.comments.settings_pages import change_rule

        await change_rule(resources, data)
        return Redirect(f"{CANNED}?notice=saved#rule", status_code=303)


async def _save(request: HTMXRequest, resources: Resources, data: CannedInput, canned_id: str) -> Template | Redirect:
    from app.admin.ads.desk import explain_ads
    from app.admin.comments.settings_pages import read_canned_page, save_canned

    try:
        await save_canned(resources, data, canned_id)
    except AppError as error:
        said = explain_ads(translator_for(request), error)
        page = await read_canned_page(resources, edit=canned_id, typed=data, problem=said)
        return _canned(request, page, status_code=error.status_code)
    return Redirect(f"{CANNED}?notice=canned_saved", status_code=303)


def _canned(request: HTMXRequest, page: "CannedPage", status_code: int = 200) -> Template:
    return render(request, _CANNED_PAGE, page, section="comments", path=CANNED, status_code=status_code)
