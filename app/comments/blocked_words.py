"""The blocked words of an ad account: read, and set as a whole."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import col

from app.ads.access import mode_of
from app.ads.connections.reach import Reach, reach_advertiser
from app.ads.desk.errors import InvalidInput, desk_error
from app.ads.desk.writing import PATIENCE, Desk
from app.audit.record import record
from app.comments.models import CommentFeed, CommentSource
from app.kit.clock import utcnow
from app.kit.text import clean
from app.messages import comments as said
from app.resources import Resources
from app.tiktok_business.codes import Kind
from app.tiktok_business.comments import MOST_WORDS
from app.tiktok_business.errors import BusinessError
from app.tiktok_business.family import every

LONGEST_WORD = 100


async def read_words(app: Resources, feed: CommentFeed, reach: Reach) -> list[str]:
    """Ask TikTok which words are blocked, and keep them. Where the token may not see them there are none."""
    try:
        words = await _ask(reach)
    except BusinessError as error:
        if error.meaning.kind not in {Kind.permission, Kind.parameter, Kind.missing, Kind.sandbox}:
            raise
        words = []
    await _keep(app, feed.owner_id, words)
    return words


async def list_words(app: Resources, advertiser_id: str) -> list[str]:
    """Give the words that TikTok blocks now. Raises what reaching the ad account raises."""
    reach = await reach_advertiser(app, advertiser_id, patience=PATIENCE)
    try:
        words = await _ask(reach)
    except BusinessError as error:
        raise desk_error(error) from error
    await _keep(app, advertiser_id, words)
    return words


async def set_words(app: Resources, caller: str, advertiser_id: str, words: Sequence[str]) -> list[str]:
    """Let exactly these words be blocked; give what TikTok has then. Raises InvalidInput, RoleForbids …"""
    wanted = list(dict.fromkeys(word for word in map(clean, words) if word))
    if len(wanted) > MOST_WORDS:
        raise InvalidInput({"words": said.too_many_words(MOST_WORDS)})
    if any(len(word) > LONGEST_WORD for word in wanted):
        raise InvalidInput({"words": said.word_too_long(LONGEST_WORD)})
    before: list[str] = []

    async def work(reach: Reach) -> list[str]:
        before.extend(await _ask(reach))
        if dropped := [word for word in before if word not in wanted]:
            await reach.client.comments.drop_words(advertiser_id, dropped)
        if added := [word for word in wanted if word not in before]:
            await reach.client.comments.add_words(advertiser_id, added)
        return await _ask(reach)

    desk = Desk(app, caller)
    now_blocked = await desk.write("ads.comments.words", advertiser_id, {"words": wanted}, work)
    await _keep(app, advertiser_id, now_blocked)
    async with app.transaction() as session:
        record(session, "comments.words_changed", object_kind="advertiser", object_id=advertiser_id,
               before={"words": before}, after={"words": now_blocked})  # fmt: skip
    return now_blocked


async def _ask(reach: Reach) -> list[str]:
    words = every(reach.client.comments.list_words, reach.advertiser_id)
    return list(dict.fromkeys([one.bw_content async for one in words if one.bw_content]))


async def _keep(app: Resources, advertiser_id: str, words: Sequence[str]) -> None:
    async with app.transaction() as session:
        kept = sa.update(CommentFeed).where(*_of(app, advertiser_id))
        await session.exec(kept.values(words=list(words), words_at=utcnow()))


def _of(app: Resources, advertiser_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        col(CommentFeed.mode) == mode_of(app),
        col(CommentFeed.source) == CommentSource.ad,
        col(CommentFeed.owner_id) == advertiser_id,
    )
