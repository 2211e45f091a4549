"""Hashtags follow the newsroom's rules and TikTok's idea of a hashtag."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.captions.hashtags import HashtagRules, build_hashtags, hashtag, hashtag_key, hashtags_of
from app.captions.presets import PRESETS
from app.captions.schemas import CaptionArticle
from app.kit.languages import normalise_language

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
        ("CO₂", "#CO2"),
        ("PM₂.₅", "#PM2_5"),
        ("H₂O", "#H2O"),
        ("Ⅻ ғасыр", "#XIIғасыр"),
        ("ｔｉｋｔｏｋ", "#tiktok"),
        ("½ литра", "#литра"),
        ("1½ литра", "#литра"),
        ("3 ½ литра", "#литра"),
        ("1,5 млн", "#1_5млн"),
        ("1.5 млн", "#1_5млн"),
        ("1 200 человек", "#1_200человек"),
        ("1\u00a0200\u202f000 тг", "#1_200_000тг"),
        ("24/7 қолдау", "#24_7қолдау"),
        ("2025–2026 оқу жылы", "#2025_2026оқужылы"),
        ("1’000 Fr.", "#1_000Fr"),
        ("١٫٥ مليون", "#١_٥مليون"),
        ("१,५ लाख", "#१_५लाख"),
        ("１，５万", "#１_５万"),
        ("COVID-19, 2020", "#COVID19_2020"),
        ("счёт 3:2", "#счёт3_2"),
        ("№ 5–6 мектеп", "#5_6мектеп"),
        ("10² м", "#10_2м"),
        ("C₁₂H₂₂O₁₁", "#C12H22O11"),
        ("①② орын", "#1_2орын"),
        ("1️⃣2️⃣ орын", "#1_2орын"),
        ("100м²", "#100м2"),
        ("№5", None),
        ("Алматы қ.", "#Алматы"),
        ("Абай ауд.", "#Абай"),
        ("г. Сатпаев", "#Сатпаев"),
        ("Ғ. Мүсірепов", "#ҒМүсірепов"),
        ("қ.", "#қ"),
        ("می‌خواهم", "#میخواهم"),
        ("ぼっち・ざ・ろっく", "#ぼっちざろっく"),
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


SATPAYEV = PRESETS["satpayev"]


def test_lists_the_owners_tags_in_the_owners_order():
    assert build_hashtags(KAZAKH, SATPAYEV) == [
        "#AIMAK",
        "#Сәтбаев",
        "#жаңалықтар",
        "#Қазақстан",
        "#Қоғам",
        "#ЖаңаҚазақстан",
        "#сатпаев",
        "#мектеп",
        "#шұғыл",
    ]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("ru-RU", ["#AIMAK", "#Сатпаев", "#новости", "#Казахстан", "#срочно"]),
        ("kk-Latn", ["#AIMAK", "#Sätbaev", "#jañalyqtar", "#Qazaqstan", "#şūğyl"]),
        ("en", ["#AIMAK", "#Satpayev", "#news", "#Kazakhstan", "#breaking"]),
        ("tlh", ["#AIMAK"]),
        ("", ["#AIMAK"]),
    ],
)
def test_the_owners_tags_are_of_the_articles_language(language: str, expected: list[str]):
    assert build_hashtags(CaptionArticle(language=language, breaking=True), SATPAYEV) == expected


def test_nobody_gets_the_first_owners_brand_by_default():
    assert build_hashtags(CaptionArticle(language="kk"), HashtagRules()) == ["#жаңалықтар"]
    assert build_hashtags(CaptionArticle(language="ru", breaking=True), HashtagRules()) == ["#новости", "#срочно"]
    assert build_hashtags(CaptionArticle(language="en"), HashtagRules()) == []


def test_a_plain_list_is_for_every_language_and_so_is_all():
    plain = HashtagRules.model_validate({"brand": ["Brand"], "regions": ["R"], "breaking": ["B"], "languages": {}})
    tagged = HashtagRules.model_validate({"brand": {"all": ["Brand"]}, "regions": {"all": ["R"]},
                                          "breaking": {"all": ["B"]}, "languages": {}})  # fmt: skip
    for language in ("kk", "ru", ""):
        article = CaptionArticle(language=language, breaking=True)
        assert build_hashtags(article, plain) == build_hashtags(article, tagged) == ["#Brand", "#R", "#B"]


def test_rules_saved_under_a_laxer_check_are_still_read():
    stored = HashtagRules().model_dump(mode="json") | {"languages": {"und": ["#a"], "xx": ["#b"], "kk": ["#c"]}}
    assert HashtagRules.read_stored(stored).languages == {"kk": ["#c"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Спорт/Футбол", ["#Спорт", "#Футбол"]),
        ("мектеп / лицей | колледж", ["#мектеп", "#лицей", "#колледж"]),
        ("Абай/Шәкәрім", ["#Абай", "#Шәкәрім"]),
        ("Ж/Қ", ["#ЖҚ"]),
        ("24/7", []),
        ("/", []),
        ("Алматы қ.", ["#Алматы"]),
        ("п. Жезды", ["#Жезды"]),
        ("экономика, политика", ["#экономика", "#политика"]),
        ("Иванов, А.", ["#ИвановА"]),
    ],
)
def test_a_list_makes_a_hashtag_of_each_thing(text: str, expected: list[str]):
    assert hashtags_of(text) == expected


def test_equal_tags_stand_once_after_folding():
    article = CaptionArticle(tags=("İstanbul", "istanbul", "ИСТАНБУЛ", "Стамбул", "CO₂", "co2"))
    rules = HashtagRules(article_tags=9)
    assert build_hashtags(article, rules) == ["#İstanbul", "#ИСТАНБУЛ", "#Стамбул", "#CO2"]


def test_finds_a_category_without_regard_to_case():
    rules = HashtagRules(brand=[], regions=[], categories={"Происшествия ": "чп"})
    assert build_hashtags(CaptionArticle(category=" ПРОИСШЕСТВИЯ"), rules) == ["#чп"]
    assert build_hashtags(CaptionArticle(category="Спорт / Хоккей"), rules) == ["#Спорт", "#Хоккей"]
    assert build_hashtags(CaptionArticle(category="42"), rules) == []


def test_blocked_tags_never_appear_wherever_they_come_from():
    rules = HashtagRules(blocklist=["aimak", "#МЕКТЕП", "Жаңа қазақстан", "123"])
    rules.brand = SATPAYEV.brand
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
    rules = HashtagRules.model_validate({"order": ["tags", "brand"], "article_tags": 1, "brand": ["AIMAK"]})
    assert build_hashtags(KAZAKH, rules) == ["#ЖаңаҚазақстан", "#AIMAK"]


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
        ("казахский", "kk"),
        ("Қазақша", "kk"),
        ("қазақ тілі", "kk"),
        ("kazakh", "kk"),
        ("Русский язык", "ru"),
        ("RU", "ru"),
        ("English (US)", "en"),
        ("kk-Latn", "kk-Latn"),
        ("kk_Latn_KZ", "kk-Latn"),
        ("Kazakh (Latin)", "kk-Latn"),
        ("uz", "uz"),
        ("o‘zbekcha", "uz"),
        ("Norwegian", "no"),
        ("und", ""),
        ("mul", ""),
        ("zxx", ""),
        ("xx", ""),
        ("klingon", ""),
        ("no language at all", ""),
        ("kk,ru", ""),
        ("../etc", ""),
        ("x", ""),
    ],
)
def test_normalises_language_codes(code: str, expected: str):
    assert normalise_language(code) == expected
