"""The inbox as it is shown: by filters, words and cursor, with threads, and why one cannot answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.access import mode_of
from app.auth.models import Admin
from app.comments.act.handling import list_answering
from app.comments.allowed import WhyNot, read_standing
from app.comments.face.counting import count_known, count_waiting_by
from app.comments.face.selecting import Wanted, select_comments
from app.comments.lookup import get_comment
from app.comments.models import IS_WAITING, Comment, CommentAd, CommentPost, CommentSource, CommentState
from app.comments.models_said import OPEN, CommentReply
from app.kit.paging import Page
from app.resources import Resources

MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Shown:
    """A comment with all that stands around it. `post`: the business account's under which it stands. `pending`:
    answers of ours of which nobody knows yet.
    """

    row: Comment
    why_not: WhyNot | None
    thread: Sequence["Shown"] = ()
    pending: Sequence[CommentReply] = ()
    answering: Sequence[str] = ()
    assignee: str | None = None
    post: CommentPost | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many wait, up to MOST_COUNTED of each."""

    unread: int
    open: int


@dataclass(frozen=True, slots=True)
class AdShown:
    """An ad, and how many comments of the first level stand under it."""

    row: CommentAd
    comments: int
    unread: int


async def list_comments(
    app: Resources, wanted: Wanted, *, limit: int = 50, cursor: str | None = None, viewer_id: str = ""
) -> Page[Shown]:
    """Give a page, the newest comment first. What comes meanwhile moves nothing: the cursor is a place in time."""
    limit = max(1, min(limit, 200))
    async with app.read() as session:
        rows = await select_comments(session, app, wanted, limit + 1, cursor)
        page = rows[:limit]
        items = await _show(session, app, page, viewer_id)
    return Page(items, str(page[-1].position) if len(rows) > limit else None)


async def list_rows(
    app: Resources, wanted: Wanted, *, limit: int, cursor: str | None = None
) -> Page[tuple[Comment, CommentPost | None]]:
    """Give a page as `list_comments` does, of each comment only itself and the post under which it stands."""
    async with app.read() as session:
        rows = await select_comments(session, app, wanted, limit + 1, cursor)
        page = rows[:limit]
        posts = await find_posts(session, page)
    items = [(row, posts.get(row.id)) for row in page]
    return Page(items, str(page[-1].position) if len(rows) > limit else None)


async def get_thread(app: Resources, row_id: str, *, viewer_id: str = "") -> Shown:
    """Give a comment with its thread. Raises CommentNotFound."""
    row = await get_comment(app, row_id)
    async with app.read() as session:
        return (await _show(session, app, [row], viewer_id))[0]


async def count_waiting(app: Resources, owner_id: str = "") -> Counts:
    """Count what waits for the newsroom; of one ad account or business account, where it is named."""
    found = {}
    async with app.read() as session:
        for state in (CommentState.unread, CommentState.open):
            if owner_id:
                counted = await count_waiting_by(session, Comment.owner_id, [owner_id], state)
                found[state] = min(counted.get(owner_id, 0), MOST_COUNTED)
                continue
            where: tuple[sa.ColumnElement[bool], ...] = (
                col(Comment.mode) == mode_of(app), sa.literal_column(IS_WAITING), col(Comment.state) == state,
            )  # fmt: skip
            few = select(Comment.position).where(*where).limit(MOST_COUNTED).subquery()
            found[state] = (await session.exec(select(sa.func.count()).select_from(few))).one()
    return Counts(found[CommentState.unread], found[CommentState.open])


async def list_ads(app: Resources, advertiser_id: str) -> list[AdShown]:
    """List the ads of an ad account as they were last told, those with unread comments first."""
    async with app.read() as session:
        query = select(CommentAd).where(
            CommentAd.mode == mode_of(app), CommentAd.advertiser_id == advertiser_id, col(CommentAd.is_gone).is_(False)
        )
        ads = (await session.exec(query)).all()
        ids = [row.ad_id for row in ads]
        every = await count_known(session, Comment.ad_id, ids)
        unread = await count_waiting_by(session, Comment.ad_id, ids)
    shown = [AdShown(row, every.get(row.ad_id, 0), unread.get(row.ad_id, 0)) for row in ads]
    return sorted(shown, key=lambda one: (-one.unread, -one.comments, one.row.ad_name))


async def _show(session: AsyncSession, app: Resources, rows: Sequence[Comment], viewer_id: str) -> list[Shown]:
    if not rows:
        return []
    threads = await _threads(session, rows)
    every = [*rows, *(reply for thread in threads.values() for reply in thread)]
    standing = await read_standing(session, app, every)
    ids = [row.id for row in rows]
    answering = await list_answering(session, ids, but=viewer_id)
    pending = await _pending(session, ids)
    names = await _names(session, rows)
    posts = await find_posts(session, rows)
    return [
        Shown(
            row,
            standing.why_not(row),
            [Shown(reply, standing.why_not(reply)) for reply in threads.get(row.comment_id, ())],
            pending.get(row.id, ()),
            answering.get(row.id, ()),
            names.get(row.assignee_id or ""),
            posts.get(row.id),
        )
        for row in rows
    ]


async def find_posts(session: AsyncSession, rows: Sequence[Comment]) -> dict[str, CommentPost]:
    """Find the posts of business accounts under which comments stand, by the comments' ids in the inbox."""
    own = [row for row in rows if row.source is CommentSource.organic]
    if not own:
        return {}
    query = select(CommentPost).where(
        CommentPost.mode == own[0].mode, col(CommentPost.item_id).in_({row.place_id for row in own})
    )
    found = {(post.account_id, post.item_id): post for post in (await session.exec(query)).all()}
    return {row.id: post for row in own if (post := found.get((row.owner_id, row.place_id))) is not None}


async def _threads(session: AsyncSession, rows: Sequence[Comment]) -> dict[str, list[Comment]]:
    parents = [row.comment_id for row in rows if row.parent_comment_id is None]
    owners = {(row.mode, row.owner_id) for row in rows}
    query = select(Comment).where(
        col(Comment.parent_comment_id).in_(parents), col(Comment.parent_comment_id).is_not(None),
        col(Comment.deleted_at).is_(None),
    )  # fmt: skip
    found: dict[str, list[Comment]] = {}
    for row in (await session.exec(query.order_by(col(Comment.position)))).all():
        if (row.mode, row.owner_id) in owners:
            found.setdefault(row.parent_comment_id or "", []).append(row)
    return found


async def _pending(session: AsyncSession, ids: Sequence[str]) -> dict[str, list[CommentReply]]:
    query = select(CommentReply).where(col(CommentReply.comment_row_id).in_(ids), col(CommentReply.state).in_(OPEN))
    found: dict[str, list[CommentReply]] = {}
    for row in (await session.exec(query.order_by(col(CommentReply.created_at)))).all():
        found.setdefault(row.comment_row_id, []).append(row)
    return found


async def _names(session: AsyncSession, rows: Sequence[Comment]) -> dict[str, str]:
    wanted = {row.assignee_id for row in rows if row.assignee_id}
    if not wanted:
        return {}
    query = select(Admin.id, Admin.email).where(col(Admin.id).in_(wanted))
    return dict((await session.exec(query)).all())
