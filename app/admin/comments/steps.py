"""The first steps of the inbox, in the order of the document that set-ups are checked by."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import col, select

from app.admin.comments.words import OWN_STEPS, STEPS
from app.ads.access import mode_of
from app.comments.models import IS_FIRST, Comment, CommentAd, CommentSource
from app.comments.models_said import CommentReply, ReplyState
from app.resources import Resources


@dataclass(frozen=True, slots=True)
class Step:
    """One step, and whether it is done."""

    name: str
    label: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the inbox is: ads known, comments read, also under ads, an answer given."""

    has_ads: bool
    has_comments: bool
    has_ad_comments: bool
    has_replied: bool


async def read_standing(app: Resources) -> Standing:
    """Look what there is."""
    mode = mode_of(app)
    # Not joined: where nothing was said yet, that begins with all comments.
    is_here = sa.exists().where(col(Comment.id) == col(CommentReply.comment_row_id), col(Comment.mode) == mode)
    queries = (
        select(CommentAd.ad_id).where(CommentAd.mode == mode),
        select(Comment.id).where(Comment.mode == mode),
        # Word for word as a partial index has it, so that it serves.
        select(Comment.id).where(Comment.mode == mode, Comment.source == CommentSource.ad, sa.literal_column(IS_FIRST)),
        select(CommentReply.id).where(CommentReply.state == ReplyState.done, is_here),
    )
    async with app.read() as session:
        there = [bool((await session.exec(select(sa.exists(query.limit(1))))).one()) for query in queries]
    return Standing(*there)


def list_own_steps(standing: Standing) -> Sequence[Step]:
    """List the steps where a business account is connected, and no advertiser is."""
    done = {
        "open": True,
        "business": True,
        "own_comments": standing.has_comments,
        "own_reply": standing.has_replied,
    }
    return [Step(name, label, done[name]) for name, label in OWN_STEPS.items()]


def list_steps(standing: Standing, *, has_accounts: bool, is_chosen: bool) -> Sequence[Step]:
    """List the document's steps. Whatever comes after a step shows that it was taken."""
    done = {
        "open": True,
        "connect": has_accounts,
        "authorize": has_accounts,
        "advertiser": has_accounts and (is_chosen or standing.has_replied),
        "ads": standing.has_ads,
        "comments": standing.has_ad_comments,
        "reply": standing.has_replied,
    }
    return [Step(name, label, done[name]) for name, label in STEPS.items()]
