"""A tag that says which articles are wanted is found however it is typed."""

import unicodedata

import pytest

from app.articles.adapters.fields import has_tag, tag_names


@pytest.mark.parametrize(
    ("sent", "wanted"),
    [
        ("жайлау", unicodedata.normalize("NFD", "жайлау")),
        (unicodedata.normalize("NFD", "Жайлау"), "#жайлау"),
        ("Жаңа\u00a0 дәуір", "жаңа дәуір"),
        ("ＴｉｋＴｏｋ", "tiktok"),
        ("#TikTok ", "tiktok"),
        ("İstanbul", "istanbul"),
        ("Tik\u200bTok", "TikTok"),
    ],
)
def test_a_tag_is_found_in_every_spelling(sent: str, wanted: str):
    assert has_tag(["Басқа", sent], wanted)
    assert tag_names(["Басқа", sent], without=wanted) == ["Басқа"]


def test_another_tag_is_another():
    assert not has_tag(["жайлауда", "tik tok"], "жайлау")
