"""The page of the newsroom's own posts, where it writes comments of its own under them."""

from typing import TYPE_CHECKING, Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from app.admin.comments.forms import OwnCommentInput
from app.admin.comments.words import NOT_KNOWN_UNDER_POST
from app.admin.shell.frame import render, translator_for
from app.auth.access import EDITOR
from app.auth.models import Admin
from app.errors import AppError
from app.resources import Resources

if TYPE_CHECKING:
    from app.admin.comments.posts_page import Asked

_RowId = Annotated[str, QueryParameter(max_length=36)]
_ItemId = Annotated[str, QueryParameter(pattern=r"^[0-9]{0,20}$")]


class CommentPostPages(Controller):
    """Every form works without script."""

    opt = EDITOR

    @get("/posts", name="admin:comments:posts")
    async def show_posts(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        account_id: _RowId = "",
        item_id: _ItemId = "",
        cursor: _ItemId = "",
    ) -> Template:
        """Show posts, the newest first, or one of them."""
        from app.admin.comments.posts_page import Asked

        return await _show(request, resources, Asked(account_id, item_id, cursor))

    @post("/posts/{item_id:str}/comment", status_code=303, name="admin:comments:posts:comment")
    async def comment(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        item_id: FromPath[str],
        data: URLEncodedBody[OwnCommentInput],
    ) -> Template | Redirect:
        """Write a comment under a post, once."""
        from app.admin.ads.desk import explain_ads
        from app.admin.comments.posts_page import Asked
        from app.comments.act.commenting import comment_on_post
        from app.comments.actions import By

        i18n, by = translator_for(request), By(admin.email, admin.id)
        asked = Asked(data.account_id, item_id)
        try:
            done = await comment_on_post(
                resources, by, item_id, data.text, account_id=data.account_id, again=data.again
            )
        except AppError as error:
            is_lost = error.code == "outcome_unknown"
            said = [i18n.gettext(NOT_KNOWN_UNDER_POST)] if is_lost else explain_ads(i18n, error)
            asked = Asked(data.account_id, item_id, typed=data.text, problem=said, is_lost=is_lost)
            return await _show(request, resources, asked, path=asked.href(), status_code=error.status_code)
        notice = "comment_was_there" if done.was_there else "comment_written"
        return Redirect(f"{asked.href()}&notice={notice}", status_code=303)


async def _show(
    request: HTMXRequest, resources: Resources, asked: "Asked", *, path: str = "", status_code: int = 200
) -> Template:
    from app.admin.comments.posts_page import read_posts_page

    page = await read_posts_page(resources, asked)
    return render(request, "admin/comments/posts.html", page, section="comments", path=path, status_code=status_code)
