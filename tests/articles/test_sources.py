"""Sources: made, changed, rotated, removed; and the articles that they brought."""

import json
import re

import pytest
import sqlalchemy as sa

from app.articles.models import Article, Source
from app.articles.senders import OpenedSource
from app.articles.sources import NewSecret, rotate_secret
from tests.articles.conftest import all_rows
from tests.builders_articles import at, generic_delivery, ghost_delivery, new_source, sample_delivery


async def create(client, **changes):
    return await client.post("/api/sources", json={"name": "Aimaq News", "kind": "generic", **changes})


async def test_a_new_source_answers_with_its_address_and_secret(client):
    answer = await create(client, options={"language": "kk"})
    assert answer.status_code == 201
    made = answer.json()
    assert re.fullmatch(r"aimaq-news-[0-9a-f]{12}", made["slug"])
    assert made["webhook_url"] == f"http://127.0.0.1:8000/webhooks/cms/{made['slug']}"
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", made["secret"])
    assert made["options"] == {"language": "kk", "category": "", "opt_in_tag": "", "timezone": "", "public_key": ""}
    ghost = (await create(client, name="Жаңалықтар", kind="ghost")).json()
    assert re.fullmatch(r"janalyqtar-[0-9a-f]{12}", ghost["slug"])
    assert not ghost["secret"].startswith("whsec_")


@pytest.mark.parametrize(
    ("name", "readable"),
    [
        ("Қазақша сайт", "qazaqsha-sait"),
        ("Русская редакция", "russkaia-redaktsiia"),
        ("Ұлытау 24", "ulytau-24"),
        ("Жаңалықтар №1", "janalyqtar-no1"),
        ("Щёлково\u00a0— Ёж", "shchelkovo-ezh"),
        ("Türkçe", "turkce"),
        ("新闻", "generic"),
    ],
)
async def test_an_address_can_be_read_in_latin_letters(sqlite_client, name, readable):
    made = (await create(sqlite_client, name=name)).json()
    assert re.fullmatch(rf"{readable}-[0-9a-f]{{12}}", made["slug"])


@pytest.mark.parametrize(("typed", "kept"), [("KZ", "kk"), ("Қазақша", "kk"), ("und", ""), ("kk_Latn", "kk-Latn")])
async def test_a_sources_language_is_understood_by_its_names(sqlite_client, typed, kept):
    assert (await create(sqlite_client, options={"language": typed})).json()["options"]["language"] == kept


async def test_the_secret_is_shown_once_and_stored_encrypted(client, resources):
    made = (await create(client)).json()
    shown = [await client.get("/api/sources"), await client.get(f"/api/sources/{made['id']}"),
             await client.patch(f"/api/sources/{made['id']}", json={"name": "New"})]  # fmt: skip
    assert all(answer.status_code == 200 and made["secret"] not in answer.text for answer in shown)
    [source] = await all_rows(resources, Source)
    assert made["secret"] not in json.dumps(source.model_dump(), default=str)
    assert source.secret_encrypted.startswith("v1.")


@pytest.mark.parametrize("secret_holder", [NewSecret, OpenedSource])
async def test_a_secret_does_not_stand_in_a_repr(sqlite_resources, secret_holder):
    made = await new_source(sqlite_resources)
    held = {"source": made.source, "secret": made.secret}
    if secret_holder is OpenedSource:
        held = dict.fromkeys(OpenedSource.__slots__) | {"secret": made.secret}
    assert made.secret not in repr(secret_holder(**held))


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"kind": "joomla"}, 422), ({"options": {"languages": "kk"}}, 422),
        ({"options": {"legacy_signature": True}}, 422),
        ({"options": {"language": "no language"}}, 422), ({"options": {"opt_in_tag": "##"}}, 422),
        ({"name": "\u200b"}, 400),
        ({"name": " "}, 400), ({"name": "x" * 201}, 400), ({"slug": "mine"}, 400), ({"secret": "mine"}, 400),
        ({"options": []}, 400),
    ],
)  # fmt: skip
async def test_refuses_a_source_that_cannot_work(sqlite_client, changes, status):
    assert (await create(sqlite_client, **changes)).status_code == status


async def test_ghost_alone_knows_the_legacy_signature(client):
    answer = await create(client, kind="ghost", options={"legacy_signature": True})
    assert answer.json()["options"]["legacy_signature"] is True


async def test_changes_only_what_is_given(client):
    made = (await create(client, options={"language": "kk"})).json()
    path = f"/api/sources/{made['id']}"
    assert (await client.patch(path, json={"enabled": False})).json()["options"]["language"] == "kk"
    changed = (await client.patch(path, json={"options": {"category": "News"}})).json()
    assert changed["options"] == {
        "language": "",
        "category": "News",
        "opt_in_tag": "",
        "timezone": "",
        "public_key": "",
    }
    assert (changed["enabled"], changed["name"], changed["slug"]) == (False, "Aimaq News", made["slug"])
    assert (await client.patch(path, json={"kind": "ghost"})).status_code == 400


async def test_the_name_on_cards_is_set_changed_and_taken_away(client):
    made = (await create(client, card_name="  Аймақ  ")).json()
    assert (made["name"], made["card_name"]) == ("Aimaq News", "Аймақ")
    path = f"/api/sources/{made['id']}"
    assert (await client.patch(path, json={"name": "New"})).json()["card_name"] == "Аймақ"
    for wrong in ({"card_name": "x" * 61}, {"name": "\u200b "}, {"name": "x" * 201}, {"name": 5}):
        assert (await client.patch(path, json=wrong)).status_code in {400, 422}
    assert (await client.get(path)).json()["card_name"] == "Аймақ"
    assert (await client.patch(path, json={"card_name": ""})).json()["card_name"] == ""
    assert (await create(client)).json()["card_name"] == ""


async def test_changed_options_count_for_the_next_delivery(client, resources):
    made = await new_source(resources)
    for language in ("kk", "ru"):
        await client.patch(f"/api/sources/{made.source.id}", json={"options": {"language": language}})
        sample = generic_delivery(made.secret, id=language)
        await client.post(f"/webhooks/cms/{made.source.slug}", content=sample.body, headers=sample.headers)
    assert [article.language for article in await all_rows(resources, Article)] == ["kk", "ru"]


async def test_a_switched_off_source_takes_nothing_until_it_is_switched_on(client, resources):
    made = await new_source(resources)
    statuses = []
    for enabled in (True, False, True):
        await client.patch(f"/api/sources/{made.source.id}", json={"enabled": enabled})
        sample = generic_delivery(made.secret)
        answer = await client.post(f"/webhooks/cms/{made.source.slug}", content=sample.body, headers=sample.headers)
        statuses.append(answer.status_code)
    assert statuses == [202, 401, 202]


async def test_a_rotation_shows_the_new_secret_once(client):
    made = (await create(client)).json()
    answer = await client.post(f"/api/sources/{made['id']}/rotate-secret")
    assert answer.status_code == 200
    rotated = answer.json()
    assert (rotated["id"], rotated["slug"], rotated["webhook_url"]) == (made["id"], made["slug"], made["webhook_url"])
    assert rotated["secret"] != made["secret"]
    assert rotated["previous_secret_valid_until"] is not None
    revoked = (await client.post(f"/api/sources/{made['id']}/rotate-secret?revoke_old=true")).json()
    assert revoked["previous_secret_valid_until"] is None


async def test_a_rotation_mends_a_source_whose_key_was_lost(client, resources):
    made = await new_source(resources)
    async with resources.transaction() as session:
        await session.exec(sa.update(Source).values(secret_encrypted="v1.gone.AAAA.AAAA"))
    async with resources.transaction() as session:
        rotated = await rotate_secret(session, resources, made.source.id)
    sample = generic_delivery(rotated.secret)
    answer = await client.post(f"/webhooks/cms/{made.source.slug}", content=sample.body, headers=sample.headers)
    assert answer.status_code == 202


async def test_a_removed_source_is_gone_and_its_articles_stay(client, resources):
    made = await new_source(resources)
    path = f"/api/sources/{made.source.id}"
    sample = generic_delivery(made.secret)
    arrived = await client.post(f"/webhooks/cms/{made.source.slug}", content=sample.body, headers=sample.headers)
    assert (await client.delete(path)).status_code == 204
    assert [answer.status_code for answer in (await client.get(path), await client.delete(path))] == [404, 404]
    assert (await client.get("/api/sources")).json() == {"items": [], "next_cursor": None}
    [source] = await all_rows(resources, Source)
    assert (source.secret_encrypted, source.previous_secret_encrypted, source.enabled) == ("", None, False)
    assert (await client.get(f"/api/articles/{arrived.json()['article_id']}")).status_code == 200


@pytest.mark.parametrize("path", ["/api/sources/none", "/api/articles/none", "/api/sources/%00", "/api/articles/a%00b"])
async def test_what_does_not_exist_is_404(client, path):
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("query", ["cursor=%00", "limit=0", "limit=many", "cursor=x"])
@pytest.mark.parametrize("path", ["/api/sources", "/api/articles"])
async def test_a_wrong_query_is_400(client, path, query):
    assert (await client.get(f"{path}?{query}")).status_code == 400


async def test_lists_articles_page_by_page_with_filters(client, resources):
    one, two = await new_source(resources), await new_source(resources, "ghost")
    for number in range(5):
        sample = sample_delivery("generic", one.secret, id=str(number), html="<p>Long text</p>")
        await client.post(f"/webhooks/cms/{one.source.slug}", content=sample.body, headers=sample.headers)
    sample = ghost_delivery(two.secret)
    await client.post(f"/webhooks/cms/{two.source.slug}", content=sample.body, headers=sample.headers)
    first = (await client.get("/api/articles?limit=4")).json()
    rest = (await client.get(f"/api/articles?limit=4&cursor={first['next_cursor']}")).json()
    assert [len(first["items"]), len(rest["items"]), rest["next_cursor"]] == [4, 2, None]
    assert [item["external_id"] for item in first["items"] + rest["items"]][1:] == ["4", "3", "2", "1", "0"]
    assert "text" not in first["items"][0]
    mine = (await client.get(f"/api/articles?source_id={two.source.id}&state=published")).json()["items"]
    assert [item["source_id"] for item in mine] == [two.source.id]
    assert (await client.get("/api/articles?state=unpublished")).json()["items"] == []
    assert (await client.get("/api/articles?state=odd")).status_code == 400


async def test_an_article_shows_its_text_and_its_deliveries(client, resources):
    made = await new_source(resources)
    for type_, minute in [("article.published", 0), ("article.updated", 1), ("article.unpublished", 2)]:
        sample = generic_delivery(
            made.secret,
            type=type_,
            timestamp=at(minute),
            html="<p>Text</p>",
            delivery_id=f"msg_{minute}",
            title=str(minute),
        )
        answer = await client.post(f"/webhooks/cms/{made.source.slug}", content=sample.body, headers=sample.headers)
    article = (await client.get(f"/api/articles/{answer.json()['article_id']}")).json()
    assert (article["text"], article["state"], article["title"]) == ("Text", "unpublished", "1")
    assert [(event["type"], event["outcome"], event["delivery_id"]) for event in article["events"]] == [
        ("article.published", "created", "msg_0"),
        ("article.updated", "updated", "msg_1"),
        ("article.unpublished", "unpublished", "msg_2"),
    ]
    assert article["revision"].endswith("Z")


async def test_a_field_map_is_changed_by_itself_and_stays_when_options_change(sqlite_client):
    made = (await create(sqlite_client, kind="strapi", field_map={"title": "headline"})).json()
    assert made["options"]["field_map"] == {"title": ["headline"]}
    path = f"/api/sources/{made['id']}"
    changed = await sqlite_client.patch(path, json={"options": {"site_url": "https://cms.example"}})
    assert changed.json()["options"]["field_map"] == {"title": ["headline"]}
    changed = await sqlite_client.patch(path, json={"field_map": {"images": ["hero", "gallery.photo"]}})
    assert changed.json()["options"]["field_map"] == {"images": ["hero", "gallery.photo"]}
    assert changed.json()["options"]["site_url"] == "https://cms.example"
    assert (await sqlite_client.patch(path, json={"field_map": {}})).json()["options"]["field_map"] == {}


@pytest.mark.parametrize(
    ("kind", "changes", "named"),
    [
        ("strapi", {"field_map": {"headline": "title"}}, "field_map"),
        ("strapi", {"field_map": {"title": "a b"}}, "field_map"),
        ("strapi", {"field_map": {"title": ["x" * 300]}}, "field_map"),
        ("strapi", {"field_map": {"title": [f"a{n}" for n in range(50)]}}, "field_map"),
        ("strapi", {"options": {"field_map": []}}, "field_map"),
        ("strapi", {"options": {"site_url": "cms"}}, "site_url"),
        ("strapi", {"options": {"site_url": "file:///etc/passwd"}}, "site_url"),
        ("strapi", {"options": {"article_url": "https://x.example/{slug"}}, "article_url"),
        ("strapi", {"options": {"article_url": "https://x.example/{a b}"}}, "article_url"),
        ("strapi", {"options": {"article_url": "{url}"}}, "article_url"),
        ("ghost", {"field_map": {"title": "headline"}}, "field_map"),
    ],
)
async def test_refuses_a_field_map_or_an_address_that_cannot_work(sqlite_client, kind, changes, named):
    answer = await create(sqlite_client, kind=kind, **changes)
    assert answer.status_code == 422
    assert named in answer.json()["detail"]
