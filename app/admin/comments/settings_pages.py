"""What the pages of prepared answers and of blocked words show, and what their forms change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from pydantic import ValidationError
from sqlmodel import col, select

from app.admin.comments.forms import CannedInput, RuleInput, WordsInput, lines_of
from app.admin.comments.words import LANGUAGES
from app.ads.access import mode_of
from app.ads.connections import showing
from app.ads.connections.errors import AdvertiserNotFound
from app.ads.connections.schemas import AdvertiserRead
from app.ads.desk.errors import InvalidInput
from app.auth.models import Admin
from app.comments import blocked_words, canned
from app.comments.face.schemas_settings import CannedCreate
from app.comments.models import CannedReply, Comment, CommentFeed, CommentRule, CommentSource
from app.comments.rule import read_rule, set_rule
from app.messages import comments as said
from app.resources import Resources
from app.tiktok_business.comments import LONGEST_REPLY

_MOST_ACCOUNTS = 1000


@dataclass(frozen=True, slots=True)
class CannedPage:
    """Prepared answers, a form for one of them or for a new one, and the rule of what is told."""

    items: Sequence[CannedReply]
    edit: str
    form: CannedInput
    problem: Sequence[str]
    rule: CommentRule
    limit: int = LONGEST_REPLY
    variables: Sequence[str] = canned.VARIABLES

    @property
    def languages(self) -> Mapping[str, str]:
        return LANGUAGES


@dataclass(frozen=True, slots=True)
class WordLine:
    """A blocked word, and how many comments of the inbox it has hidden."""

    word: str
    hits: int


@dataclass(frozen=True, slots=True)
class WordsPage:
    """The blocked words of an ad account. `told_at`: when TikTok last told them, None: never."""

    accounts: Sequence[AdvertiserRead]
    advertiser_id: str
    lines: Sequence[WordLine]
    told_at: datetime | None
    may_write: bool
    problem: Sequence[str]
    typed: str


async def read_canned_page(
    app: Resources, *, edit: str = "", typed: CannedInput | None = None, problem: Sequence[str] = ()
) -> CannedPage:
    """Collect the page."""
    async with app.read() as session:
        items = await canned.list_canned(session)
        rule = await read_rule(session)
    chosen = next((one for one in items if one.id == edit), None)
    form = typed or (CannedInput(**chosen.model_dump(include={"title", "text", "language"})) if chosen else None)
    return CannedPage(items, chosen.id if chosen else "", form or CannedInput(), problem, rule)


async def save_canned(app: Resources, data: CannedInput, canned_id: str) -> None:
    """Make or change a prepared answer. Raises InvalidInput, CannedReplyNotFound."""
    try:
        wanted = CannedCreate(title=data.title, text=data.text, language=data.language)
    except ValidationError as error:
        fields = {str(fault["loc"][0]) for fault in error.errors() if fault["loc"]}
        raise InvalidInput(dict.fromkeys(sorted(fields)[:1], said.CANNED_INCOMPLETE)) from None
    async with app.transaction() as session:
        if canned_id:
            await canned.update_canned(session, canned_id, wanted.model_dump())
        else:
            await canned.create_canned(session, title=wanted.title, text=wanted.text, language=wanted.language)


async def read_words_page(
    app: Resources, admin: Admin, advertiser_id: str, *, problem: Sequence[str] = (), typed: str = ""
) -> WordsPage:
    """Collect the page; no call goes to TikTok for it."""
    accounts = (await showing.read_advertisers(app, admin.id, limit=_MOST_ACCOUNTS, cursor=None)).items
    chosen = next((one for one in accounts if one.advertiser_id == advertiser_id), None)
    chosen = chosen or next((one for one in accounts if one.current), accounts[0] if accounts else None)
    if chosen is None:
        return WordsPage((), "", (), None, may_write=False, problem=problem, typed=typed)
    owner_id = chosen.advertiser_id
    async with app.read() as session:
        query = select(CommentFeed).where(
            CommentFeed.mode == mode_of(app), CommentFeed.source == CommentSource.ad, CommentFeed.owner_id == owner_id
        )
        feed = (await session.exec(query)).first()
        counted = (
            select(Comment.hit_word, sa.func.count())
            .where(Comment.mode == mode_of(app), Comment.owner_id == owner_id, col(Comment.hit_word).is_not(None))
            .group_by(col(Comment.hit_word))
        )
        hits = {word: number for word, number in (await session.exec(counted)).all() if word}
    lines = [WordLine(word, hits.get(word, 0)) for word in sorted(feed.words if feed else [], key=str.casefold)]
    may_write = chosen.role != "Analyst"
    return WordsPage(accounts, owner_id, lines, feed.words_at if feed else None, may_write, problem, typed)


async def change_words(app: Resources, admin: Admin, data: WordsInput) -> None:
    """Ask TikTok what is blocked, and set that with the changes. Raises what setting the words raises."""
    if not data.advertiser_id:
        raise AdvertiserNotFound
    now_blocked = await blocked_words.list_words(app, data.advertiser_id)
    dropped = set(data.drop)
    wanted = [word for word in now_blocked if word not in dropped] + lines_of(data.add)
    if wanted != now_blocked:
        await blocked_words.set_words(app, admin.email, data.advertiser_id, wanted)


async def change_rule(app: Resources, data: RuleInput) -> None:
    """Set the rule as a whole."""
    listed = [word[:100] for word in lines_of(data.words)[:500]]
    async with app.transaction() as session:
        await set_rule(session, words=listed, negative=data.negative, questions=data.questions, every=data.every)
