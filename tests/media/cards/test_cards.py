"""Headline cards: what stands on them, where, and that it can be read."""

import io
import itertools

import pytest
from PIL import Image, ImageChops

from app.media.cards.colours import accent_of, contrast, parse_colour, readable_on
from app.media.cards.render import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Card, draw, fit_title, render, showable
from app.media.cards.wrapping import wrap
from app.media.drawing import HeadlineCard
from app.media.preparing import inspect_card

KAZAKH = "Ә ә Ғ ғ Қ қ Ң ң Ө ө Ұ ұ Ү ү Һ һ І і"
_SENTENCE = "Президент подписал закон о развитии региональных аэропортов, который предусматривает новые терминалы "
LONG = (_SENTENCE * 4)[:300]
WORD = "Донаудампфшиффартсэлектрицитэтенхауптбетрибсверкбауунтербеам"


def card(**changes: str) -> Card:
    words = {"title": "Жаңа көпір ашылды", "section": "Қала", "source": "Сәтбаев жаңалықтары"}
    drawn = draw(**(words | {"background": "#101418", "text": "#ffffff"} | changes))
    assert drawn is not None
    return drawn


def ink_box(drawn: Card) -> tuple[int, int, int, int]:
    """Where anything stands out from the plain backdrop, row by row."""
    margin = drawn.image.crop((0, 0, 1, HEIGHT)).resize((WIDTH, HEIGHT))
    difference = ImageChops.difference(drawn.image, margin).convert("L").point(lambda value: 255 * (value > 24))
    box = difference.getbbox()
    assert box is not None
    return box


def extremes(picture: Image.Image) -> tuple[str, str]:
    """The darkest and the lightest colour."""
    raw = picture.tobytes().hex()
    colours = sorted({raw[at : at + 6] for at in range(0, len(raw), 6)}, key=lambda colour: sum(bytes.fromhex(colour)))
    return f"#{colours[0]}", f"#{colours[-1]}"


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"title": KAZAKH},
        {"title": LONG},
        {"title": WORD},
        {"title": f"{WORD} {WORD} {WORD}"},
        {"title": "Й"},
        {"title": "Дождь 🌧️ и ветер", "section": "", "source": ""},
        {"section": WORD * 2, "source": WORD * 2},
        {"title": "W" * 400},
        {"title": "Bridge across the Ural opens to traffic two years late and over budget, as the city had feared"},
    ],
    ids=[
        "plain",
        "Kazakh",
        "300 letters",
        "one long word",
        "long words",
        "one letter",
        "emoji",
        "labels",
        "W",
        "Latin",
    ],
)
def test_every_word_stands_inside_the_space_that_tiktok_leaves_free(words):
    drawn = card(**words)
    left, top, right, bottom = ink_box(drawn)
    assert (left >= LEFT - 6, top >= TOP - 12, right <= RIGHT + 8, bottom <= BOTTOM + 8) == (True,) * 4
    assert drawn.title
    for line in (*drawn.title, *drawn.labels):
        assert LEFT - 6 <= line.box[0] <= line.box[2] <= RIGHT + 8


@pytest.mark.parametrize("title", [LONG, WORD, f"{WORD} {WORD} {WORD}", KAZAKH])
def test_lines_do_not_overlap(title):
    lines = card(title=title).title
    assert len(lines) > 1
    for above, below in itertools.pairwise(lines):
        assert above.box[3] <= below.box[1] + 2, (above, below)


def test_a_short_headline_is_large_and_a_long_one_smaller():
    sizes = [fit_title(title)[0] for title in ("Дождь", "Жаңа мектеп пен балабақша Сәтбаевта ашылды", LONG)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 100
    assert sizes[-1] >= 44


def test_no_word_of_a_headline_gets_lost():
    for title in (LONG.strip(), KAZAKH, "Bridge opens"):
        assert " ".join(line.text for line in card(title=title).title).split() == title.split()


def test_a_word_that_no_line_holds_is_broken_with_a_hyphen():
    lines = [line.text for line in card(title=WORD).title]
    assert len(lines) > 1
    assert all(line.endswith("-") for line in lines[:-1])
    assert "".join(line.rstrip("-") for line in lines) == WORD


def test_what_does_not_fit_at_all_is_cut_with_an_ellipsis():
    lines = [line.text for line in card(title="Ж" * 400).title]
    assert lines[-1].endswith("…")


def test_what_is_cut_tells_no_other_number():
    assert showable("Жүлде 1\u00a0200\u00a0000 теңге", 10) == "Жүлде…"


def test_a_no_break_space_holds_the_line():
    assert wrap("Жүлде 1\u00a0200 теңге", 9, len)[0] == ["Жүлде", "1\u00a0200", "теңге"]


def test_every_kazakh_letter_has_a_glyph_of_its_own():
    assert showable(KAZAKH, 400) == KAZAKH
    seen = set()
    for letter in KAZAKH.split():
        drawn = card(title=letter, section="", source="")
        seen.add(drawn.image.crop(drawn.title[0].box).tobytes())
    assert len(seen) == len(KAZAKH.split())


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Дождь 🌧️, ветер 👨‍👩‍👧!", "Дождь, ветер!"),
        ("Көпір 🏫", "Көпір"),
        ("«Ақ» – ‘bir’ № 5 … €", "«Ақ» – ‘bir’ № 5 … €"),
        ("北京 Пекин", "Пекин"),
    ],
)
def test_signs_without_a_glyph_are_left_out(written, shown):
    assert showable(written, 400) == shown


@pytest.mark.parametrize("title", ["مرحبا بالعالم", "שלום", "📣", "…!?", ""])
def test_a_headline_without_a_showable_letter_gives_no_card(title):
    assert draw(title=title, section="Қала", source="X", background="#000000", text="#ffffff") is None


def test_a_mixed_headline_keeps_what_can_be_shown():
    assert [line.text for line in card(title="مرحبا Almaty").title] == ["Almaty"]


@pytest.mark.parametrize("background", ["#101418", "#ffffff", "#ffe14d", "#0b5cad", "#7f7f7f", "#c0392b", "#00ff00"])
@pytest.mark.parametrize("text", ["#ffffff", "#000000", "#7f7f7f", "#ffe14d"])
def test_text_can_always_be_read(background, text):
    base = parse_colour(background)
    ink = readable_on(base, parse_colour(text))
    assert contrast(base, ink) >= 4.5
    assert contrast(base, accent_of(base, ink)) >= 3
    drawn = card(background=background, text=text)
    for line in drawn.title:
        darkest, lightest = (parse_colour(colour) for colour in extremes(drawn.image.crop(line.box)))
        assert contrast(darkest, lightest) >= 4.5


def test_the_accounts_own_text_colour_is_used_where_it_can_be_read():
    assert readable_on((16, 20, 24), (255, 225, 77)) == (255, 225, 77)


@pytest.mark.parametrize("text", ["", "#12", "123456", "#gggggg", "#1234567"])
def test_what_is_no_colour_is_refused(text):
    with pytest.raises(ValueError, match=r"colour|invalid literal"):
        parse_colour(text)


def test_the_same_words_give_the_same_bytes(tmp_path):
    answers = [render(str(tmp_path / f"{number}.jpg"), title=LONG, section="Қала", source="X") for number in (1, 2)]
    assert answers[0] == answers[1]
    assert (tmp_path / "1.jpg").read_bytes() == (tmp_path / "2.jpg").read_bytes()
    with Image.open(tmp_path / "1.jpg") as picture:
        assert (picture.format, picture.size, picture.mode) == ("JPEG", (1080, 1920), "RGB")
        assert not picture.getexif()


async def test_a_card_is_drawn_in_a_child_process(bench):
    words = HeadlineCard("Жаңа көпір", "Қала", "Сәтбаев", "#0b5cad", "#ffffff")
    jpeg = await inspect_card(bench, words)
    assert jpeg is not None
    assert Image.open(io.BytesIO(jpeg)).size == (WIDTH, HEIGHT)
    assert list((bench.media_dir / "tmp").iterdir()) == []
