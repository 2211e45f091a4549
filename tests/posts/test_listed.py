"""Telling our post from others in the account's list, where TikTok cuts and joins texts."""

from datetime import UTC, datetime

import pytest

from app.posts.listed import find_listed, is_same_text
from app.tiktok.models import VideoItem

TITLE = "Жаңа мектеп ашылды 🏫"
TEXT = "Сәтбаев қаласында жаңа мектеп ашылды.\n\n#AIMAK #Сатпаев #жаналықтар " + "Мектепте бес жүз орын бар. " * 20
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
    assert find_listed([ours, older], TITLE, TEXT, since=SINCE, taken=set()) == ours
    assert find_listed([older], TITLE, TEXT, since=SINCE, taken=set()) is None


def test_of_two_alike_none_is_ours_unless_one_belongs_to_another_post():
    first, second = video(1, title=TITLE), video(2, title=TITLE)
    assert find_listed([first, second], TITLE, TEXT, since=SINCE, taken=set()) is None
    assert find_listed([first, second], TITLE, TEXT, since=SINCE, taken={"1"}) == second
