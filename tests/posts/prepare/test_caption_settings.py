"""Caption templates, hashtag rules and text limits: stored whole or not at all, and used by the next post."""

import asyncio
from typing import Any

import pytest
from sqlmodel import select

from app.accounts.models import Account, AccountSettings
from app.captions.checker import TemplateRefused
from app.captions.hashtags import HashtagRules
from app.captions.models import HashtagRuleSet
from app.captions.presets import PRESETS
from app.captions.schemas import TemplateKind
from app.captions.schemas_settings import CaptionSettingsUpdate, CaptionTemplateWrite
from app.captions.templates import shipped_template
from app.errors import NotFound
from app.kit.text import utf16_len
from app.posts.prepare.caption_settings import (
    load_hashtag_rules,
    read_caption_settings,
    save_caption_templates,
    save_hashtag_rules,
    text_limits,
    use_hashtag_preset,
)
from app.posts.prepare.preview import preview
from app.posts.schemas_preview import PreviewRequest


def template(source, kind="photo_title", language="default"):
    return CaptionTemplateWrite.model_validate({"kind": kind, "language": language, "source": source})


async def save(resources, *templates):
    async with resources.transaction() as session:
        return await save_caption_templates(session, list(templates))


async def read(resources):
    async with resources.read() as session:
        items = (await read_caption_settings(session)).templates
    return {(item.kind, item.language): (item.source, item.is_default) for item in items}


async def test_the_shipped_templates_serve_until_they_are_edited(resources):
    shown = await read(resources)
    assert shown == {(kind, "default"): (shipped_template(kind), True) for kind in TemplateKind}


async def test_what_was_read_can_be_sent_back_and_changes_nothing(resources):
    await save(resources, template("{{ title }}!", language="kk"))
    shown = await read(resources)
    async with resources.read() as session:
        body = (await read_caption_settings(session)).model_dump(mode="json")
    await save(resources, *CaptionSettingsUpdate.model_validate(body).templates)
    assert await read(resources) == shown


async def test_an_edited_template_is_what_the_next_post_carries(newsroom):
    await newsroom.connect()
    await save(newsroom.app, template("Қазір: {{ title }}", language="kk"), template("Now: {{ title }}"))
    await newsroom.plan("one", title="Мектеп", language="kk")
    await newsroom.plan("two", title="School", language="en")
    await newsroom.work()
    assert [there.title for there in newsroom.there] == ["Қазір: Мектеп", "Now: School"]


async def test_an_empty_template_brings_the_shipped_one_back(resources):
    await save(resources, template("X {{ title }}"), template("Y {{ title }}", language="ru"))
    assert (await read(resources))["photo_title", "default"] == ("X {{ title }}", False)
    await save(resources, template(" \n"), template("", language="ru"), template("", language="uz"))
    shown = await read(resources)
    assert shown["photo_title", "default"] == (shipped_template(TemplateKind.photo_title), True)
    assert ("photo_title", "ru") not in shown


@pytest.mark.parametrize(
    ("source", "line"),
    [("fine\n{{ title }}\n{{ 'a' * 100 }}", 3), ("{% if title %}", 1), ("{{ nobody }}", 1), ("\n{{ title.x }}", 2)],
)
async def test_a_bad_template_is_refused_with_its_line_and_none_is_stored(resources, source, line):
    with pytest.raises(TemplateRefused) as refused:
        await save(resources, template("Good: {{ title }}"), template(source, kind="photo_description"))
    assert refused.value.line == line
    assert f"line {line}" in refused.value.message.lower()
    assert (await read(resources))["photo_title", "default"][1]


def test_a_template_with_nul_is_refused_at_the_door():
    with pytest.raises(ValueError, match="source"):
        template("a\x00b {{ title }}")


async def test_the_same_template_twice_in_one_request_is_stored_once(resources):
    await save(resources, template("First {{ title }}", language="kk"), template("Last {{ title }}", language="kz"))
    assert (await read(resources))["photo_title", "kk"] == ("Last {{ title }}", False)


async def test_the_hashtag_rules_are_replaced_as_a_whole(resources):
    async with resources.read() as session:
        assert await load_hashtag_rules(session) == HashtagRules()
    for brand in (["AimaqNews"], ["Other", "Tags"]):
        rules = HashtagRules.model_validate({"brand": brand})
        async with resources.transaction() as session:
            await save_hashtag_rules(session, rules)
        async with resources.read() as session:
            assert await load_hashtag_rules(session) == rules
    assert rules.brand == ["#Other", "#Tags"]


async def test_a_ready_set_takes_the_place_of_the_rules(resources):
    async with resources.transaction() as session:
        assert await use_hashtag_preset(session, "satpayev") == PRESETS["satpayev"]
    async with resources.read() as session:
        assert await load_hashtag_rules(session) == PRESETS["satpayev"]
    with pytest.raises(NotFound):
        async with resources.transaction() as session:
            await use_hashtag_preset(session, "nobody")


async def test_saved_rules_stay_as_they_are_with_a_plain_list_for_every_language(resources):
    old = {"brand": ["#AIMAK"], "languages": {"kk": ["#жаналықтар"], "und": ["#x"]}, "breaking": ["#срочно"]}
    async with resources.transaction() as session:
        session.add(HashtagRuleSet(rules=old))
    async with resources.read() as session:
        rules = await load_hashtag_rules(session)
    assert (rules.brand, rules.languages, rules.breaking) == (["#AIMAK"], {"kk": ["#жаналықтар"]}, ["#срочно"])


async def test_edited_rules_are_what_the_next_post_carries(newsroom):
    await newsroom.connect()
    async with newsroom.app.transaction() as session:
        await save_hashtag_rules(session, HashtagRules.model_validate({"brand": ["БіздіңСайт"], "order": ["brand"]}))
    post_id = await newsroom.plan()
    await newsroom.work()
    assert (await newsroom.post(post_id)).hashtags == ["#БіздіңСайт"]
    assert "#БіздіңСайт" in newsroom.there[0].description


def lowered(**limits: Any) -> Account:
    return Account(open_id="x", settings=AccountSettings(**limits))


async def test_an_account_may_only_lower_the_limits(sqlite_resources):
    settings = sqlite_resources.settings
    assert text_limits(settings, None).title == 90
    assert text_limits(settings, lowered(title_limit=50, description_limit=300)).title == 50
    assert text_limits(settings, lowered(description_limit=300)).description == 300
    assert text_limits(settings, lowered(title_limit=500, caption_limit=9999)).title == 90


async def test_an_accounts_own_limits_shorten_its_posts(sqlite_newsroom):
    await sqlite_newsroom.connect(title_limit=20, description_limit=60)
    await sqlite_newsroom.plan(title="Ұзақ тақырып " * 9, excerpt="Ұзақ мәтін. " * 30)
    await sqlite_newsroom.work()
    (there,) = sqlite_newsroom.there
    assert utf16_len(there.title) <= 20
    assert utf16_len(there.description) <= 60


async def test_the_owners_older_limits_are_a_setting(sqlite_newsroom):
    app, title = sqlite_newsroom.app, "Ұзақ тақырып " * 12
    article = {"id": "1", "url": "https://news.example/a/1", "title": title}
    today = await preview(app, PreviewRequest(article=article))
    app.settings.photo_title_limit = 150
    older = await preview(app, PreviewRequest(article=article))
    assert utf16_len(today.title) <= 90 < utf16_len(older.title) <= 150


async def test_many_who_save_the_first_hashtag_rules_at_once_all_succeed(resources):
    async def save_rules(number: int) -> None:
        async with resources.transaction() as session:
            await save_hashtag_rules(session, HashtagRules.model_validate({"brand": [f"#tag{number}"]}))

    await asyncio.gather(*(save_rules(number) for number in range(12)))
    async with resources.read() as session:
        (kept,) = (await load_hashtag_rules(session)).brand
        assert kept in {f"#tag{number}" for number in range(12)}
        assert len((await session.exec(select(HashtagRuleSet.id))).all()) == 1


async def test_many_who_save_and_take_back_the_first_templates_at_once_all_succeed(resources):
    kinds = ("photo_title", "photo_description")

    async def save_some(number: int) -> None:
        source = "" if number % 3 == 0 else f"{{{{ title }}}} {number}"
        # Told in both orders, so that they would wait for each other if they were stored so.
        await save(resources, *(template(source, kind) for kind in kinds[:: 1 if number % 2 else -1]))

    await asyncio.gather(*(save_some(number) for number in range(12)))
    shown = await read(resources)
    assert len(shown) == len(TemplateKind)
