"""Captions read well and fit, whatever the article is like."""

from dataclasses import replace

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from app.captions.hashtags import HashtagRules, build_hashtags
from app.captions.presets import PRESETS
from app.captions.samples import SAMPLE_ARTICLES
from app.captions.schemas import CaptionArticle, CaptionLimits, CaptionNote
from app.captions.service import language_of, render_caption
from app.kit.text import clean_multiline, utf16_len

FAMILY = "👨‍👩‍👧‍👦"
BRAND = HashtagRules(brand=["#AIMAK", "#Сатпаев"], languages={})
NO_TAGS = HashtagRules(order=[])
URL = "https://news.example/kk/1"


def test_writes_the_owners_description():
    caption = render_caption(SAMPLE_ARTICLES["ru"], kind="photo", language="ru", with_link=True)
    assert caption.title == "В Сатпаеве из-за метели закрыли трассу на Жезказган"
    assert caption.description == (
        "Трассу Сатпаев — Жезказган закрыли для всех видов транспорта из-за метели и нулевой видимости. "
        "Спасатели просят водителей не выезжать до улучшения погоды. ❄️\n\n"
        "🔗 https://news.example/ru/trassa-zakryta\n\n"
        "#новости #Происшествия #Погода #Дороги #ДЧС #срочно"
    )
    assert " ".join(caption.hashtags) == caption.description.splitlines()[-1]
    assert caption.notes == ()


def test_what_an_editor_wrote_for_tiktok_stands_for_the_excerpt_and_says_no_hashtag_twice():
    article = CaptionArticle(title="Бас", excerpt="Үзінді", caption="Өз сөзі < 7\n#сатпаев", url=URL, is_paywalled=True)
    caption = render_caption(article, kind="photo", rules=BRAND)
    assert (caption.title, caption.description) == ("Бас", "Өз сөзі < 7\n#сатпаев\n\n#AIMAK")
    assert render_caption(article, kind="video", rules=BRAND).title == "Бас\n\nӨз сөзі < 7\n#сатпаев\n\n#AIMAK"


def test_writes_one_text_for_a_video():
    caption = render_caption(CaptionArticle(title="Бас", excerpt="Мәтін", url=URL), kind="video", rules=NO_TAGS)
    assert (caption.title, caption.description, caption.hashtags) == ("Бас\n\nМәтін", "", ())


@pytest.mark.parametrize(
    ("excerpt", "with_link", "expected"),
    [
        ("Text", False, "Text\n\n#AIMAK"),
        ("Text", True, f"Text\n\n🔗 {URL}\n\n#AIMAK"),
        ("", True, f"🔗 {URL}\n\n#AIMAK"),
        ("", False, "#AIMAK"),
        ("One\n\n\n\nTwo  three", False, "One\n\nTwo three\n\n#AIMAK"),
        ("<p>One &amp; two</p>\n", False, "One & two\n\n#AIMAK"),
    ],
)
def test_what_is_absent_leaves_no_hole(excerpt: str, with_link: bool, expected: str):
    article = CaptionArticle(title="Title", excerpt=excerpt, url=URL)
    rules = HashtagRules.model_validate({"order": ["brand"], "brand": ["AIMAK"]})
    assert render_caption(article, kind="photo", with_link=with_link, rules=rules).description == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Қ" * 90, "Қ" * 90),
        ("Қ" * 91, "Қ" * 89 + "…"),
        ("я" * 88 + "🔥", "я" * 88 + "🔥"),
        ("я" * 89 + "🔥", "я" * 89 + "…"),
        ("я" * 79 + FAMILY, "я" * 79 + FAMILY),
        ("я" * 80 + FAMILY, "я" * 80 + "…"),
        ("сөз " * 30, "сөз " * 21 + "сөз…"),
        ("Сәтбаевта " + "жаңа " * 15 + "#Қазақстан2026", "Сәтбаевта " + "жаңа " * 14 + "жаңа…"),
        ("a\nb\r\n\tc", "a b c"),
        ("<b>Bold</b> &amp; <i>it</i><br>next <script>alert(1)</script>", "Bold & it next"),
        ("Tom &amp; Jerry: 3 < 5", "Tom &amp; Jerry: 3 < 5"),
        ("{{ 7 * 7 }} {% include 'x' %}", "{{ 7 * 7 }} {% include 'x' %}"),
        ("\u202eevil\0 \ud83dtext", "evil text"),
        ("и\u0306" * 90, "й" * 90),
    ],
)
def test_titles_fit_and_are_clean(title: str, expected: str):
    caption = render_caption(CaptionArticle(title=title), kind="photo", rules=NO_TAGS)
    assert caption.title == expected
    assert utf16_len(caption.title) <= 90


def test_a_title_of_5000_characters_is_cut_with_a_note():
    caption = render_caption(CaptionArticle(title="слово " * 833), kind="photo", rules=NO_TAGS)
    assert caption.title.endswith("слово…")
    assert 80 < utf16_len(caption.title) <= 90
    assert caption.notes == (CaptionNote.title_cut,)


def test_an_endless_title_leaves_room_in_a_video_caption():
    article = CaptionArticle(title="слово " * 833, excerpt="Мәтін", url=URL)
    caption = render_caption(article, kind="video", with_link=True)
    assert "\n\nМәтін\n\n" in caption.title
    assert URL in caption.title
    assert CaptionNote.title_cut in caption.notes


def test_the_excerpt_gives_way_before_hashtags_and_link():
    article = CaptionArticle(title="Title", excerpt="әрқайсысы " * 500, url=URL, language="kk")
    caption = render_caption(article, kind="photo", with_link=True, rules=PRESETS["satpayev"])
    tail = f"…\n\n🔗 {URL}\n\n#AIMAK #Сәтбаев #жаңалықтар #Қазақстан"
    assert caption.description.endswith(tail)
    assert 3950 < utf16_len(caption.description) <= 4000
    assert caption.notes == (CaptionNote.excerpt_cut,)
    assert len(caption.hashtags) == 4


def test_a_template_that_prints_the_excerpt_twice_still_fits():
    article = CaptionArticle(title="Title", excerpt="сөз " * 900)
    source = "{{ excerpt|upper }}\n{{ excerpt }}\n{{ hashtags }}"
    caption = render_caption(article, kind="photo", templates={("photo_description", "default"): source}, rules=BRAND)
    assert 3900 < utf16_len(caption.description) <= 4000
    assert caption.description.endswith("#AIMAK #Сатпаев")


def test_hashtags_are_dropped_whole_from_the_end():
    article = CaptionArticle(title="Title", excerpt="Мәтін", url=URL, language="ru")
    limits = CaptionLimits(description=utf16_len(f"🔗 {URL}\n\n#AIMAK #Сатпаев") + 3)
    rules = HashtagRules(brand=["#AIMAK", "#Сатпаев", "#Қала"])
    caption = render_caption(article, kind="photo", with_link=True, limits=limits, rules=rules)
    assert caption.description == f"🔗 {URL}\n\n#AIMAK #Сатпаев"
    assert caption.hashtags == ("#AIMAK", "#Сатпаев")
    assert set(caption.notes) == {CaptionNote.hashtags_dropped, CaptionNote.excerpt_cut}


def test_a_link_is_never_cut_but_dropped_when_it_cannot_fit_alone():
    article = CaptionArticle(title="Title", excerpt="Мәтін", url=URL + "x" * 4000)
    caption = render_caption(article, kind="photo", with_link=True, rules=NO_TAGS)
    assert caption.description == "Мәтін"
    assert caption.notes == (CaptionNote.link_dropped,)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "/relative", "https://", "http://[broken", "https://a b"])
def test_drops_a_link_that_no_reader_could_open(url: str):
    caption = render_caption(CaptionArticle(title="T", url=url), kind="photo", with_link=True, rules=NO_TAGS)
    assert (caption.description, caption.notes) == ("", (CaptionNote.link_dropped,))


def test_the_older_limits_can_be_set():
    article = CaptionArticle(title="я" * 200, excerpt="сөз " * 1000)
    caption = render_caption(article, kind="photo", limits=CaptionLimits(title=150, description=2200))
    assert utf16_len(caption.title) == 150
    assert 2150 < utf16_len(caption.description) <= 2200


def test_a_missing_title_comes_from_the_excerpt_or_the_text():
    caption = render_caption(CaptionArticle(excerpt="Первое. Второе."), kind="photo", rules=NO_TAGS)
    assert (caption.title, caption.notes) == ("Первое.", (CaptionNote.title_from_text,))
    caption = render_caption(CaptionArticle(text="Бір. Екі. Үш. Төрт."), kind="photo", rules=NO_TAGS)
    assert (caption.title, caption.description) == ("Бір.", "Бір. Екі. Үш.")
    assert set(caption.notes) == {CaptionNote.title_from_text, CaptionNote.excerpt_from_text}


def test_says_so_when_nothing_could_be_a_title():
    caption = render_caption(CaptionArticle(title=" <b> </b>\u200b"), kind="photo", rules=NO_TAGS)
    assert (caption.title, caption.notes) == ("", (CaptionNote.needs_title,))


def test_the_text_behind_a_paywall_is_never_used():
    article = CaptionArticle(text="Secret body. More.", is_paywalled=True)
    caption = render_caption(article, kind="photo", rules=NO_TAGS)
    assert (caption.title, caption.description) == ("", "")
    caption = render_caption(CaptionArticle(excerpt="Open.", text="Secret.", is_paywalled=True), kind="video")
    assert "Secret" not in caption.title
    assert "Open." in caption.title


def test_hashtags_that_the_template_does_not_print_are_not_claimed():
    caption = render_caption(
        CaptionArticle(title="T", excerpt="E"),
        kind="photo",
        templates={("photo_description", "default"): "{{ excerpt }} {{ hashtags|first }}"},
        rules=BRAND,
    )
    assert (caption.description, caption.hashtags) == ("E #AIMAK", ("#AIMAK",))


def test_an_edited_template_for_the_language_wins():
    templates = {
        ("photo_title", "kk"): "kk {{ title }}",
        ("photo_title", "default"): "any {{ title }}",
    }
    titles = {
        language: render_caption(CaptionArticle(title="T"), kind="photo", language=language, templates=templates).title
        for language in ("kz", "kk-KZ", "ru", "")
    }
    assert titles == {"kz": "kk T", "kk-KZ": "kk T", "ru": "any T", "": "any T"}


def test_the_articles_language_decides_where_none_is_asked_for():
    caption = render_caption(CaptionArticle(title="T", language="KZ"), kind="photo")
    assert "#жаңалықтар" in caption.hashtags
    caption = render_caption(CaptionArticle(title="T"), kind="photo", language="ru")
    assert "#новости" in caption.hashtags


def test_refuses_an_unknown_kind_of_post():
    with pytest.raises(ValueError, match="no kind of post"):
        render_caption(CaptionArticle(title="T"), kind="story")


@pytest.mark.parametrize("kind", ["photo", "video"])
@pytest.mark.parametrize("language", sorted(SAMPLE_ARTICLES))
def test_each_sample_fits_as_each_kind_without_a_note(language, kind):
    caption = render_caption(SAMPLE_ARTICLES[language], kind=kind, language=language, with_link=True)
    assert caption.title
    assert not caption.notes


WORDS = st.sampled_from(
    [FAMILY, "🔥", "🇰🇿", "е\u0301", "Қазақ", "слово", "#тег", "a", "{{ x }}", "<b>", "&amp;", "\n", "क्‍ष"]
)
TEXTS = st.one_of(
    st.text(max_size=60), st.lists(WORDS, max_size=60).map(" ".join), st.lists(WORDS, max_size=60).map("".join)
)
ARTICLES = st.builds(
    CaptionArticle,
    title=TEXTS,
    excerpt=TEXTS,
    text=TEXTS,
    url=st.sampled_from(["", URL, URL + "/" + "x" * 60, "ftp://x"]),
    language=st.sampled_from(["kz", "ru", ""]),
    category=TEXTS,
    tags=st.lists(TEXTS, max_size=5).map(tuple),
    breaking=st.booleans(),
    is_paywalled=st.booleans(),
)
TEMPLATES = st.sampled_from(
    [
        {},
        {("photo_description", "default"): "{{ title }} {{ hashtags }} {{ excerpt }} {{ link }}"},
        {("photo_description", "ru"): "{{ excerpt }}\n{{ excerpt|upper }}{% for t in hashtags %} {{ t }}{% endfor %}"},
        {("photo_title", "default"): "{{ hashtags }} {{ title }}", ("video_caption", "default"): "x" * 300},
    ],
)


@settings(max_examples=300, deadline=None)
@given(ARTICLES, TEMPLATES, st.integers(0, 200), st.sampled_from(["photo", "video"]), st.booleans())
def test_limits_always_hold_and_nothing_is_left_in_half(article, templates, limit, kind, with_link):
    limits = CaptionLimits(title=limit, description=limit, caption=limit)
    caption = render_caption(article, kind=kind, templates=templates, limits=limits, with_link=with_link)
    text = caption.title if kind == "video" else caption.description
    for field in (caption.title, caption.description):
        assert utf16_len(field) <= limit
        assert clean_multiline(field) == field
    assert not any(word.startswith("https://") and word != article.url for word in text.split() if "example" in word)
    ours = build_hashtags(replace(article, language=language_of(article)), HashtagRules())
    assert [tag for tag in ours if tag in caption.hashtags] == list(caption.hashtags)
    assert all(tag in f"{caption.title} {caption.description}".split() for tag in caption.hashtags)


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.integers(1, 120))
def test_a_cut_title_is_made_of_the_titles_own_graphemes(title: str, limit: int):
    full = render_caption(CaptionArticle(title=title), kind="photo", limits=CaptionLimits(title=100_000)).title
    result = render_caption(CaptionArticle(title=title), kind="photo", limits=CaptionLimits(title=limit)).title
    whole = regex.findall(r"\X", full)
    assert result == full or result.removesuffix("…") in {"".join(whole[:n]).rstrip() for n in range(len(whole) + 1)}


@pytest.mark.parametrize("typed", ["Why <marquee> is back", "Q&amp;A is how you write Q&A", "Test < Test 1 << test 2"])
def test_what_is_known_to_be_plain_text_keeps_what_looks_like_markup(typed):
    article = CaptionArticle(title=typed, excerpt=f"{typed}.", is_plain=True)
    caption = render_caption(article, kind="photo", rules=NO_TAGS)
    assert (caption.title, caption.description) == (typed, f"{typed}.")
