"""The catalogues keep to one word for one thing: the words that a native reading has thrown out do not come back."""

import re

import pytest

from tests.admin.messages import translations

FORBIDDEN = {
    "ru": {
        r"(?<!учётная )(?<!учётной )(?<!учётные )\bзапис(ь|и|ью|ей|ям|ях)\b": "a post is a публикация",
        r"\bпост(а|у|ом|е|ы|ов)?\b": "a post is a публикация",
        r"\bснят\w* с публикации": "an article is снята с сайта",
        r"\b(эт\w+|наш\w*) машин\w*": "this machine is a сервер",
        r"\bсклейк\w+": "TikTok says сшивание",
        r"\bпартнёрск\w+ контент": "TikTok says брендированный",
        r"\bякор\w+": "of an address it is a фрагмент",
        r"\b(повторится|отправится|выходит|продлевается)( снова)? сам(а|о|и)?\b": "автоматически",
        r"\bсканер\w*|\bхэштег\w*": "хештег",
        r"\bэккаунт\w*|\bакаунт\w*": "аккаунт",
        r"\bвэбхук\w*": "вебхук",
    },
    "kk": {
        r"\w*болдыр(м|ыл)\w*": "to cancel is тоқтату",
        r"\bпішім\w*": "формат",
        r"\bмашина\w*": "this machine is a сервер",
        r"\bпост(ы|тың|ты|қа|та|тар)?\b": "a post is a жазба",
        r"\bжариядан алын\w*|\bжарияланымнан\b": "an article is сайттан алынған",
        r"\bсеріктестік контент\w*": "TikTok says брендтелген",
        r"\bқұпиялық\w*|\bБаптаулар және": "TikTok's menu is «Параметрлер және құпиялылық»",
        r"\bжабық аккаунт\w*|\bашық аккаунт\w*": "TikTok says жеке and жария",
        r"\bқатынас токен\w*": "рұқсат токені",
        r"\bтүсініктеме\w*": "a comment is a пікір",
        r"\bхабарландыру\w* беруші": "an account's owner is its иесі",
        r"\bары қарай": "әрі қарай",
        r"\bякор\w+": "фрагмент",
    },
}


@pytest.mark.parametrize("language", FORBIDDEN)
def test_catalogue_keeps_to_the_term_list(language: str) -> None:
    found = [
        (key[0], word, instead)
        for key, texts in translations(language).items()
        for text in texts
        for word, instead in FORBIDDEN[language].items()
        if re.search(word, text, re.IGNORECASE)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("language", "english", "word"),
    [
        ("ru", r"\bhashtag", "хештег"),
        ("ru", r"\bsource\b", "источник"),
        ("ru", r"\bdraft", "черновик"),
        ("ru", r"\bcomment", "комментар"),
        ("kk", r"\bhashtag", "хештег"),
        ("kk", r"\bsource\b", "дереккөз"),
        ("kk", r"\bdraft", "нобай"),
        ("kk", r"\bcomment", "пікір"),
        ("kk", r"(?<!/)\bvideo\b", "бейне"),
    ],
)
def test_a_thing_has_its_word(language: str, english: str, word: str) -> None:
    missing = [
        key[0]
        for key, texts in translations(language).items()
        if re.search(english, key[0]) and not re.search(word, texts[0], re.IGNORECASE)
    ]
    assert missing == []
