"""What people do: editors to posts and accounts here, creators in TikTok's app."""

from collections.abc import Callable

from pydantic import BaseModel
from sqlmodel import select

from app.accounts.connect.disconnect import disconnect_account
from app.accounts.models import Account
from app.emulator.open_api.oauth import remove_authorization
from app.emulator.world.records import Post as TikTokPost
from app.emulator.world.world import World
from app.errors import AppError
from app.posts.face.decisions import decide as carry_out
from app.posts.models import Post, PostState
from app.posts.schemas_decisions import PostApprove, PostReject, PostResolve
from tests.torture.stage import Stage
from tests.torture.truths import Decisions

_BY = "editor@news.example"


async def decide(stage: Stage, decisions: Decisions, post: Post, action: str, *, is_posted: bool) -> None:
    """Make one of the moves that a person has, as the page offered them, and note what was taken upon oneself by it."""
    app = stage.web.app
    try:
        await carry_out(app, post.id, action, _input(action, is_posted=is_posted), by=_BY)
    except AppError:
        return
    if action == "resolve":
        (decisions.said_posted if is_posted else decisions.said_gone).add(post.id)
    is_risk = post.state is PostState.unconfirmed or post.alert is not None
    if (action == "retry" and is_risk) or (action == "resolve" and not is_posted):
        decisions.sent_again[post.id] += 1


def _input(action: str, *, is_posted: bool) -> BaseModel | None:
    match action:
        case "approve":
            return PostApprove()
        case "reject":
            return PostReject(comment="Not this one.")
        case "resolve":
            return PostResolve(verdict="posted" if is_posted else "not_posted")
        case _:
            return None


async def disconnect(stage: Stage, open_id: str, *, by_creator: bool) -> None:
    """End the permission: the creator in TikTok's app, or an editor here."""
    if by_creator:
        remove_authorization(stage.tiktok.world, open_id, 1)
        return
    async with stage.web.app.read() as session:
        account = (await session.exec(select(Account).where(Account.open_id == open_id))).one()
    await disconnect_account(stage.web.app, account.id)


async def use_tiktok(stage: Stage, deed: Callable[[World, TikTokPost], bool], post: TikTokPost) -> None:
    """Let the creator do something to a post in TikTok's app."""
    deed(stage.tiktok.world, post)
