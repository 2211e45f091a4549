"""The first steps of the inbox, in the order of the document that set-ups are checked by."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import col, select

from app.admin.comments.words import STEPS
from app.ads.access import mode_of
from app.comments.models import Comment, CommentAd, CommentReply, ReplyState
from app.resources import Resources


@dataclass(frozen=True, slots=True)
class Step:
    """One step, and whether it is done."""

    name: str
    label: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the inbox is: ads known, comments read, an answer given."""

    has_ads: bool
    has_comments: bool
    has_replied: bool


async def read_standing(app: Resources) -> Standing:
    """Look what there is."""
    mode = mode_of(app)
    is_said = select(CommentReply.id).join(Comment, col(Comment.id) == col(CommentReply.comment_row_id))
    queries = (
        select(CommentAd.ad_id).where(CommentAd.mode == mode),
        select(Comment.id).where(Comment.mode == mode),
        is_said.where(Comment.mode == mode, CommentReply.state == ReplyState.done),
    )
    async with app.read() as session:
        ads, comments, replied = [
            bool((await session.exec(select(sa.exists(query.limit(1))))).one()) for query in queries
        ]
    return Standing(ads, comments, replied)


def list_steps(standing: Standing, *, has_accounts: bool, is_chosen: bool) -> Sequence[Step]:
    """List the steps. Whatever comes after a step shows that it was taken."""
    done = {
        "open": True,
        "connect": has_accounts,
        "authorize": has_accounts,
        "advertiser": has_accounts and (is_chosen or standing.has_replied),
        "ads": standing.has_ads,
        "comments": standing.has_comments,
        "reply": standing.has_replied,
    }
    return [Step(name, label, done[name]) for name, label in STEPS.items()]
