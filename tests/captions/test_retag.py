"""Other hashtags for a text that is written already."""

import pytest

from app.captions.retag import with_hashtags, without_hashtags


@pytest.mark.parametrize(
    ("text", "tags", "expected"),
    [
        ("Мектеп ашылды.\n\n#жаңалықтар #Сәтбаев", ["#Білім"], "Мектеп ашылды.\n\n#Білім"),
        ("Мектеп ашылды.\n\n#жаңалықтар #Сәтбаев", [], "Мектеп ашылды."),
        ("Мектеп ашылды.", ["#a", "#b", "#a"], "Мектеп ашылды.\n\n#a #b"),
        ("Мектеп ашылды. #a\n", ["#b"], "Мектеп ашылды. #b"),
        ("Бүгін #Алматы қаласында #қар жауды.\n#қар", ["#Қар"], "Бүгін Алматы қаласында #қар жауды."),
        ("#a #b", ["#c"], "#c"),
        ("", ["#हिन्दी"], "#हिन्दी"),
        ("Счёт 3#4, a#b и ##c", ["#d"], "Счёт 3#4, a#b и ##c\n\n#d"),
        ("नमस्ते #हिन्दी", ["#b"], "नमस्ते #b"),
    ],
)
def test_a_text_carries_the_wanted_hashtags_and_no_others(text, tags, expected):
    assert with_hashtags(text, tags) == expected
    assert with_hashtags(expected, tags) == expected


def test_one_that_the_title_has_is_not_repeated_below():
    assert with_hashtags("Текст.", ["#a", "#B"], besides="Тақырып #b") == "Текст.\n\n#a"
    assert without_hashtags("Тақырып #b #c", but=["#B"]) == "Тақырып #b c"
