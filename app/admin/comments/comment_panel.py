"""The comment beside the queue: its thread, the ad, what can be done about it, and why something cannot."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import col, select

from app.admin.comments.query import InboxQuery
from app.admin.comments.rows import chips_of
from app.admin.comments.words import LANGUAGES
from app.auth.models import Admin
from app.comments.access.opened import LONGEST_REPLY
from app.comments.actions import By
from app.comments.allowed import HINDERS_ALL
from app.comments.canned import fill, list_canned
from app.comments.errors import CommentNotFound
from app.comments.face.listing import Shown, get_thread, list_rows
from app.comments.models import Comment, CommentAd, CommentPost, CommentSource
from app.comments.models_said import ReplyState
from app.messages.message import Message
from app.posts.models import HAS_MANY_IDS, IDS_AT_TIKTOK, Post
from app.resources import Resources


@dataclass(frozen=True, slots=True)
class CannedView:
    """A prepared answer, filled in for this comment."""

    id: str
    title: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Pending:
    """An answer of ours that is not settled. `is_lost`: nobody knows yet whether it was said."""

    text: str
    by: str
    is_lost: bool


@dataclass(frozen=True, slots=True)
class ReplyView:
    """A comment of the thread."""

    row: Comment
    can_delete: bool


@dataclass(frozen=True, slots=True)
class OneView:
    """The comment. `own_post`: the business account's under which it stands. `why_not`: why it cannot be answered, by
    its name and in words.
    """

    row: Comment
    chips: Sequence[tuple[str, str]]
    thread: Sequence[ReplyView]
    pending: Sequence[Pending]
    answering: Sequence[str]
    assignee: str
    why_not: str
    why_not_text: Message | None
    can_change: bool
    language: str
    canned: Sequence[CannedView]
    ad: CommentAd | None
    own_post: CommentPost | None
    post_id: str
    post_title: str
    next_id: str
    limit: int
    typed: str
    problem: Sequence[str]
    is_lost: bool

    @property
    def is_hidden(self) -> bool:
        return self.row.status != "PUBLIC"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request wants shown beside what is stored: what was typed, and what came of it."""

    typed: str = ""
    problem: Sequence[str] = ()
    is_lost: bool = False
    canned: str = ""


async def read_one(
    app: Resources, viewer: Admin, query: InboxQuery, asked: Asked, beside: Sequence[str] = ()
) -> OneView | None:
    """Collect it; None where there is no such comment any more. `beside`: the ids that the queue shows beside it."""
    try:
        shown = await get_thread(app, query.comment, viewer_id=viewer.id)
    except CommentNotFound:
        return None
    row, why = shown.row, shown.why_not
    async with app.read() as session:
        prepared = await list_canned(session, language=row.language)
        key = (row.mode, row.owner_id, row.ad_id or "")
        ad = await session.get(CommentAd, key) if row.source is CommentSource.ad else None
    canned = [CannedView(one.id, one.title, fill(one.text, row), one.language) for one in prepared]
    chosen = next((one.text for one in canned if one.id == asked.canned), "")
    post_id, post_title = await find_post_of_ours(app, row.item_id or (ad.item_id if ad else None))
    can_change = why not in HINDERS_ALL
    return OneView(
        row=row,
        chips=chips_of(row),
        thread=[ReplyView(reply.row, can_change and reply.row.is_own) for reply in shown.thread],
        pending=[Pending(one.text, one.caller, one.state is ReplyState.unknown) for one in shown.pending],
        answering=shown.answering,
        assignee=shown.assignee or "",
        why_not=why.value if why else "",
        why_not_text=why.message if why else None,
        can_change=can_change,
        language=LANGUAGES.get(row.language, ""),
        canned=canned,
        ad=ad,
        own_post=shown.post,
        post_id=post_id,
        post_title=post_title,
        next_id=await _find_next(app, viewer, query, shown, beside),
        limit=LONGEST_REPLY[row.source],
        typed=asked.typed or chosen,
        problem=asked.problem,
        is_lost=asked.is_lost,
    )


async def keep_looking(app: Resources, viewer: Admin, row_id: str) -> list[str]:
    """Say that somebody is at a comment, which is unread no more; name who else is. Raises CommentNotFound."""
    from app.comments.act.handling import note_answering

    return await note_answering(app, By(viewer.email, viewer.id), row_id)


async def _find_next(app: Resources, viewer: Admin, query: InboxQuery, shown: Shown, beside: Sequence[str]) -> str:
    """Find the next comment of the queue: the one below, else the first that is another."""
    below = beside[beside.index(shown.row.id) + 1 :] if shown.row.id in beside else ()
    if below:
        return below[0]
    wanted = query.to_wanted(viewer.id)
    for cursor in (str(shown.row.position), None):
        page = await list_rows(app, wanted, limit=2, cursor=cursor)
        for row, _ in page.items:
            if row.id != shown.row.id:
                return row.id
    return ""


async def find_post_of_ours(app: Resources, item_id: str | None) -> tuple[str, str]:
    """Find the post of ours that an ad shows, or under which the comment stands."""
    if not (item_id and item_id.isascii() and item_id.isdigit()):
        return "", ""
    # Word for word as the partial indexes have it, so that they serve.
    ids: sa.ColumnElement[str] = sa.literal_column(IDS_AT_TIKTOK)
    is_among = sa.and_(sa.literal_column(HAS_MANY_IDS), ids.contains(f'"{item_id}"'))
    async with app.read() as session:
        for is_it in (ids == json.dumps([item_id]), is_among):
            query = select(Post.id, Post.title).where(col(Post.finalized_at).is_not(None), is_it).limit(1)
            if found := (await session.exec(query)).first():
                return found[0], found[1]
    return "", ""
