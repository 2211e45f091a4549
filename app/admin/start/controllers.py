"""The page of the first steps, and the test article that is sent from it."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template
from pydantic import BaseModel, Field

from app.accounts.models import PublishMode
from app.accounts.queries import get_account
from app.accounts.try_out import begin_try_out, end_try_out
from app.admin.shell.frame import render, translator_for
from app.admin.start.page import PATH, read_start_page
from app.admin.wording.errors import explain
from app.articles.by_hand import ArticleByHand
from app.auth.access import ADMIN
from app.auth.models import Admin
from app.errors import AppError
from app.kit.clock import utcnow
from app.messages.translator import N_, Translator
from app.posts.by_hand.create import create_posts
from app.posts.by_hand.schemas import PostCreate
from app.resources import Resources

_TITLE = N_("A first post, to see that everything works")
_TEXT = N_("This test came from Newsreel's first steps. It can be deleted in the TikTok app at any time.")


class TestInput(BaseModel):
    """To which account the test goes."""

    account_id: Annotated[str, Field(max_length=36)] = ""


class StartPages(Controller):
    """Every form works without script."""

    path = "/start"
    opt = ADMIN

    @get(name="admin:start")
    async def show_start(self, request: HTMXRequest, resources: NamedDependency[Resources]) -> Template:
        """Show what is done on the way to the first post, and what comes next."""
        page = await read_start_page(resources)
        return render(request, "admin/start/start.html", page, section="overview")

    @post("/try-out", status_code=303, name="admin:start:try_out")
    async def begin_try_out(self, request: HTMXRequest, resources: NamedDependency[Resources]) -> Template | Redirect:
        """Put the emulator in TikTok's place."""
        try:
            await begin_try_out(resources)
        except AppError as error:
            return await _refused(request, resources, error)
        return Redirect(PATH, status_code=303)

    @post("/try-out/end", status_code=303, name="admin:start:try_out:end")
    async def end_try_out(self, resources: NamedDependency[Resources]) -> Redirect:
        """Go back to TikTok."""
        await end_try_out(resources)
        return Redirect(PATH, status_code=303)

    @post("/test", status_code=303, name="admin:start:test")
    async def send_test(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        data: URLEncodedBody[TestInput],
    ) -> Template | Redirect:
        """Make a post of a test article; it asks for approval, except where drafts go to the app's inbox anyway."""
        i18n = translator_for(request)
        try:
            async with resources.read() as session:
                mode = (await get_account(session, data.account_id)).settings.mode
            wish = _test(i18n, data.account_id, None if mode is PublishMode.inbox else PublishMode.approve)
            made = await create_posts(resources, wish, by=admin.email)
        except AppError as error:
            return await _refused(request, resources, error)
        return Redirect(f"/admin/posts/{made.post_ids[0]}?notice=written", status_code=303)


async def _refused(request: HTMXRequest, resources: Resources, error: AppError) -> Template:
    page = await read_start_page(resources, explain(translator_for(request), error))
    status = error.status_code
    return render(request, "admin/start/start.html", page, section="overview", path=PATH, status_code=status)


def _test(i18n: Translator, account_id: str, mode: PublishMode | None) -> PostCreate:
    # A minute's presses are one test.
    article = ArticleByHand(
        id=f"first-steps:{account_id}:{utcnow():%Y%m%d%H%M}",
        title=i18n.gettext(_TITLE),
        excerpt=i18n.gettext(_TEXT),
        language=i18n.language,
    )
    return PostCreate(article=article, account_ids=[account_id], mode=mode, privacy_levels={})
