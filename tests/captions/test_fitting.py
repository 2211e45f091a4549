"""What does not fit is cut where it does no harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.captions.fitting import cut_whole
from app.kit.text import utf16_len


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("Сәтбаев #Қазақстан", 18, "Сәтбаев #Қазақстан"),
        ("Сәтбаев #Қазақстан", 17, "Сәтбаев…"),
        ("#Сәтбаев #Қазақстандағы", 20, "#Сәтбаев"),
        ("#Қазақстан", 5, ""),
        ("адрес https://news.example/a-long-address", 25, "адрес…"),
        ("адрес https://news.example/a-long-address", 9, "адрес…"),
        ("статья, см. https://news.example/a-long-address", 25, "статья…"),
        ("Жүлде 25 000 ₸ #жүлде", 19, "Жүлде 25 000 ₸…"),
        ("Жүлде 25 000 ₸ #жүлде", 12, "Жүлде…"),
        ("письмо @somebody", 12, "письмо…"),
        ("#тег и слова дальше", 6, "#тег"),
        ("обычный текст", 10, "обычный…"),
        ("🔥🔥", 1, ""),
    ],
)
def test_leaves_no_hashtag_mention_or_address_in_half(text: str, limit: int, expected: str):
    assert cut_whole(text, limit) == expected


@given(
    st.lists(st.sampled_from(["#тег", "@имя", "https://a.example/b", "слово", "👨‍👩‍👧‍👦", "a,"])), st.integers(0, 80)
)
def test_each_hashtag_that_is_left_stood_in_the_text(words: list[str], limit: int):
    result = cut_whole(" ".join(words), limit)
    assert utf16_len(result) <= limit
    assert {word for word in result.split() if word[0] in "#@h"} <= set(words)
