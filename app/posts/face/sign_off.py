"""Sign-off by a one-time link: one post as it stood, one decision, no login."""

from datetime import timedelta

import sqlalchemy as sa
from pydantic import BaseModel
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.schemas import CreatorInfoRead
from app.accounts.update import query_creator_info
from app.audit.record import Actor, ActorKind, act_as, acting, record
from app.auth.tokens import hash_token
from app.errors import AppError, Conflict, NotFound
from app.jobs import job
from app.kit.clock import rfc3339, utcnow
from app.kit.ids import new_token
from app.kit.redact import hide
from app.messages import decisions, post_refusals
from app.messages.message import Message
from app.posts.consent import hash_of
from app.posts.face.case import Case, find_post
from app.posts.face.decisions import decide_case
from app.posts.face.views import get_post
from app.posts.models import Post, PostState
from app.posts.models_approval import PostViewer, SignOffLink
from app.posts.schemas_sign_off import SignOffCreate, SignOffCreated, SignOffRead
from app.posts.transitions import note
from app.resources import Resources

LINK_LIFE = timedelta(hours=24)
KEPT_FOR = timedelta(days=30)
"""So long a link that is over can say why."""
PAGE = "/approve"
DECISIONS_BY_LINK = frozenset({"approve", "reject"})


class LinkIsOver(NotFound):
    """The link was used, ran out, or never was one."""

    code = "link_over"
    title = post_refusals.SIGN_OFF_OVER


async def make_sign_off_link(app: Resources, post_id: str, data: SignOffCreate, *, by: str) -> SignOffCreated:
    """Make a link to a post that waits for approval, bound to its present words and pictures.

    Raises NotFound, and Conflict for a post that does not wait.
    """
    token, now = new_token(), utcnow()
    hide(token)
    async with app.transaction() as session:
        post = await find_post(session, post_id)
        if post.state is not PostState.awaiting_approval:
            raise Conflict(post_refusals.NOT_FOR_LINKS, code="state_forbids")
        link = SignOffLink(
            post_id=post_id,
            token_hash=hash_token(token),
            content_hash=await hash_of(session, post),
            made_by=by[:320],
            made_for=data.name,
            created_at=now,
            expires_at=now + LINK_LIFE,
        )
        session.add(link)
        await note(session, post_id, post.state, decisions.link_made(name=data.name, who=by))
        told = {"name": data.name, "expires_at": link.expires_at, "link": link.id}
        record(session, "sign_off.made", object_kind="post", object_id=post_id, object_name=post.title, after=told)
    return SignOffCreated(url=f"{app.settings.public_url}{PAGE}/{token}", expires_at=link.expires_at)


async def open_link(session: AsyncSession, token: str) -> tuple[SignOffLink, Post]:
    """Give the link that a token opens, and its post, and leave it good.

    Raises LinkIsOver, or Conflict where the post was changed or decided since.
    """
    link = (await session.exec(select(SignOffLink).where(SignOffLink.token_hash == hash_token(token)))).first()
    if link is None:
        raise LinkIsOver
    if link.used_at is not None:
        raise LinkIsOver(post_refusals.SIGN_OFF_USED)
    if link.expires_at <= utcnow():
        raise LinkIsOver(post_refusals.SIGN_OFF_EXPIRED)
    post = await session.get_one(Post, link.post_id)
    if post.state is not PostState.awaiting_approval:
        raise Conflict(post_refusals.SIGN_OFF_DECIDED, code="state_forbids")
    if link.content_hash != await hash_of(session, post):
        raise Conflict(post_refusals.SIGN_OFF_CHANGED, code="approval_outdated")
    return link, post


async def read_sign_off(app: Resources, token: str) -> SignOffRead:
    """Show what a link opens, with what TikTok allows the creator now. Raises as `open_link` does."""
    async with app.read() as session:
        link, post = await open_link(session, token)
        shown = await get_post(session, app.settings, post.id)
    creator, problem = await _ask_creator(app, post.account_id)
    return SignOffRead(
        **shown.model_dump(include={"article_title", "article_url", "account_name", "language", "kind", "title"}),
        **shown.model_dump(include={"description", "media", "content_hash"}),
        **link.model_dump(include={"post_id", "made_by", "made_for", "expires_at"}),
        creator=creator,
        creator_problem=problem,
    )


async def decide_by_link(app: Resources, token: str, name: str, data: BaseModel) -> Post:
    """Decide with a link, which is used up by it. Of two who do so at once one wins.

    Raises as `open_link` and the decision do; the link is then as good as before.
    """
    if name not in DECISIONS_BY_LINK:
        raise ValueError(f"no link decides {name}")
    async with app.transaction() as session:
        link, post = await open_link(session, token)
        act_as(Actor(ActorKind.guest, link.id, link.made_for, acting().address))
        await _use_up(session, link, name)
        afterwards = await decide_case(Case(app, session, post, link.made_for, link), name, data)
        told = {"name": link.made_for, "made_by": link.made_by, "made_at": rfc3339(link.created_at), "decision": name}
        record(
            session,
            "sign_off.used",
            object_kind="post",
            object_id=post.id,
            object_name=post.title,
            after={**told, "link": link.id},
        )
    if afterwards is not None:
        await afterwards()
    async with app.read() as session:
        return await find_post(session, post.id)


@job("posts.forget_sign_offs")
async def forget_sign_offs(app: Resources) -> None:
    """Delete links that were over long ago, and who looked at posts. A missed run only leaves rows that do nothing."""
    now = utcnow()
    async with app.transaction() as session:
        await session.exec(sa.delete(SignOffLink).where(col(SignOffLink.expires_at) < now - KEPT_FOR))
        await session.exec(sa.delete(PostViewer).where(col(PostViewer.until) < now))


async def _use_up(session: AsyncSession, link: SignOffLink, name: str) -> None:
    now = utcnow()
    used = await session.exec(
        sa.update(SignOffLink)
        .where(col(SignOffLink.id) == link.id, col(SignOffLink.used_at).is_(None), col(SignOffLink.expires_at) > now)
        .values(used_at=now, used_for=name)
    )
    if used.rowcount != 1:
        raise LinkIsOver(post_refusals.SIGN_OFF_USED)


async def _ask_creator(app: Resources, account_id: str) -> tuple[CreatorInfoRead | None, Message | None]:
    try:
        return CreatorInfoRead.model_validate(await query_creator_info(app, account_id)), None
    except AppError as error:
        return None, error.message
