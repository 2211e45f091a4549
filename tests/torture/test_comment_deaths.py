"""Death at every point of what we say: it is said once, or its outcome is known to be unknown; never twice.

Three ways to say something: an answer under an ad, an answer under a post of our own, and a comment of our own there.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from unittest.mock import patch

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.comments.act.commenting import comment_on_post
from app.comments.act.replying import reply
from app.comments.errors import ReplyOutcomeUnknown
from app.comments.models import Comment, CommentFeed
from app.comments.models_said import CommentReply, OwnComment, ReplyState, Said
from app.errors import AppError
from app.kit import failpoints
from app.kit.clock import utcnow
from tests.ads import conftest
from tests.ads.conftest import TikTok
from tests.ads.desk import OPERATOR
from tests.comments.inbox import Inbox, open_inbox
from tests.comments.own_posts import open_own_posts
from tests.support.nursery import Nursery
from tests.torture.deed import BY, Mortals

tiktok = conftest.tiktok
POINTS = (
    "reply.begun",  # the row is on disk, and nothing was sent
    "reply.sending",  # it has its turn, and no byte of it is sent
    "reply.answered",  # TikTok's answer is read and not stored
    "reply.stored",  # stored, and nobody told
)
WHILE_TIKTOK_ANSWERS = "while TikTok answers"
# Nobody can say of it whether it was sent: the outcome is unknown, and stays so.
UNSURE = "reply.sending"
# Where processes of their own die in `make test`: before the byte that decides, and behind it.
TELLING = ("reply.sending", "reply.answered")


class Killed(BaseException):
    """The process dies here: no handler of ours may catch it."""


@dataclass(frozen=True)
class Speech:
    """One of the ways to say something, at one spot."""

    inbox: Inbox
    deed: str
    spot: str
    endpoint: str
    table: type[Said]
    there: Callable[[], Awaitable[list[str]]]
    make_spot: Callable[[], Awaitable[str]]

    async def elsewhere(self) -> "Speech":
        """Go on at a new spot: a thread of hundreds is read whole whenever an outcome is looked up."""
        return replace(self, spot=await self.make_spot())

    async def say(self, text: str) -> ReplyState:
        if self.deed == "reply":
            return (await reply(self.inbox.app, BY, self.spot, text)).said.state
        return (await comment_on_post(self.inbox.app, BY, self.spot, text)).said.state

    async def rows(self) -> Sequence[Said]:
        async with self.inbox.app.read() as session:
            return (await session.exec(select(self.table))).all()

    async def let_leases_end(self) -> None:
        gone = {"lease_until": utcnow() - timedelta(seconds=1), "looked_at": None}
        async with self.inbox.app.transaction() as session:
            await session.exec(sa.update(self.table).values(**gone))


@asynccontextmanager
async def open_speech(way: str, folder: Path, database_url: str, tiktok: TikTok) -> AsyncIterator[Speech]:
    if way == "reply under an ad":
        async with open_inbox(folder, database_url, tiktok, OPERATOR) as inbox:
            [ad] = await inbox.make_ads(1)

            async def new_comment() -> str:
                await inbox.say(ad, "Is it true?")
                await inbox.sync()
                return await newest_row(inbox)

            async def under_ad() -> list[str]:
                return [one["content"] for one in await inbox.there(ad)]

            yield Speech(inbox, "reply", await new_comment(), "comment/post/", CommentReply, under_ad, new_comment)
        return
    async with open_own_posts(folder, database_url, tiktok) as posts:
        inbox = posts.inbox
        item_ids: list[str] = []

        async def under_posts() -> list[str]:
            return [one["text"] for item_id in item_ids for one in await posts.there(item_id)]

        async def new_post() -> str:
            item_ids.append(await posts.make_post(days=0.1))
            await posts.say(item_ids[-1], "Is it true?")
            async with inbox.app.transaction() as session:
                await session.exec(sa.update(CommentFeed).values(places_at=None))
            await inbox.sync()
            return item_ids[-1]

        async def new_comment_there() -> str:
            await new_post()
            return await newest_row(inbox)

        if way == "comment of our own":
            spot = await new_post()
            yield Speech(inbox, "comment", spot, "business/comment/create/", OwnComment, under_posts, new_post)
            return
        spot = await new_comment_there()
        endpoint = "business/comment/reply/create/"
        yield Speech(inbox, "reply", spot, endpoint, CommentReply, under_posts, new_comment_there)


async def newest_row(inbox: Inbox) -> str:
    """Give the question that came last: what was said of ours comes with a thread of its own, or none."""
    async with inbox.app.read() as session:
        query = select(Comment.id).where(Comment.text == "Is it true?").order_by(col(Comment.id).desc())
        return (await session.exec(query.limit(1))).one()


@pytest.fixture(params=("reply under an ad", "reply under a post", "comment of our own"))
async def speech(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: str, tiktok: TikTok
) -> AsyncIterator[Speech]:
    async with open_speech(request.param, tmp_path, database_url, tiktok) as opened:
        yield opened


async def die_at(speech: Speech, point: str, text: str) -> None:
    def take(_folder: Path, name: str) -> None:
        if name == point:
            raise Killed

    with (
        patch.object(failpoints, "_folder", Path("armed")),
        patch.object(failpoints, "_take", take),
        pytest.raises(Killed),
    ):
        await speech.say(text)


async def die_while_tiktok_answers(speech: Speech, text: str) -> None:
    inbox = speech.inbox
    await inbox.tiktok.fail_next(speech.endpoint, phase="after", hang=20.0)
    before = await inbox.count(speech.endpoint)
    saying = asyncio.create_task(speech.say(text))
    while await inbox.count(speech.endpoint) == before:
        assert not saying.done()
        await asyncio.sleep(0.02)
    # What a dead process does no more: it neither reads the answer nor writes anything.
    with patch.object(type(inbox.app.db), "transaction", side_effect=Killed):
        saying.cancel()
        with suppress(asyncio.CancelledError, Killed, Exception):
            await saying


async def kill_while_tiktok_answers(speech: Speech, mortals: Mortals, text: str) -> None:
    inbox = speech.inbox
    await inbox.tiktok.fail_next(speech.endpoint, phase="after", hang=20.0)
    before = await inbox.count(speech.endpoint)
    child = mortals.spawn(speech.deed, speech.spot, text)
    while await inbox.count(speech.endpoint) == before:
        assert child.poll() is None, mortals.told()
        await asyncio.sleep(0.05)
    await mortals.kill(child)


async def check_fates(speech: Speech, fates: dict[str, str]) -> None:
    inbox = speech.inbox
    await inbox.sync(next_at=utcnow(), whole_at=None)
    said = await speech.there()
    for text, fate in fates.items():
        assert said.count(text) == (1 if fate == "done" else 0), (text, fate)
    # What TikTok has is what the inbox has, in whatever order.
    known: list[str] = []
    query: dict[str, str] = {}
    while True:
        page = await inbox.get(limit=200, **query)
        known += [one["text"] for item in page["items"] for one in (item, *item["thread"])]
        if page["next_cursor"] is None:
            break
        query = {"cursor": page["next_cursor"]}
    assert sorted(known) == sorted(said)
    assert {one.state for one in await speech.rows()} == {ReplyState.done, ReplyState.unknown}


async def learn_fate(speech: Speech, text: str, point: str) -> str:
    """Say it again, twice, as an editor would who saw no answer; tell what became of it."""
    fate = ""
    for _again in range(2):
        try:
            fate = (await speech.say(text)).value
        except ReplyOutcomeUnknown:
            fate = "unknown"
        except AppError as error:
            raise AssertionError((point, error.code)) from error
    assert fate == ("unknown" if point == UNSURE else "done"), point
    return fate


@pytest.mark.timeout(0)
async def test_nothing_is_said_twice_wherever_a_process_is_killed(
    speech: Speech, nursery: Nursery, tmp_path: Path, runs: int, is_long: bool
):
    mortals = Mortals(nursery, tmp_path, speech.inbox.app.settings)
    fates: dict[str, str] = {}
    for _ in range(runs):
        for point in (*(POINTS if is_long else TELLING), WHILE_TIKTOK_ANSWERS):
            text = f"Answer {len(fates)}"
            if point == WHILE_TIKTOK_ANSWERS:
                await kill_while_tiktok_answers(speech, mortals, text)
            else:
                await mortals.die_at(point, speech.deed, speech.spot, text)
            await speech.let_leases_end()
            fates[text] = await learn_fate(speech, text, point)
        speech = await speech.elsewhere()
    await check_fates(speech, fates)


@pytest.mark.timeout(0)
async def test_nothing_is_said_twice_wherever_the_process_dies(speech: Speech, runs: int):
    fates: dict[str, str] = {}
    for _ in range(runs):
        for point, is_swept in product((*POINTS, WHILE_TIKTOK_ANSWERS), (True, False)):
            text = f"Answer {len(fates)}"
            if point == WHILE_TIKTOK_ANSWERS:
                await die_while_tiktok_answers(speech, text)
            else:
                await die_at(speech, point, text)
            await speech.let_leases_end()
            if is_swept:
                await speech.inbox.run("comments.settle_replies")
                await speech.let_leases_end()
            fates[text] = await learn_fate(speech, text, point)
        speech = await speech.elsewhere()
    await check_fates(speech, fates)
