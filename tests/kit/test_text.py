"""Text is counted, cut and cleaned without harm to what a reader sees."""

import unicodedata
from collections.abc import Callable

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from app.kit.html_text import MAX_MARKUP, first_paragraph, html_to_text
from app.kit.sentences import first_sentences
from app.kit.text import clean, clean_multiline, cut, utf16_len

FAMILY = "👨‍👩‍👧‍👦"
PIECES = st.sampled_from(
    [FAMILY, "🔥", "é", "Қ", "ң", "ә", "й", "क्‍ष", "🏳️‍🌈", "1️⃣", "🇰🇿", " ", "\n", ",", "-", "слово", "#"]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join))


@pytest.mark.parametrize(
    ("text", "length"),
    [("", 0), ("abc", 3), ("Қазақ", 5), ("🔥", 2), (FAMILY, 11), ("👨‍👩‍👧", 8), ("\ud83d", 1)],
)
def test_counts_utf16_units(text: str, length: int):
    assert utf16_len(text) == length


@given(TEXTS, st.integers(-3, 60), st.sampled_from(["…", "", "...", " (…)"]))
def test_a_cut_text_never_exceeds_the_limit_and_holds_only_whole_graphemes(text: str, limit: int, ellipsis: str):
    safe = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    result = cut(safe, limit, ellipsis)
    assert utf16_len(result) <= max(limit, 0)
    if result != safe:
        head = result.removesuffix(ellipsis)
        whole = regex.findall(r"\X", safe)
        assert any("".join(whole[:n]) == kept for n in range(len(whole) + 1) for kept in (head, result))


@given(TEXTS)
def test_a_text_that_fits_is_left_alone(text: str):
    safe = regex.sub(r"[\ud800-\udfff]", "", text)
    assert cut(safe, utf16_len(safe)) == safe


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("Қазақстанда жаңа жылдық мереке", 20, "Қазақстанда жаңа…"),
        ("Қазақстанда жаңа жылдық мереке", 17, "Қазақстанда жаңа…"),
        ("Қазақстандағы", 5, "Қаза…"),
        ("Новость, которая важна", 11, "Новость…"),
        ("Новость — важна", 11, "Новость…"),
        (FAMILY * 3, 11, FAMILY),
        (FAMILY * 3, 12, f"{FAMILY}…"),
        (FAMILY * 3, 10, ""),
        ("🔥🔥", 3, "🔥…"),
        ("🔥🔥", 2, "🔥"),
        ("🔥🔥", 1, ""),
        ("ab", 1, "a"),
        ("ab", 0, ""),
        ("й" * 4, 3, "йй…"),
        ("a\ud83d", 5, "a"),
    ],
)
def test_cuts_on_a_border(text: str, limit: int, expected: str):
    assert cut(text, limit) == expected


@pytest.mark.parametrize(
    ("dirty", "expected"),
    [
        ("a\0b\x07c", "abc"),
        ("  a \t\r\n b\u00a0\u2003c\u2028d ", "a b c d"),
        ("x\ud83dy\udfff", "xy"),
        ("\u202eabc\u202c \u2066x\u2069\u200e\u200f", "abc x"),
        ("Ка\u00adзах\u200bстан\ufeff\u2060", "Казахстан"),
        ("и\u0306", "й"),
        ("a\u200db\u200cc\ufe0f", "abc"),
        ("\ufdd0\U0001ffff\ue000\ufffca", "a"),
        (f"{FAMILY} ❤️ 🏳️‍🌈 👩🏽‍💻 1️⃣", f"{FAMILY} ❤️ 🏳️‍🌈 👩🏽‍💻 1️⃣"),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", None),
        ("क्\u200dष می\u200cخواهم", None),
        ("a\U000e0041\U000e0042", "a"),
        ("👩\u200d text", "👩 text"),
        ("Tom &amp; Jerry &lt;b&gt;", None),
        ("z" + "\u0301" * 50, None),
    ],
)
def test_cleans_a_line(dirty: str, expected: str | None):
    if dirty.startswith("z"):
        assert len(clean(dirty)) <= 9
    else:
        assert clean(dirty) == (dirty if expected is None else expected)


@given(TEXTS)
def test_cleaning_twice_is_cleaning_once(text: str):
    for function in (clean, clean_multiline):
        once = function(text)
        assert function(once) == once
        assert unicodedata.is_normalized("NFC", once)
        assert not regex.search(r"[\p{Cc}--\n]|\p{Cs}", once, regex.V1)
    assert "\n" not in clean(text)
    assert "\n\n\n" not in clean_multiline(text)


def test_keeps_lines_but_at_most_one_empty_one():
    assert clean_multiline(" a  b \r\n\r\n\r\n\n c\u2028d\x85e \n") == "a b\n\nc\nd\ne"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("", ""),
        ("plain", "plain"),
        ("<p>Бір &amp; екі&nbsp;үш</p><p>төрт</p>", "Бір & екі\u00a0үш\n\nтөрт"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<b>bo</b>ld <i>it</i>alic", "bold italic"),
        ("x<script>alert('<p>')</script>y<style>p{}</style>z<!-- c -->", "xyz"),
        ("<ul><li>a<li>b</ul>", "a\nb"),
        ("<table><tr><td>1<td>2<tr><td>3</table>", "1 2\n3"),
        ("a < b &lt;p&gt; c", "a < b <p> c"),
        ('<img alt="a > b" title="<p>" src=x>text', "text"),
        ("line\none\n  line", "line one line"),
        ("<p>unclosed <b>tags <a href='x", "unclosed tags"),
        ("\ud83d<p>ok\0</p>\udfff", "ok"),
        ("<title>t</title><noscript>n</noscript><textarea>x</textarea>body", "body"),
        ("<p>a &#128293; &#xD83D;</p>", "a 🔥 \ufffd"),
    ],
)
def test_gives_the_visible_text_of_html(html: str, expected: str):
    assert html_to_text(html) == expected


@given(
    st.lists(st.sampled_from(["<", ">", "<p", "</p>", '"', "'", "<!--", "-->", "&", "&#0;", "a", " ", "<svg>", "\0"]))
)
def test_never_fails_on_broken_html(pieces: list[str]):
    html = "".join(pieces)
    assert clean_multiline(html_to_text(html)) == html_to_text(html)
    assert "\n" not in first_paragraph(html)


def test_reads_the_text_behind_a_huge_inline_image():
    image = f'<img src="data:image/png;base64,{"A" * 5_000_000}">'
    html = f"<p>before</p>{image}<script>{'x' * 1_000_000}</script><p>after</p>"
    assert html_to_text(html) == "before\n\nafter"


# What takes quadratic time takes hours with these: the time limit of a test is the measure.
SIZE = 3_000_000
HOSTILE = {
    "deep blocks": lambda: "<div>" * (SIZE // 5),
    "deep lists": lambda: "<ul><li>" * (SIZE // 8),
    "deep inlines": lambda: "<b>" * (SIZE // 3),
    "attributes": lambda: "<p a='<' " + " ".join(f"a{n}" for n in range(SIZE // 9)) + ">",
    "open quotes": lambda: '<a "' * (SIZE // 4),
    "less-than signs": lambda: "<" * SIZE,
    "open scripts": lambda: "<script>" * (SIZE // 8),
    "closed scripts": lambda: "<svg></svg" * (SIZE // 10),
    "nested tables": lambda: "<p><table><tr><td>" * (SIZE // 18),
    "marks": lambda: "a" + "\u0301" * (SIZE // 2),
    "marks of two classes": lambda: "a" + "\u0301\u0327" * (SIZE // 4),
    "joiners": lambda: "क" + "\u0301\u200c" * (SIZE // 5),
    "nulls": lambda: "\0" * SIZE,
    "open comments": lambda: "<!--" * (SIZE // 4),
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_survives_megabytes_of_hostile_html(make: Callable[[], str]):
    html = make()
    assert len(html_to_text(html)) <= MAX_MARKUP
    assert len(first_paragraph(html)) <= MAX_MARKUP


@pytest.mark.parametrize(
    "piece", ["\u0301", "\u0301\u0327", "\u0301\u200b\u0327", "\u200d", "क\u0301\u200c", "🏴\U000e0067"]
)
def test_cleans_a_megabyte_of_marks_and_joiners(piece: str):
    assert clean(clean("a" + piece * 300_000)) == clean("a" + piece * 300_000)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<figure><p>Photo</p></figure><p> </p><p>First <b>one</b>.</p><p>Second</p>", "First one."),
        ("<blockquote><p>Quote</p></blockquote><p>Story</p>", "Story"),
        ("<p>one<br>two</p>", "one two"),
        ("no markup\nat all", "no markup at all"),
        ("<div>line</div><div>other</div>", "line"),
        ("<figure><p>only</p></figure>", "only"),
        ("", ""),
    ],
)
def test_finds_the_first_paragraph_of_the_story(html: str, expected: str):
    assert first_paragraph(html) == expected


@pytest.mark.parametrize(
    ("text", "count", "expected"),
    [
        ("Бір сөйлем. Екінші! Үшінші?", 2, "Бір сөйлем. Екінші!"),
        ("Вчера А. Иванов прибыл в г. Сатпаев. Потом уехал.", 1, "Вчера А. Иванов прибыл в г. Сатпаев."),
        ("Он сказал: «Да!» Потом ушёл.", 1, "Он сказал: «Да!»"),
        ("Курс 5.5 тенге. Точка", 1, "Курс 5.5 тенге."),
        ("Ждём… Ещё", 1, "Ждём…"),
        ("今日は雨です。明日は晴れ。", 1, "今日は雨です。"),
        ("「行こう！」と言った。次。", 1, "「行こう！」と言った。"),
        ("यह है। वह था।", 1, "यह है।"),
        ("без точки", 3, "без точки"),
        ("", 1, ""),
    ],
)
def test_takes_the_first_sentences(text: str, count: int, expected: str):
    assert first_sentences(text, count) == expected
