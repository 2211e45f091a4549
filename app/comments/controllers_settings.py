"""The routes of what is set for the inbox: blocked words, prepared answers, and of what the newsroom is told."""

from typing import Annotated, Any

from litestar import Request, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler
from sqlmodel.ext.asyncio.session import AsyncSession

from app.comments.controllers_acts import by_of
from app.comments.face.schemas_settings import (
    CannedCreate,
    CannedList,
    CannedRead,
    CannedUpdate,
    RuleAsk,
    RuleRead,
    WordsAsk,
    WordsRead,
)
from app.resources import Resources

AnyRequest = Request[Any, Any, Any]
Session = NamedDependency[AsyncSession]


@get("/blocked-words", name="comments:words", operation_id="ListBlockedWords")
async def list_words(
    resources: NamedDependency[Resources],
    advertiser_id: Annotated[str, QueryParameter(pattern=r"^[0-9]{1,20}$")],
) -> WordsRead:
    """Ask TikTok which words hide a comment in this ad account."""
    from app.comments.blocked_words import list_words as find

    return WordsRead(advertiser_id=advertiser_id, words=await find(resources, advertiser_id))


@put("/blocked-words", name="comments:words:set", operation_id="SetBlockedWords")
async def set_words(data: JSONBody[WordsAsk], request: AnyRequest, resources: NamedDependency[Resources]) -> WordsRead:
    """Let exactly these words hide a comment in this ad account; 500 at most."""
    from app.comments.blocked_words import set_words as change

    words = await change(resources, by_of(request).name, data.advertiser_id, data.words)
    return WordsRead(advertiser_id=data.advertiser_id, words=words)


@get("/canned-replies", name="comments:canned", operation_id="ListCannedReplies")
async def list_canned(
    resources: NamedDependency[Resources],
    session: Session,
    language: Annotated[str, QueryParameter(max_length=16)] = "",
    comment_id: Annotated[str, QueryParameter(max_length=36)] = "",
) -> CannedList:
    """List prepared answers, those in `language` first; with `comment_id` filled in for that comment."""
    from app.comments import canned
    from app.comments.lookup import get_comment

    row = await get_comment(resources, comment_id) if comment_id else None
    found = await canned.list_canned(session, language=language or (row.language if row else ""))
    return CannedList(items=[CannedRead.of(one, canned.fill(one.text, row) if row else None) for one in found])


@post("/canned-replies", name="comments:canned:create", operation_id="CreateCannedReply")
async def create_canned(data: JSONBody[CannedCreate], session: Session) -> CannedRead:
    """Prepare an answer, in one language."""
    from app.comments import canned

    return CannedRead.of(await canned.create_canned(session, title=data.title, text=data.text, language=data.language))


@patch("/canned-replies/{canned_id:str}", name="comments:canned:update", operation_id="UpdateCannedReply")
async def update_canned(data: JSONBody[CannedUpdate], canned_id: FromPath[str], session: Session) -> CannedRead:
    """Change a prepared answer; what is left out stays as it is."""
    from app.comments import canned

    changes = {name: value for name, value in data.model_dump(exclude_unset=True).items() if value is not None}
    return CannedRead.of(await canned.update_canned(session, canned_id, changes))


@delete("/canned-replies/{canned_id:str}", name="comments:canned:delete", operation_id="DeleteCannedReply")
async def delete_canned(canned_id: FromPath[str], session: Session) -> None:
    """Forget a prepared answer."""
    from app.comments import canned

    await canned.delete_canned(session, canned_id)


@get("/rule", name="comments:rule", operation_id="ShowCommentRule")
async def show_rule(session: Session) -> RuleRead:
    """Show of which new comments the newsroom is told, as the event `comment.new`."""
    from app.comments.rule import read_rule

    return RuleRead.of(await read_rule(session))


@put("/rule", name="comments:rule:set", operation_id="SetCommentRule")
async def set_rule(data: JSONBody[RuleAsk], session: Session) -> RuleRead:
    """Set it as a whole."""
    from app.comments.rule import set_rule as change

    row = await change(session, words=data.words, negative=data.negative, questions=data.questions, every=data.every)
    return RuleRead.of(row)


handlers: list[ControllerRouterHandler] = [
    list_words, set_words, list_canned, create_canned, update_canned, delete_canned, show_rule, set_rule,
]  # fmt: skip
