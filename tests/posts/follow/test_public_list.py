"""Telling our post from others in the account's list, where TikTok cuts and joins texts."""

from datetime import UTC, datetime

import pytest

from app.kit.clock import utcnow
from app.posts.follow.public_list import Sighting, find_listed, is_same_text, look_for
from app.posts.models import PostState
from app.tiktok.models import VideoItem
from tests.builders import make_post

TITLE = "Жаңа мектеп ашылды 🏫"
TEXT = "Сәтбаев қаласында жаңа мектеп ашылды.\n\n#AIMAK #Сатпаев #жаңалықтар " + "Мектепте бес жүз орын бар. " * 20
SINCE = datetime(2026, 11, 21, 12, tzinfo=UTC)


def video(number=1, *, at=60, **texts):
    return VideoItem(id=str(number), create_time=int(SINCE.timestamp()) + at, **texts)


@pytest.mark.parametrize(
    "shown",
    [
        {"title": TITLE, "video_description": TEXT},
        {"title": TITLE, "video_description": TEXT[:150]},
        {"title": TITLE, "video_description": TEXT[:147] + "..."},
        {"title": "", "video_description": f"{TITLE} {TEXT}"[:150]},
        {"title": TITLE.upper() + "  ", "video_description": ""},
        {"title": TITLE, "video_description": f"{TITLE}\n{TEXT}"[:120] + "…"},
    ],
)
def test_our_text_is_known_although_tiktok_cuts_or_joins_it(shown):
    assert is_same_text(video(**shown), TITLE, TEXT)


@pytest.mark.parametrize(
    "shown",
    [
        {},
        {"title": "Жаңа", "video_description": ""},
        {"title": "Жаңа мектеп жабылды", "video_description": TEXT[:150]},
        {"title": "", "video_description": TEXT[:150]},
        {"title": TITLE, "video_description": "Басқа мәтін, мүлде басқа мақала туралы."},
    ],
)
def test_another_text_is_not_ours(shown):
    assert not is_same_text(video(**shown), TITLE, TEXT)


def test_a_post_without_text_is_never_found():
    assert not is_same_text(video(), "", "")


def test_the_one_post_that_came_afterwards_is_found():
    ours, older = video(2, title=TITLE), video(1, at=-1, title=TITLE)
    assert find_listed([ours, older], TITLE, TEXT, since=SINCE, taken=set()) == [ours]
    assert find_listed([older], TITLE, TEXT, since=SINCE, taken=set()) == []


def test_one_that_belongs_to_another_post_is_not_ours():
    first, second = video(1, title=TITLE), video(2, title=TITLE)
    assert find_listed([first, second], TITLE, TEXT, since=SINCE, taken=set()) == [first, second]
    assert find_listed([first, second], TITLE, TEXT, since=SINCE, taken={"1"}) == [second]


NAMELESS = [PostState.unconfirmed, PostState.publishing, PostState.sent_to_inbox, PostState.published]


@pytest.mark.parametrize("state", NAMELESS)
@pytest.mark.parametrize(
    ("shown", "others"),
    [
        ({"title": TITLE, "video_description": TEXT[:150]}, {"title": TITLE, "description": TEXT}),
        ({"title": TITLE}, {"title": TITLE, "description": "The same headline, another day."}),
        ({"video_description": f"{TITLE} {TEXT}"[:150]}, {"title": TITLE, "description": TEXT + " But for the end."}),
    ],
    ids=["the same words", "all that is shown", "but for the end"],
)
async def test_what_may_be_another_post_of_ours_is_doubtful(sqlite_resources, state, shown, others):
    async with sqlite_resources.transaction() as session:
        ours = await make_post(session, state=PostState.unconfirmed, title=TITLE, description=TEXT)
        other = await make_post(session, state=state, account_id=ours.account_id, **others)
        found = video(**shown, at=int((utcnow() - SINCE).total_seconds()))
        assert await look_for(session, ours, [found], since=SINCE) == Sighting(is_doubtful=True)
        other.post_ids = ["2"]
        session.add(other)
        await session.flush()
        assert await look_for(session, ours, [found], since=SINCE) == Sighting(found)


async def test_two_that_fit_are_doubtful_and_other_accounts_and_other_words_are_not(sqlite_resources):
    async with sqlite_resources.transaction() as session:
        ours = await make_post(session, state=PostState.published, title=TITLE, description=TEXT)
        await make_post(session, state=PostState.published, title=TITLE, description=TEXT)
        await make_post(session, state=PostState.published, account_id=ours.account_id, title="Other", description=TEXT)
        one, two = video(1, title=TITLE), video(2, title=TITLE)
        assert await look_for(session, ours, [one], since=SINCE) == Sighting(one)
        assert await look_for(session, ours, [one, two], since=SINCE) == Sighting(is_doubtful=True)
        assert await look_for(session, ours, [], since=SINCE) == Sighting()
