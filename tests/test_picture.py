"""The picture of a post's life in the manual shows the state machine that there is."""

import xml.etree.ElementTree as ET
from functools import cache

from app.config import ROOT
from app.posts.models import PostState
from app.posts.transitions import ALLOWED
from tests.support.manual import MANUAL

PICTURE = ROOT / "public" / "static" / "help" / "life-of-a-post.svg"


@cache
def elements() -> list[ET.Element]:
    return list(ET.fromstring(PICTURE.read_text(encoding="utf-8")).iter())


def arrows() -> set[tuple[str, str]]:
    return {(e.attrib["data-from"], e.attrib["data-to"]) for e in elements() if "data-from" in e.attrib}


def test_every_state_is_in_the_picture_once():
    shown = [element.text for element in elements() if "data-state" in element.attrib]
    assert sorted(map(str, shown)) == sorted(PostState.__members__)


def test_every_arrow_is_a_move_that_there_is():
    assert len(arrows()) > 15
    assert [f"{a} to {b}" for a, b in arrows() if PostState(b) not in ALLOWED[PostState(a)]] == []


def test_every_state_that_can_be_left_is_left_in_the_picture():
    # A cancelled post comes back only where its article does: the text beside the picture says so.
    left = {state.value for state, moves in ALLOWED.items() if moves} - {"cancelled"}
    assert left == {a for a, _ in arrows()}


def test_the_picture_is_shown_in_the_manual():
    assert f"(../../{PICTURE.relative_to(ROOT).as_posix()})" in MANUAL["states"]
