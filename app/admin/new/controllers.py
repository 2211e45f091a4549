"""The page of a post by hand: a form that is a draft until it is sent, with script and without."""

import asyncio
import shutil
from pathlib import Path
from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.datastructures import FormMultiDict, UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from app.accounts.queries import list_live_accounts
from app.admin.accounts.creator import read_creator
from app.admin.new.form import NewPost
from app.admin.new.page import films_of, find_article, read_new_page, reader_zone
from app.admin.new.views import AudiencePart
from app.admin.shell.frame import render, translator_for
from app.admin.wording.errors import explain
from app.auth.access import EDITOR
from app.auth.models import Admin
from app.errors import AppError, NotFound
from app.media.pictures.thumbs import read_small
from app.media.store import poster_of
from app.media.uploads.find import find_owned, find_uploads
from app.media.uploads.keep import keep_upload
from app.messages import post_refusals, refusals
from app.posts.by_hand.create import create_posts
from app.posts.by_hand.drafts import drop_draft, load_draft, save_draft
from app.resources import Resources

_PAGE = "/admin/posts/new"
_MOST_BODY = 64 * 1024 * 1024
"""Without script all files come with the form, through memory. With it each goes by itself, straight to the disk."""

ArticleId = Annotated[str, QueryParameter(name="article", max_length=36)]


class NewPostPages(Controller):
    """Every button works without script. What changes the draft leads back to the page, which shows the draft."""

    opt = EDITOR

    @get("/new", name="admin:new")
    async def go_to_new(self, article: ArticleId = "") -> Redirect:
        """Lead on from the short address."""
        return Redirect(_address(article), status_code=303)

    @get("/posts/new", name="admin:posts:new")
    async def show_new(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        article: ArticleId = "",
        creators: Annotated[bool, QueryParameter()] = False,
    ) -> Template:
        """Show the form with the draft in it."""
        async with resources.read() as session:
            form = NewPost.of(await load_draft(session, admin.id, article))
        page = await read_new_page(resources, translator_for(request), form, article_id=article, with_creators=creators)
        return render(request, "admin/new/new.html", page, section="new")

    @post("/posts/new", name="admin:posts:new:send", status_code=303, request_max_body_size=_MOST_BODY)
    async def send(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        article: ArticleId = "",
    ) -> Template | Redirect:
        """Do what the pressed button says: post, or change the draft. A refusal stands above what was typed."""
        data = await request.form()
        form = NewPost.read(data)
        try:
            await _change(resources, form, data)
            await _save(resources, admin, article, form)
            if data.get("do") == "post":
                return await _post(request, resources, admin, article, form)
            if data.get("do") == "discard":
                async with resources.transaction() as session:
                    await drop_draft(session, admin.id, article)
        except AppError as error:
            await _save(resources, admin, article, form)
            i18n = translator_for(request)
            page = await read_new_page(
                resources, i18n, form, article_id=article, with_creators=True, error=explain(i18n, error)
            )
            return render(
                request, "admin/new/new.html", page, section="new", path=_address(article),
                status_code=error.status_code,
            )  # fmt: skip
        place = "#media" if _touches_media(data) else "#preview" if data.get("do") == "look" else ""
        return Redirect(f"{_address(article, creators=data.get('do') == 'creators')}{place}", status_code=303)

    @post("/posts/new/draft", name="admin:posts:new:draft", status_code=200, opt={**EDITOR, "untold": True})
    async def keep_draft(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        article: ArticleId = "",
    ) -> Template:
        """Keep what is being written, and show what would come of it."""
        data = await request.form()
        form = NewPost.read(data)
        await _change(resources, form, data)
        await _save(resources, admin, article, form)
        page = await read_new_page(resources, translator_for(request), form, article_id=article)
        wants_media = request.headers.get("hx-target") == "media"
        template = "admin/new/_media_and_preview.html" if wants_media else "admin/new/_preview.html"
        return render(request, template, page, path=_address(article))

    @get("/posts/new/accounts/{account_id:str}", name="admin:posts:new:creator", opt={**EDITOR, "same_site": True})
    async def show_creator(
        self, request: HTMXRequest, resources: NamedDependency[Resources], account_id: FromPath[str]
    ) -> Template:
        """Ask TikTok who may see what this account posts."""
        async with resources.read() as session:
            accounts = await list_live_accounts(session)
        if account_id not in {account.id for account in accounts}:
            raise NotFound(refusals.NOTHING_THERE)
        i18n = translator_for(request)
        creator = await read_creator(resources, i18n, account_id)
        form = NewPost(accounts=[account_id])
        page = await read_new_page(resources, i18n, form)
        choice = next(one for one in page.accounts if one.id == account_id)
        return render(request, "admin/new/_audience_part.html", AudiencePart(choice, creator), path=_PAGE)

    @get("/uploads/{token:str}", name="admin:uploads:small")
    async def show_upload(self, resources: NamedDependency[Resources], token: FromPath[str]) -> Response[bytes]:
        """Give a small picture of what was uploaded."""
        async with resources.read() as session:
            asset = await find_owned(session, token)
        if asset is None:
            raise NotFound(post_refusals.NO_SUCH_PICTURE)
        try:
            small = await asyncio.to_thread(read_small, poster_of(resources.media_dir, asset.path))
        except OSError:
            raise NotFound(post_refusals.NO_SUCH_PICTURE) from None
        return Response(small, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=604800, immutable"})


async def _change(resources: Resources, form: NewPost, data: FormMultiDict) -> None:
    """Change the draft by the button that was pressed, and take in the files that came with it."""
    move, remove = str(data.get("move") or ""), str(data.get("remove") or "")
    number, _, by = move.partition(":")
    if number.isdigit() and by in {"-1", "1"}:
        form.move(int(number), int(by))
    if remove.isdigit():
        form.remove(int(remove))
    for file in data.getall("files", []):
        if isinstance(file, UploadFile) and file.filename:
            form.media.append((await _take(resources, file)).source_url)


async def _take(resources: Resources, file: UploadFile) -> Any:
    async def receive(target: Path, _most_bytes: int) -> str:
        await asyncio.to_thread(_copy, file, target)
        return file.filename

    return await keep_upload(resources, receive)


def _copy(file: UploadFile, target: Path) -> None:
    file.file.seek(0)
    with target.open("xb") as opened:
        shutil.copyfileobj(file.file, opened)


async def _save(resources: Resources, admin: Admin, article: str, form: NewPost) -> None:
    async with resources.transaction() as session:
        await save_draft(session, admin.id, article, form.kept())


async def _post(request: HTMXRequest, resources: Resources, admin: Admin, article: str, form: NewPost) -> Redirect:
    async with resources.read() as session:
        if article:
            await find_article(session, article)
        accounts = [one for one in await list_live_accounts(session) if one.id in form.accounts]
        films = films_of(await find_uploads(session, resources.settings, form.media))
    zone = reader_zone(resources, translator_for(request), form)
    wish = form.to_create(accounts, zone, films=films, article_id=article)
    # The form was shown once: sent twice, it is one post.
    key = str((await request.form()).get("form_id") or "")[:64]
    made = await create_posts(resources, wish, by=admin.email, key=key)
    async with resources.transaction() as session:
        await drop_draft(session, admin.id, article)
    if len(made.post_ids) == 1:
        return Redirect(f"/admin/posts/{made.post_ids[0]}?notice=written", status_code=303)
    return Redirect("/admin/posts?notice=written_many", status_code=303)


def _touches_media(data: FormMultiDict) -> bool:
    return bool(data.get("move") or data.get("remove") or data.get("do") == "upload")


def _address(article: str, *, creators: bool = False) -> str:
    query = [f"article={article}"] if article else []
    query += ["creators=1"] if creators else []
    return f"{_PAGE}?{'&'.join(query)}" if query else _PAGE
