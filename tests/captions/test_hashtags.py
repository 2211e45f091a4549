"""Hashtags follow the newsroom's rules and TikTok's idea of a hashtag."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.captions.hashtags import HashtagRules, build_hashtags, hashtag, hashtag_key
from app.captions.languages import normalise_language
from app.captions.schemas import CaptionArticle

KAZAKH = CaptionArticle(
    language="kk",
    category="Қоғам",
    tags=("Жаңа Қазақстан", "сатпаев", "2024", "мектеп", "Білім", "төртінші"),
    breaking=True,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Жаңа Қазақстан", "#ЖаңаҚазақстан"),
        ("#новости", "#новости"),
        ("##a #b", "#ab"),
        ("Алма-Ата, 2024!", "#АлмаАта2024"),
        ("snake_case", "#snake_case"),
        ("हिन्दी", "#हिन्दी"),
        ("и\u0306од", "#йод"),
        ("🔥огонь🔥", "#огонь"),
        ("1️⃣ первый", "#1первый"),
        ("a\u200bb\u202ec", "#abc"),
        ("اخبار", "#اخبار"),
        ("2024", None),
        ("___", None),
        ("", None),
        ("🔥", None),
        ("\u0301", None),
        ("x" * 99, "#" + "x" * 99),
        ("x" * 100, None),
    ],
)
def test_makes_one_word_of_any_text(text: str, expected: str | None):
    assert hashtag(text) == expected


@given(st.text())
def test_a_hashtag_is_one_word_with_a_letter(text: str):
    tag = hashtag(text)
    assert tag is None or (regex.fullmatch(r"#[\p{L}\p{M}\p{Nd}_]+", tag) and regex.search(r"\p{L}", tag))
    assert tag is None or hashtag(tag) == tag


def test_lists_the_owners_tags_in_the_owners_order():
    assert build_hashtags(KAZAKH, HashtagRules()) == [
        "#AIMAK",
        "#Сатпаев",
        "#жаналықтар",
        "#Казахстан",
        "#Қоғам",
        "#ЖаңаҚазақстан",
        "#мектеп",
        "#Білім",
        "#breaking",
        "#срочно",
    ]


def test_russian_articles_get_the_russian_tag_and_no_breaking_ones():
    tags = build_hashtags(CaptionArticle(language="ru-RU"), HashtagRules())
    assert tags == ["#AIMAK", "#Сатпаев", "#новости", "#Казахстан"]


def test_an_unknown_language_gets_no_language_tag():
    assert build_hashtags(CaptionArticle(language="tlh"), HashtagRules()) == ["#AIMAK", "#Сатпаев", "#Казахстан"]


def test_finds_a_category_without_regard_to_case():
    rules = HashtagRules(brand=[], regions=[], categories={"Происшествия ": "чп"})
    assert build_hashtags(CaptionArticle(category=" ПРОИСШЕСТВИЯ"), rules) == ["#чп"]
    assert build_hashtags(CaptionArticle(category="Спорт / Хоккей"), rules) == ["#СпортХоккей"]
    assert build_hashtags(CaptionArticle(category="42"), rules) == []


def test_blocked_tags_never_appear_wherever_they_come_from():
    rules = HashtagRules(blocklist=["aimak", "#МЕКТЕП", "Жаңа қазақстан", "123"])
    tags = build_hashtags(KAZAKH, rules)
    assert not {"#AIMAK", "#мектеп", "#ЖаңаҚазақстан"} & set(tags)
    assert "#төртінші" in tags


@given(st.lists(st.text(max_size=12), max_size=20), st.integers(0, 30), st.integers(0, 30))
def test_never_repeats_a_tag_nor_exceeds_the_maximum(words: list[str], article_tags: int, maximum: int):
    rules = HashtagRules(article_tags=article_tags, maximum=maximum)
    tags = build_hashtags(CaptionArticle(tags=tuple(words + [w.upper() for w in words])), rules)
    assert len({hashtag_key(tag) for tag in tags}) == len(tags) <= maximum


def test_folds_case_by_unicode():
    rules = HashtagRules(brand=["Straße", "STRASSE", "Ёлка", "ёлка"], regions=[])
    assert build_hashtags(CaptionArticle(), rules) == ["#Straße", "#Ёлка"]


def test_order_decides_and_a_group_left_out_is_not_used():
    rules = HashtagRules.model_validate({"order": ["tags", "brand"], "article_tags": 1})
    assert build_hashtags(KAZAKH, rules) == ["#ЖаңаҚазақстан", "#AIMAK", "#Сатпаев"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"order": ["brand", "brand"]},
        {"order": ["brands"]},
        {"colour": "red"},
        {"brand": ["2024"]},
        {"brand": ["x" * 300]},
        {"brand": ["a"] * 31},
        {"languages": {"??": ["a"]}},
        {"maximum": -1},
        {"article_tags": 31},
        {"categories": {"a": "!"}},
    ],
)
def test_refuses_rules_that_make_no_sense(wrong: dict[str, object]):
    with pytest.raises(ValidationError):
        HashtagRules.model_validate(wrong)


def test_rules_survive_json_and_take_kz_for_kazakh():
    rules = HashtagRules.model_validate({"languages": {"kz": ["Жаңа лық"], "kk-KZ": ["екі"]}})
    assert rules.languages == {"kk": ["#Жаңалық", "#екі"]}
    assert HashtagRules.model_validate_json(rules.model_dump_json()) == rules


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("kz", "kk"),
        ("KZ", "kk"),
        ("kk-KZ", "kk"),
        ("kk_Cyrl_KZ", "kk"),
        ("ru_RU", "ru"),
        (" rus ", "ru"),
        ("en-US", "en"),
        ("", ""),
        ("казахский", ""),
        ("../etc", ""),
        ("x", ""),
    ],
)
def test_normalises_language_codes(code: str, expected: str):
    assert normalise_language(code) == expected
