"""The routes that act on comments: answer, hide, show, delete, hand over. One that is lost is 409 `outcome_unknown`."""

from typing import Any

from litestar import Request, delete, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from app.comments.actions import By
from app.comments.face.schemas import CommentRead, ReplyRead
from app.comments.face.schemas_acts import AnsweringRead, AssigneeAsk, BulkAnswer, BulkAsk, ReplyAnswer, ReplyAsk
from app.comments.face.schemas_posts import OwnCommentAsk
from app.resources import Resources

AnyRequest = Request[Any, Any, Any]
App = NamedDependency[Resources]


@post("/bulk", name="comments:bulk", operation_id="ActOnComments", status_code=200)
async def act_on_many(data: JSONBody[BulkAsk], request: AnyRequest, resources: App) -> BulkAnswer:
    """Do one thing to up to 500 comments: what became of each, and what undoes it."""
    from app.comments.act import bulk

    done = await bulk.act_on_many(resources, by_of(request), data.action, data.ids, assignee_id=data.assigned_to)
    return BulkAnswer.of(done)


@post("/{comment_id:str}/reply", name="comments:reply", operation_id="ReplyToComment", status_code=201)
async def reply(
    data: JSONBody[ReplyAsk], comment_id: FromPath[str], request: AnyRequest, resources: App
) -> ReplyAnswer:
    """Answer a comment, once: the same text again is the same answer, unless `again` is true."""
    from app.comments.act.replying import reply as say

    told = await say(resources, by_of(request), comment_id, data.text, again=data.again)
    return ReplyAnswer(**ReplyRead.of(told.said).model_dump(), replayed=told.was_there)


@post("/posts/{item_id:str}/comment", name="comments:comment", operation_id="CommentOnPost", status_code=201)
async def comment_on_post(
    data: JSONBody[OwnCommentAsk], item_id: FromPath[str], request: AnyRequest, resources: App
) -> ReplyAnswer:
    """Write a comment of your own under a post of a business account, once, as an answer is given once."""
    from app.comments.act.commenting import comment_on_post as write

    told = await write(resources, by_of(request), item_id, data.text, account_id=data.account_id, again=data.again)
    return ReplyAnswer(**ReplyRead.of(told.said).model_dump(), replayed=told.was_there)


@post("/{comment_id:str}/hide", name="comments:hide", operation_id="HideComment", status_code=200)
async def hide(comment_id: FromPath[str], request: AnyRequest, resources: App) -> CommentRead:
    """Hide a comment from everybody but its author."""
    return await _act(request, resources, comment_id, "hide")


@post("/{comment_id:str}/show", name="comments:show_again", operation_id="ShowComment", status_code=200)
async def show(comment_id: FromPath[str], request: AnyRequest, resources: App) -> CommentRead:
    """Show a comment that was hidden."""
    return await _act(request, resources, comment_id, "show")


@post("/{comment_id:str}/pin", name="comments:pin", operation_id="PinComment", status_code=200)
async def pin(comment_id: FromPath[str], request: AnyRequest, resources: App) -> CommentRead:
    """Put a comment above the others under a business account's post; the one that was there goes down."""
    return await _act(request, resources, comment_id, "pin")


@post("/{comment_id:str}/unpin", name="comments:unpin", operation_id="UnpinComment", status_code=200)
async def unpin(comment_id: FromPath[str], request: AnyRequest, resources: App) -> CommentRead:
    """Let it stand in its place again."""
    return await _act(request, resources, comment_id, "unpin")


@post("/{comment_id:str}/like", name="comments:like", operation_id="LikeComment", status_code=200)
async def like(comment_id: FromPath[str], request: AnyRequest, resources: App) -> CommentRead:
    """Like a comment in the business account's name."""
    return await _act(request, resources, comment_id, "like")


@post("/{comment_id:str}/unlike", name="comments:unlike", operation_id="UnlikeComment", status_code=200)
async def unlike(comment_id: FromPath[str], request: AnyRequest, resources: App) -> CommentRead:
    """Like it no longer."""
    return await _act(request, resources, comment_id, "unlike")


@post("/{comment_id:str}/hide-author", name="comments:hide_author", operation_id="HideCommentsOfAuthor",
      status_code=200)  # fmt: skip
async def hide_author(comment_id: FromPath[str], request: AnyRequest, resources: App) -> BulkAnswer:
    """Hide all that this comment's author has written under this account's ads or posts."""
    from app.comments.act import bulk

    return BulkAnswer.of(await bulk.hide_author(resources, by_of(request), comment_id))


@delete("/{comment_id:str}", name="comments:delete", operation_id="DeleteComment")
async def delete_comment(comment_id: FromPath[str], request: AnyRequest, resources: App) -> None:
    """Delete an answer or a comment of your own."""
    from app.comments.act.moderating import delete_own

    await delete_own(resources, by_of(request), comment_id)


@post("/{comment_id:str}/done", name="comments:done", operation_id="FinishComment", status_code=200)
async def finish(comment_id: FromPath[str], request: AnyRequest, resources: App) -> CommentRead:
    """Say that nothing is left to do about it."""
    return await _act(request, resources, comment_id, "done")


@post("/{comment_id:str}/open", name="comments:open", operation_id="OpenComment", status_code=200)
async def reopen(comment_id: FromPath[str], request: AnyRequest, resources: App) -> CommentRead:
    """Say that somebody is at it, or has to be."""
    return await _act(request, resources, comment_id, "open")


@post("/{comment_id:str}/unread", name="comments:unread", operation_id="MarkCommentUnread", status_code=200)
async def mark_unread(comment_id: FromPath[str], request: AnyRequest, resources: App) -> CommentRead:
    """Let it look as if nobody had seen it."""
    return await _act(request, resources, comment_id, "unread")


@put("/{comment_id:str}/assignee", name="comments:assignee", operation_id="AssignComment")
async def assign(
    data: JSONBody[AssigneeAsk], comment_id: FromPath[str], request: AnyRequest, resources: App
) -> CommentRead:
    """Give it to a person of the team, or to nobody."""
    return await _act(request, resources, comment_id, "assign", data.assigned_to)


@put("/{comment_id:str}/answering", name="comments:answering", operation_id="NoteAnswering")
async def note_answering(comment_id: FromPath[str], request: AnyRequest, resources: App) -> AnsweringRead:
    """Say that you answer it just now, for 45 seconds; the answer names who else does."""
    from app.comments.act.handling import note_answering as note

    return AnsweringRead(answering=await note(resources, by_of(request), comment_id))


@delete("/{comment_id:str}/answering", name="comments:answering:end", operation_id="EndAnswering")
async def end_answering(comment_id: FromPath[str], request: AnyRequest, resources: App) -> None:
    """Say that you do not answer it any more."""
    from app.comments.act.handling import note_left

    await note_left(resources, by_of(request), comment_id)


async def _act(
    request: AnyRequest, app: Resources, comment_id: str, action: str, assignee_id: str | None = None
) -> CommentRead:
    from app.comments.act.bulk import act_on_many
    from app.comments.actions import Action
    from app.comments.face.listing import get_thread

    by = by_of(request)
    done = await act_on_many(app, by, Action(action), [comment_id], assignee_id=assignee_id)
    if (error := done.outcomes[0].error) is not None:
        raise error
    return CommentRead.of(await get_thread(app, comment_id, viewer_id=by.admin_id or ""))


def by_of(request: AnyRequest) -> By:
    """Who asks: a person by their address, a program by its key's name."""
    user = request.scope.get("user")
    email = getattr(user, "email", None)
    admin_id = getattr(user, "id", None) if email else None
    return By(str(email or getattr(user, "name", "") or "program"), admin_id if isinstance(admin_id, str) else None)


handlers: list[ControllerRouterHandler] = [
    act_on_many,
    reply,
    comment_on_post,
    hide,
    show,
    pin,
    unpin,
    like,
    unlike,
    hide_author,
    delete_comment,
    finish,
    reopen,
    mark_unread,
    assign,
    note_answering,
    end_answering,
]
