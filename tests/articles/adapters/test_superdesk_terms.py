"""Terms of use that keep an item off social media are kept to; those that do not mention them are no reason."""

import json

import pytest

from app.articles.adapters import ADAPTERS, superdesk
from app.articles.adapters.base import ParsedDelivery
from tests.articles.adapters.test_contract import PAYLOADS

ITEM = json.loads((PAYLOADS / "superdesk" / "ninjs1_usable.body.json").read_bytes())


@pytest.mark.parametrize(
    ("terms", "is_kept_off"),
    [
        ("Not for use on social media.", True),
        ("Editorial use only; no social or TikTok use", True),
        ("Не для социальных сетей", True),
        ("Әлеуметтік желілерде қолдануға болмайды", True),
        ("Free for social media. Not for advertising.", False),
        ("No use after 30 days", False),
        ("", False),
        ({"not": "a text"}, False),
    ],
)
def test_terms_of_use(terms, is_kept_off):
    body = json.dumps({**ITEM, "usageterms": terms}).encode()
    news = superdesk.parse(body, ADAPTERS["superdesk"].OPTIONS())
    assert isinstance(news, ParsedDelivery)
    assert (news.draft.is_declined, news.draft.is_wanted) == (is_kept_off, not is_kept_off)
