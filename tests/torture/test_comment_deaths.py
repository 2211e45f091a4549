"""Death at every point of a reply: it is said once, or its outcome is known to be unknown; never twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
import sqlalchemy as sa

from app.comments.act.replying import reply
from app.comments.errors import ReplyOutcomeUnknown
from app.comments.models import CommentReply, ReplyState
from app.errors import AppError
from app.kit import failpoints
from app.kit.clock import utcnow
from tests.ads import conftest
from tests.ads.conftest import TikTok
from tests.ads.desk import OPERATOR
from tests.comments.inbox import Inbox, open_inbox
from tests.torture.deed import BY, Mortals
from tests.torture.nursery import Nursery

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


@pytest.fixture
async def inbox(tmp_path: Path, database_url: str, tiktok: TikTok) -> AsyncIterator[Inbox]:
    async with open_inbox(tmp_path, database_url, tiktok, OPERATOR) as opened:
        yield opened


async def die_at(inbox: Inbox, point: str, row_id: str, text: str) -> None:
    def take(_folder: Path, name: str) -> None:
        if name == point:
            raise Killed

    with (
        patch.object(failpoints, "_folder", Path("armed")),
        patch.object(failpoints, "_take", take),
        pytest.raises(Killed),
    ):
        await reply(inbox.app, BY, row_id, text)


async def die_while_tiktok_answers(inbox: Inbox, row_id: str, text: str) -> None:
    await inbox.tiktok.fail_next("comment/post/", phase="after", hang=20.0)
    before = await inbox.count("comment/post/")
    saying = asyncio.create_task(reply(inbox.app, BY, row_id, text))
    while await inbox.count("comment/post/") == before:
        assert not saying.done()
        await asyncio.sleep(0.02)
    # What a dead process does no more: it neither reads the answer nor writes anything.
    with patch.object(type(inbox.app.db), "transaction", side_effect=Killed):
        saying.cancel()
        with suppress(asyncio.CancelledError, Killed, Exception):
            await saying


async def let_leases_end(inbox: Inbox) -> None:
    async with inbox.app.transaction() as session:
        await session.exec(sa.update(CommentReply).values(lease_until=utcnow() - timedelta(seconds=1), looked_at=None))


async def kill_while_tiktok_answers(inbox: Inbox, mortals: Mortals, row_id: str, text: str) -> None:
    await inbox.tiktok.fail_next("comment/post/", phase="after", hang=20.0)
    before = await inbox.count("comment/post/")
    child = mortals.spawn("reply", row_id, text)
    while await inbox.count("comment/post/") == before:
        assert child.poll() is None, mortals.told()
        await asyncio.sleep(0.05)
    await mortals.kill(child)


async def open_question(inbox: Inbox) -> tuple[dict[str, str], str]:
    """Let a reader ask something; give the ad, and the comment's row."""
    [ad] = await inbox.make_ads(1)
    await inbox.say(ad, "Is it true?")
    await inbox.sync()
    return ad, (await inbox.get())["items"][0]["id"]


async def check_fates(inbox: Inbox, ad: dict[str, str], row_id: str, fates: dict[str, str]) -> None:
    await inbox.sync()
    said = [one["content"] for one in await inbox.there(ad)]
    for text, fate in fates.items():
        assert said.count(text) == (1 if fate == "done" else 0), (text, fate)
    shown = await inbox.get(f"/{row_id}")
    assert sorted(one["text"] for one in shown["thread"]) == sorted(said[1:])
    assert {one.state for one in await inbox.replies()} == {ReplyState.done, ReplyState.unknown}


async def learn_fate(inbox: Inbox, row_id: str, text: str, point: str) -> str:
    """Say it again, twice, as an editor would who saw no answer; tell what became of it."""
    fate = ""
    for _again in range(2):
        try:
            fate = (await reply(inbox.app, BY, row_id, text)).reply.state.value
        except ReplyOutcomeUnknown:
            fate = "unknown"
        except AppError as error:
            raise AssertionError((point, error.code)) from error
    assert fate == ("unknown" if point == UNSURE else "done"), point
    return fate


@pytest.mark.timeout(0)
async def test_a_reply_is_said_once_wherever_a_process_is_killed(
    inbox: Inbox, nursery: Nursery, tmp_path: Path, runs: int, is_long: bool
):
    mortals = Mortals(nursery, tmp_path, inbox.app.settings)
    ad, row_id = await open_question(inbox)
    fates: dict[str, str] = {}
    for point in (*(POINTS if is_long else TELLING), WHILE_TIKTOK_ANSWERS) * runs:
        text = f"Answer {len(fates)}"
        if point == WHILE_TIKTOK_ANSWERS:
            await kill_while_tiktok_answers(inbox, mortals, row_id, text)
        else:
            await mortals.die_at(point, "reply", row_id, text)
        await let_leases_end(inbox)
        fates[text] = await learn_fate(inbox, row_id, text, point)
    await check_fates(inbox, ad, row_id, fates)


@pytest.mark.timeout(0)
async def test_a_reply_is_said_once_wherever_the_process_dies(inbox: Inbox, runs: int):
    ad, row_id = await open_question(inbox)
    fates: dict[str, str] = {}
    number = 0
    for _ in range(runs):
        for point in (*POINTS, WHILE_TIKTOK_ANSWERS):
            for is_swept in (True, False):
                number += 1
                text = f"Answer {number}"
                if point == WHILE_TIKTOK_ANSWERS:
                    await die_while_tiktok_answers(inbox, row_id, text)
                else:
                    await die_at(inbox, point, row_id, text)
                await let_leases_end(inbox)
                if is_swept:
                    await inbox.run("comments.settle_replies")
                    await let_leases_end(inbox)
                fates[text] = await learn_fate(inbox, row_id, text, point)
    await check_fates(inbox, ad, row_id, fates)
