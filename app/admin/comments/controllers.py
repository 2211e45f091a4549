"""The inbox of comments at `/social/`: the queue, the comment beside it, and all that is done there."""

from typing import TYPE_CHECKING, Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from app.admin.comments.forms import ActInput, ReplyInput, SyncInput, UndoInput
from app.admin.comments.query import InboxQuery, read_query
from app.admin.comments.words import ANSWERED, NONE_CHOSEN, NOT_KNOWN, WAS_THERE
from app.admin.shell.frame import render, translator_for
from app.auth.access import EDITOR
from app.auth.models import Admin
from app.comments.actions import Action
from app.errors import AppError
from app.resources import Resources

if TYPE_CHECKING:
    from app.admin.comments.page import Told

# The inbox and the ads desk behind it are read when somebody looks at them: most processes need not carry them.

_PAGE = "admin/comments/inbox.html"
_SAID = {"answered": ANSWERED, "was_there": WAS_THERE}
Ids = Annotated[str, QueryParameter(max_length=10_000)]
Word = Annotated[str, QueryParameter(max_length=64)]
Position = Annotated[str, QueryParameter(pattern=r"^[0-9]{0,19}$")]


class CommentPages(Controller):
    """Every form works without script; HTMX only saves reloads, and keeps one's place in the queue."""

    opt = EDITOR

    @get("/", name="admin:comments")
    async def show_inbox(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        canned: Word = "",
        said: Word = "",
    ) -> Template:
        """Show the queue, and one comment beside it; `canned` puts a prepared answer into the form."""
        from app.admin.comments.comment_panel import Asked
        from app.admin.comments.page import Told

        query = read_query(list(request.query_params.multi_items()))
        told = Told(Asked(canned=canned), answered=_SAID.get(said, ""))
        is_more = request.htmx and bool(query.cursor) and not request.htmx.history_restore_request
        template = "admin/comments/_rows.html" if is_more and request.htmx.target is None else _PAGE
        return await _show(request, resources, admin, query, told, template=template)

    @get("/live", name="admin:comments:live")
    async def show_live(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        ids: Ids = "",
        seen: Word = "",
        top: Position = "",
    ) -> Template | Response[None]:
        """Show again what moves in the queue; nothing where that is what was seen."""
        from app.admin.comments.page import read_live

        query = read_query(list(request.query_params.multi_items()))
        page = await read_live(resources, admin, query, [one for one in ids.split(",") if one], top)
        if page.seen == seen:
            return Response(None, status_code=204)
        return render(request, "admin/comments/_live.html", page, section="comments", path=query.href())

    @post("/comments/{comment_id:str}/look", status_code=200, name="admin:comments:look", opt={"untold": True})
    async def keep_looking(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        comment_id: FromPath[str],
    ) -> Template:
        """Say that somebody is at this comment still, and tell who else is."""
        from app.admin.comments.comment_panel import keep_looking

        others = await keep_looking(resources, admin, comment_id)
        return render(request, "admin/comments/_viewers.html", {"id": comment_id, "answering": others})

    @post("/comments/{comment_id:str}/reply", status_code=303, name="admin:comments:reply")
    async def reply(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        comment_id: FromPath[str],
        data: URLEncodedBody[ReplyInput],
    ) -> Template | Redirect:
        """Answer, once; then stay, or go on to the next comment."""
        from app.admin.ads.desk import explain_ads
        from app.admin.comments.comment_panel import Asked
        from app.admin.comments.page import Told
        from app.comments.act.replying import reply
        from app.comments.actions import By

        i18n = translator_for(request)
        try:
            done = await reply(resources, By(admin.email, admin.id), comment_id, data.text, again=data.again)
        except AppError as error:
            is_lost = error.code == "outcome_unknown"
            said = [i18n.gettext(NOT_KNOWN)] if is_lost else explain_ads(i18n, error)
            told = Told(Asked(typed=data.text, problem=said, is_lost=is_lost), is_answer_to_post=True)
            query = _on(data.inbox, comment_id)
            return await _show(request, resources, admin, query, told, status_code=_status(request, error))
        goes_on = data.then == "next"
        query = _on(data.inbox, data.next if goes_on else comment_id)
        joint = "&" if "?" in query.href() else "?"
        word = "was_there" if done.was_there else "answered"
        return Redirect(f"{query.href(cursor=query.cursor)}{joint}said={word}", status_code=303)

    @post("/act", status_code=200, name="admin:comments:act")
    async def act(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        data: URLEncodedBody[ActInput],
    ) -> Template:
        """Do one thing to the ticked comments, or to the one beside them, and say what became of each."""
        from app.admin.comments.acting import carry_out
        from app.admin.comments.page import Told

        if not data.ids:
            told = Told(problem=[translator_for(request).gettext(NONE_CHOSEN)], is_answer_to_post=True)
            status = 200 if request.htmx else 422
            return await _show(request, resources, admin, data.inbox, told, status_code=status)
        result = await carry_out(resources, admin, data.action, data.ids, assignee_id=data.assigned_to or None)
        query = data.inbox
        if data.action is Action.unread and query.comment in data.ids:
            # Whoever goes on looking at it makes it read again.
            query = _on(query, "")
        return await _show(request, resources, admin, query, Told(result=result, is_answer_to_post=True))

    @post("/undo", status_code=200, name="admin:comments:undo")
    async def undo(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        data: URLEncodedBody[UndoInput],
    ) -> Template:
        """Bring back what was before."""
        from app.admin.comments.acting import go_back
        from app.admin.comments.page import Told

        result = await go_back(resources, admin, data.to_steps())
        return await _show(request, resources, admin, data.inbox, Told(result=result, is_answer_to_post=True))

    @post("/comments/{comment_id:str}/hide-author", status_code=200, name="admin:comments:hide-author")
    async def hide_author(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        comment_id: FromPath[str],
        data: URLEncodedBody[SyncInput],
    ) -> Template:
        """Hide all that this comment's author has written under this account's ads or posts."""
        from app.admin.comments.acting import hide_all_of_author
        from app.admin.comments.page import Told

        result = await hide_all_of_author(resources, admin, comment_id)
        query = _on(data.inbox, comment_id)
        return await _show(request, resources, admin, query, Told(result=result, is_answer_to_post=True))

    @post("/sync", status_code=303, name="admin:comments:sync")
    async def sync(self, resources: NamedDependency[Resources], data: URLEncodedBody[SyncInput]) -> Redirect:
        """Look for new comments now, and not only in a minute."""
        from app.comments.sync.feeds import hurry

        await hurry(resources, data.inbox.advertiser_id or data.inbox.account_id or None)
        href = data.inbox.href()
        return Redirect(f"{href}{'&' if '?' in href else '?'}notice=comments_asked", status_code=303)


def _on(query: InboxQuery, comment_id: str) -> InboxQuery:
    return read_query([*query.pairs(), ("cursor", query.cursor), ("comment", comment_id)])


def _status(request: HTMXRequest, error: AppError) -> int:
    """HTMX puts no answer with an error's status into the page."""
    return 200 if request.htmx else error.status_code


async def _show(
    request: HTMXRequest,
    resources: Resources,
    admin: Admin,
    query: InboxQuery,
    told: "Told",
    *,
    template: str = _PAGE,
    status_code: int = 200,
) -> Template:
    from app.admin.comments.page import read_inbox

    page = await read_inbox(resources, admin, query, told)
    path = query.href(cursor=query.cursor) if told.is_answer_to_post else ""
    return render(request, template, page, section="comments", path=path, status_code=status_code)
