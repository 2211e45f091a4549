"""The pages of caption templates and hashtag rules. Every form works without script."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template
from pydantic import BaseModel, Field

from app.admin.captions import hashtag_page, template_page
from app.admin.captions.hashtag_form import GROUPS, HashtagForm
from app.admin.captions.hashtag_page import explain_article, read_hashtag_page
from app.admin.captions.template_page import read_template_page, try_out
from app.admin.shell.frame import render, translator_for
from app.admin.wording.errors import explain
from app.auth.access import ADMIN
from app.captions.schemas import TemplateKind
from app.captions.schemas_settings import CaptionTemplateWrite
from app.errors import AppError
from app.posts.prepare.caption_history import HASHTAGS
from app.posts.prepare.caption_preview import list_own_articles
from app.posts.prepare.caption_settings import (
    restore_version,
    save_caption_templates,
    save_hashtag_rules,
    use_hashtag_preset,
)
from app.resources import Resources

_Code = Annotated[str, QueryParameter(max_length=64)]


class TemplateInput(BaseModel):
    """The form of one template."""

    kind: TemplateKind = TemplateKind.photo_description
    language: Annotated[str, Field(max_length=40)] = "default"
    source: Annotated[str, Field(max_length=20_000, pattern=r"^[^\x00]*$")] = ""

    def to_write(self, *, shipped: bool = False) -> CaptionTemplateWrite:
        """Browsers send CRLF; a template has LF."""
        source = "" if shipped else self.source.replace("\r\n", "\n")
        return CaptionTemplateWrite.model_validate({"kind": self.kind, "language": self.language, "source": source})

    @property
    def href(self) -> str:
        return f"{template_page.PATH}?kind={self.kind}&language={self.language}"


class CaptionPages(Controller):
    """The editor of templates, with a live view on the newsroom's last articles."""

    path = "/captions"
    opt = ADMIN

    @get(name="admin:captions")
    async def show_template(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        kind: FromQuery[TemplateKind] = TemplateKind.photo_description,
        language: _Code = "default",
    ) -> Template:
        """Show the editor of one template."""
        async with resources.read() as session:
            page = await read_template_page(session, resources.settings, translator_for(request), kind, language)
        return render(request, "admin/captions/captions.html", page, section="captions")

    @post("/", status_code=303, name="admin:captions:save")
    async def save_template(
        self, request: HTMXRequest, resources: NamedDependency[Resources], data: URLEncodedBody[TemplateInput]
    ) -> Template | Redirect:
        """Store a template, or say with line and reason why it cannot be used."""
        try:
            async with resources.transaction() as session:
                await save_caption_templates(session, [data.to_write()])
        except AppError as error:
            return await self._show_typed(request, resources, data, error)
        return Redirect(f"{data.href}&notice=saved", status_code=303)

    @post("/shipped", status_code=303, name="admin:captions:shipped")
    async def use_shipped(self, resources: NamedDependency[Resources], data: URLEncodedBody[TemplateInput]) -> Redirect:
        """Bring the shipped template back."""
        async with resources.transaction() as session:
            await save_caption_templates(session, [data.to_write(shipped=True)])
        return Redirect(f"{data.href}&notice=saved", status_code=303)

    @post("/preview", status_code=200, name="admin:captions:preview", opt={"untold": True})
    async def preview_template(
        self, request: HTMXRequest, resources: NamedDependency[Resources], data: URLEncodedBody[TemplateInput]
    ) -> Template:
        """Show what a template makes of the last articles, and store nothing."""
        if not request.htmx:
            return await self._show_typed(request, resources, data, None)
        async with resources.read() as session:
            trials = await try_out(
                session, resources.settings, translator_for(request), data.kind, data.language, data.source
            )
        return render(request, "admin/captions/_trials.html", trials)

    @post("/versions/{version_id:str}", status_code=303, name="admin:captions:restore")
    async def restore(self, resources: NamedDependency[Resources], version_id: FromPath[str]) -> Redirect:
        """Go back to a template or to rules as they were."""
        async with resources.transaction() as session:
            version = await restore_version(session, version_id)
        if version.subject == HASHTAGS:
            return Redirect(f"{hashtag_page.PATH}?notice=restored", status_code=303)
        kind, _, language = version.subject.partition(" ")
        return Redirect(f"{template_page.PATH}?kind={kind}&language={language}&notice=restored", status_code=303)

    async def _show_typed(
        self, request: HTMXRequest, resources: Resources, data: TemplateInput, error: AppError | None
    ) -> Template:
        i18n = translator_for(request)
        async with resources.read() as session:
            page = await read_template_page(
                session,
                resources.settings,
                i18n,
                data.kind,
                data.language,
                typed=data.source.replace("\r\n", "\n"),
                problem=explain(i18n, error) if error else "",
            )
        return render(
            request,
            "admin/captions/captions.html",
            page,
            section="captions",
            path=data.href,
            status_code=error.status_code if error else 200,
        )


class HashtagPages(Controller):
    """The editor of the rules, with a try-out on any article."""

    path = "/captions/hashtags"
    opt = ADMIN

    @get(name="admin:hashtags")
    async def show_rules(
        self, request: HTMXRequest, resources: NamedDependency[Resources], article: _Code = ""
    ) -> Template:
        """Show the rules."""
        async with resources.read() as session:
            page = await read_hashtag_page(session, translator_for(request), article_id=article)
        return render(request, "admin/captions/hashtags.html", page, section="captions")

    @post("/", status_code=303, name="admin:hashtags:save")
    async def save_rules(
        self, request: HTMXRequest, resources: NamedDependency[Resources], data: URLEncodedBody[dict[str, str]]
    ) -> Template | Redirect:
        """Store the rules, or say at each field what is wrong; a language that is added gets its column first."""
        form = HashtagForm.typed(data)
        rules, form = form.to_rules()
        if rules is None or data.get("new_language", "").strip():
            return await self._show_typed(request, resources, form, data.get("article", ""))
        async with resources.transaction() as session:
            await save_hashtag_rules(session, rules)
        return Redirect(f"{hashtag_page.PATH}?notice=saved", status_code=303)

    @post("/why", status_code=200, name="admin:hashtags:why", opt={"untold": True})
    async def explain_hashtags(
        self, request: HTMXRequest, resources: NamedDependency[Resources], data: URLEncodedBody[dict[str, str]]
    ) -> Template:
        """Try the rules as typed on an article, and store nothing."""
        form, article = HashtagForm.typed(data), data.get("article", "")[:64]
        if not request.htmx:
            return await self._show_typed(request, resources, form, article, status_code=200)
        async with resources.read() as session:
            why = await explain_article(session, form, article, await list_own_articles(session))
        page = {"why": why, "groups": GROUPS, "verdicts": hashtag_page.VERDICTS}
        return render(request, "admin/captions/_why.html", page)

    @post("/presets/{preset:str}", status_code=303, name="admin:hashtags:preset")
    async def use_preset(self, resources: NamedDependency[Resources], preset: FromPath[str]) -> Redirect:
        """Take over a ready set of hashtags."""
        async with resources.transaction() as session:
            await use_hashtag_preset(session, preset)
        return Redirect(f"{hashtag_page.PATH}?notice=preset_used", status_code=303)

    async def _show_typed(
        self, request: HTMXRequest, resources: Resources, form: HashtagForm, article: str, status_code: int = 422
    ) -> Template:
        async with resources.read() as session:
            page = await read_hashtag_page(session, translator_for(request), form=form, article_id=article[:64])
        status = status_code if form.faults else 200
        return render(
            request,
            "admin/captions/hashtags.html",
            page,
            section="captions",
            path=hashtag_page.PATH,
            status_code=status,
        )
