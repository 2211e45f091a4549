"""The editor of hashtag rules: a table that is read into rules, with the reason of every hashtag."""

import re
from typing import Any

import pytest

from app.admin.captions.hashtag_form import HashtagForm
from app.auth.guards import CSRF_HEADER
from app.captions.hashtags import HashtagRules
from app.captions.presets import PRESETS
from app.posts.prepare.caption_settings import load_hashtag_rules
from app.resources import Resources
from tests.admin.captions.articles import new_article
from tests.admin.support import Editor, csrf_token, text_of

PAGE = "/admin/captions/hashtags"
RULES = HashtagRules(
    brand={"all": ["#AIMAK"], "kk": ["#Сәтбаев"]},
    regions=["#Қазақстан"],
    categories={"Қоғам": "#қоғам"},
    blocklist=["Жарнама"],
    maximum=7,
    article_tags=2,
)


async def kept(resources: Resources) -> HashtagRules:
    async with resources.read() as session:
        return await load_hashtag_rules(session)


def typed(rules: HashtagRules, **changes: str) -> dict[str, str]:
    return {**HashtagForm.of(rules).fields, **changes}


async def test_what_the_form_shows_is_what_it_saves(editor: Editor, sqlite_resources: Resources) -> None:
    answer = await editor.submit(PAGE, page=PAGE, **typed(RULES))
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?notice=saved")
    stored = await kept(sqlite_resources)
    assert stored == RULES.model_copy(update={"regions": {"all": ["#Қазақстан"]}})
    page = await editor.open(PAGE)
    for text in ("#AIMAK", "#Сәтбаев", "Қоғам = #қоғам", "Жарнама"):
        assert text in page


@pytest.mark.parametrize(
    ("changes", "place", "said"),
    [
        ({"brand.kk": "#жаңа !!!"}, "brand.kk", "“!!!” makes no hashtag"),
        ({"maximum": "31"}, "maximum", "from 0 to 30"),
        ({"article_tags": "-1"}, "article_tags", "from 0 to 30"),
        ({"categories": "Қоғам"}, "categories", "“Қоғам” is no line of the form"),
        ({"order.brand": "first"}, "order.brand", "whole number"),
        ({"new_language": "qqqq qqqq"}, "new_language", "no language code"),
        ({"regions.all": " ".join(f"#a{number}" for number in range(31))}, "regions.all", "At most 30"),
    ],
)
async def test_what_cannot_be_used_is_said_at_its_field_and_nothing_is_saved(
    editor: Editor, sqlite_resources: Resources, changes: dict[str, str], place: str, said: str
) -> None:
    answer = await editor.submit(PAGE, page=PAGE, **typed(RULES, **changes))
    assert answer.status_code == 422
    assert said in text_of(answer.text)
    assert f'id="{place}-fault"' in answer.text
    assert await kept(sqlite_resources) == HashtagRules()


async def test_a_language_that_is_added_gets_its_fields(editor: Editor, sqlite_resources: Resources) -> None:
    answer = await editor.submit(PAGE, page=PAGE, **typed(RULES, new_language="Uzbek"))
    assert answer.status_code == 200
    assert 'name="brand.uz"' in answer.text
    assert await kept(sqlite_resources) == HashtagRules()
    await editor.submit(PAGE, page=PAGE, **typed(RULES, **{"brand.uz": "#Toshkent"}))
    assert (await kept(sqlite_resources)).brand["uz"] == ["#Toshkent"]  # type: ignore[call-overload]


async def test_an_article_shows_where_each_hashtag_comes_from_and_why_one_is_left_out(
    editor: Editor, sqlite_resources: Resources
) -> None:
    own = {"title": "Жаңалық", "language": "kk", "category": "Қоғам", "tags": ["Білім", "жарнама", "AIMAK", "a", "b"]}
    article = await new_article(sqlite_resources, **own)
    answer = await editor.submit(f"{PAGE}/why", page=PAGE, **typed(RULES), article=article.id)
    assert answer.status_code == 200
    rows: dict[str, Any] = {
        row[0]: row[1:]
        for row in re.findall(
            r'<th scope="row"[^>]*>([^<]+)</th><td[^>]*>([^<]+)</td><td[^>]*>([^<]+)</td>', answer.text
        )
    }
    assert rows["#Сәтбаев"] == ("Brand", "used")
    assert rows["#қоғам"] == ("Category", "used")
    assert rows["#Білім"] == ("The article&#39;s tags", "used")
    assert rows["#жарнама"][1] == "on the list of those never printed"
    assert rows["#b"][1] in {"more of the article&#39;s tags than the rules take", "more than the rules print"}
    assert await kept(sqlite_resources) == HashtagRules()


async def test_one_goes_back_to_the_rules_as_they_were(editor: Editor, sqlite_resources: Resources) -> None:
    await editor.submit(PAGE, page=PAGE, **typed(RULES))
    buttons = re.findall(r'action="([^"]*/versions/[^"]+)"', await editor.open(PAGE))
    assert len(buttons) == 1
    await editor.submit(buttons[0], page=PAGE)
    assert await kept(sqlite_resources) == HashtagRules()


async def test_ready_hashtags_are_taken_over_by_the_button_and_by_the_api(
    editor: Editor, sqlite_resources: Resources
) -> None:
    page = await editor.open(PAGE)
    found = re.search(r'action="([^"]*/presets/[a-z]+)"', page)
    assert found, "the page has no button for the ready set"
    answer = await editor.submit(found[1], page=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?notice=preset_used")
    assert "The hashtags of the set are in use." in text_of(await editor.open(answer.headers["location"]))
    assert await kept(sqlite_resources) == PRESETS["satpayev"]
    headers = {CSRF_HEADER: csrf_token(page)}
    own = {"brand": ["#Own"], "languages": {}, "regions": {}, "breaking": []}
    assert (await editor.client.put("/api/settings/hashtags", json=own, headers=headers)).status_code == 200
    for path, status in (("/nobody", 404), ("/satpayev", 200)):
        assert (await kept(sqlite_resources)).brand == ["#Own"]
        answer = await editor.client.post(f"/api/settings/hashtags/presets{path}", headers=headers)
        assert answer.status_code == status
    assert await kept(sqlite_resources) == PRESETS["satpayev"]
    assert (await editor.submit(f"{PAGE}/presets/nobody", page=PAGE)).status_code == 404
