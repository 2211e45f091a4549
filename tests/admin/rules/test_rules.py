"""The page of a source's rules: shown, tried, kept, and refused with what was typed."""

import re
from typing import Any

import pytest
from sqlmodel import select

from app.articles.models import Source
from app.resources import Resources
from tests.admin.support import Editor, text_of
from tests.builders import make_account, make_article, make_source


@pytest.fixture
async def place(sqlite_resources: Resources) -> tuple[str, str]:
    async with sqlite_resources.transaction() as session:
        source, account = await make_source(session, name="Aimaq"), await make_account(session)
        await make_article(session, source_id=source.id, title="Football", tags=["Sport"])
        await make_article(session, source_id=source.id, title="Roads", tags=["City"])
    return f"/admin/sources/{source.id}/rules", account.id


async def rules_of(resources: Resources) -> dict[str, Any]:
    async with resources.read() as session:
        return (await session.exec(select(Source))).one().rules


async def test_rules_are_tried_before_they_are_kept(
    editor: Editor, sqlite_resources: Resources, place: tuple[str, str]
) -> None:
    path, account_id = place
    page = await editor.open(path)
    assert 'id="tried"' not in page
    form = {"include.tags": "sport, culture", f"{account_id}.takes": "true", f"{account_id}.delay_minutes": "5"}
    form["max_wait_hours"] = "12"
    tried = await editor.submit(f"{path}/try", **form)
    assert tried.status_code == 200
    shown = text_of(tried.text)
    assert "Of the last 2 articles 1 would have gone out." in shown
    assert re.search("Roads Left out .* A rule wants one of these tags: sport, culture.", shown)
    assert re.search("Football Goes out .*: 5 minutes after it came", shown)
    assert 'value="sport, culture"' in tried.text
    assert await rules_of(sqlite_resources) == {}
    assert (await editor.submit(path, **form)).status_code == 303
    kept = await rules_of(sqlite_resources)
    assert kept["include"]["tags"] == ["sport", "culture"]
    assert kept["accounts"][account_id]["delay_minutes"] == 5
    assert "max_age_hours" not in kept
    assert kept["max_wait_hours"] == 12
    assert 'value="sport, culture"' in await editor.open(path)
    assert "Some articles are left out or held back." in text_of(await editor.open(path.removesuffix("/rules")))


async def test_an_account_that_is_unticked_gets_nothing_and_others_that_are_not_shown_keep_their_rules(
    editor: Editor, sqlite_resources: Resources, place: tuple[str, str]
) -> None:
    path, account_id = place
    async with sqlite_resources.transaction() as session:
        source = (await session.exec(select(Source))).one()
        source.rules = {"accounts": {"gone": {"takes": False}}}
        session.add(source)
    assert (await editor.submit(path, max_age_hours="12")).status_code == 303
    kept = await rules_of(sqlite_resources)
    assert {one: own["takes"] for one, own in kept["accounts"].items()} == {"gone": False, account_id: False}
    assert kept["max_age_hours"] == 12
    shown = text_of((await editor.submit(f"{path}/try", max_age_hours="12")).text)
    assert "By the source's rules this account gets none of its articles." in shown


NEEDED = {
    "delay_minutes": "Delay in minutes: a whole number from 0 to 10080 is needed.",
    "max_age_hours": "Oldest age in hours: a whole number from 1 to 8760 is needed.",
    "max_wait_hours": "Longest wait in hours: a whole number from 1 to 720 is needed.",
}


@pytest.mark.parametrize(
    "wrong",
    [{"delay_minutes": "soon"}, {"max_age_hours": "0"}, {"max_wait_hours": "721"}, {"include.languages": "martian"}],
)
async def test_what_cannot_be_meant_stays_typed(
    editor: Editor, sqlite_resources: Resources, place: tuple[str, str], wrong: dict[str, str]
) -> None:
    path, _ = place
    for target in (path, f"{path}/try"):
        answer = await editor.submit(target, **wrong)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert f'value="{next(iter(wrong.values()))}"' in answer.text
        if (field := next(iter(wrong))) in NEEDED:
            assert NEEDED[field] in text_of(answer.text)
            marked = re.findall(r'id="([^"]+)"[^>]* aria-invalid="true"[^>]* aria-describedby="([^ ]+) ', answer.text)
            assert marked == [(field, f"{field}-fault")]
            assert NEEDED[field] in text_of(answer.text.partition(f'id="{field}-fault"')[2])
            assert "rules." not in text_of(answer.text)
    assert await rules_of(sqlite_resources) == {}


async def test_a_wrong_delay_is_marked_where_it_was_typed(
    editor: Editor, sqlite_resources: Resources, place: tuple[str, str]
) -> None:
    path, account_id = place
    for typed in ("soon", "10081"):
        answer = await editor.submit(path, delay_minutes="5", **{f"{account_id}.delay_minutes": typed})
        assert answer.status_code == 422
        assert re.findall(r'id="([^"]+)"[^>]* aria-invalid="true"', answer.text) == [f"{account_id}-delay"]
