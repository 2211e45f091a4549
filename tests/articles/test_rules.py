"""Rules: what each of them lets out, and what it says of the rest."""

from datetime import timedelta
from typing import Any

import pytest

from app.articles.models import Article
from app.articles.rule_verdicts import judge, judge_for, leave_out
from app.articles.rules import LeftOutBy, SourceRules, read_left_out, read_rules, write_left_out
from app.kit.clock import utcnow
from app.messages import rules as said

NOW = utcnow()


def article(**changes):
    own: dict[str, Any] = {
        "title": "Алматыда жаңа мектеп ашылды",
        "language": "kk",
        "category": "Білім",
        "tags": ["Мектеп", "#Алматы"],
        "authors": ["Айгүл Сәрсенова"],
        "published_at": NOW - timedelta(hours=5),
    }
    return Article(source_id="s", external_id="1", revision=NOW, **(own | changes))


@pytest.mark.parametrize(
    ("terms", "has"),
    [
        ({"tags": ["алматы"]}, True),
        ({"tags": ["#МЕКТЕП"]}, True),
        ({"tags": ["спорт", "мектеп"]}, True),
        ({"tags": ["мек"]}, False),
        ({"categories": ["білім"]}, True),
        ({"categories": ["Қоғам"]}, False),
        ({"authors": ["айгүл сәрсенова"]}, True),
        ({"authors": ["Айгүл"]}, False),
        ({"languages": ["KZ"]}, True),
        ({"languages": ["kk-Latn"]}, False),
        ({"languages": ["ru", "kk"]}, True),
        ({"words": ["мектеп"]}, True),
        ({"words": ["мек"]}, False),
        ({"words": ["мек*"]}, True),
        ({"words": ["жаңа мектеп"]}, True),
        ({"words": ["жаңа меке*"]}, False),
        ({"words": ["жаңа мект*"]}, True),
        ({"words": ["мектеп жаңа"]}, False),
    ],
)
def test_the_same_terms_let_in_and_keep_out(terms, has):
    let_in = judge(SourceRules.model_validate({"include": terms}), article(), NOW)
    kept_out = judge(SourceRules.model_validate({"exclude": terms}), article(), NOW)
    assert (let_in is None, kept_out is None) == (has, not has)
    (name,) = terms
    why = kept_out if has else let_in
    assert why is not None
    assert why.code == {
        "tags": "rule_{}_tag",
        "categories": "rule_{}_category",
        "authors": "rule_{}_author",
        "languages": "rule_{}_language",
        "words": "rule_{}_word",
    }[name].format("has" if has else "wants")
    assert dict(why.params) == (
        {"term": next(term for term in terms[name] if term != "спорт" and term != "ru")}
        if has
        else {"terms": ", ".join(terms[name])}
    )


def test_kazakh_in_latin_letters_is_kazakh_and_a_language_of_its_own():
    latin = article(language="kk-Latn")
    for wanted, goes_out in (("kk", True), ("kk-Latn", True), ("ru", False)):
        assert (judge(read_rules({"include": {"languages": [wanted]}}), latin, NOW) is None) is goes_out


def test_the_language_of_an_article_that_names_none_is_found_out():
    kazakh, russian = article(language=""), article(language="und", title="В Алматы открыли новую школу")
    nobody_knows = article(language="", title="Kaspi Bank", excerpt="")
    for wanted, own, out in (
        ("kk", kazakh, True),
        ("ru", kazakh, False),
        ("ru", russian, True),
        ("kk", russian, False),
    ):
        assert (judge(read_rules({"include": {"languages": [wanted]}}), own, NOW) is None) is out
        assert (judge(read_rules({"exclude": {"languages": [wanted]}}), own, NOW) is None) is not out
    assert judge(read_rules({"include": {"languages": ["kk"]}}), nobody_knows, NOW) is not None
    assert judge(read_rules({"exclude": {"languages": ["kk"]}}), nobody_knows, NOW) is None


def test_of_each_list_one_is_wanted_and_what_keeps_out_goes_first():
    rules = read_rules({"include": {"tags": ["мектеп"], "categories": ["Спорт"]}})
    assert judge(rules, article(), NOW) == said.rule_wants_category(terms="Спорт")
    rules = read_rules({"include": {"tags": ["мектеп"]}, "exclude": {"words": ["ашылды"]}})
    assert judge(rules, article(), NOW) == said.rule_has_word(term="ашылды")


def test_an_age_counts_where_it_was_said():
    assert judge(read_rules({"max_age_hours": 4}), article(), NOW) == said.rule_age(hours=4)
    assert judge(read_rules({"max_age_hours": 5}), article(published_at=NOW - timedelta(hours=4.9)), NOW) is None
    assert judge(read_rules({"max_age_hours": 1}), article(published_at=None), NOW) is None
    assert judge(read_rules({}), article(published_at=NOW - timedelta(days=900)), NOW) is None


def test_an_account_has_rules_of_its_own():
    own = {"one": {"takes": False}, "two": {"exclude": {"tags": ["мектеп"]}}, "three": {"delay_minutes": 0}}
    rules = read_rules({"delay_minutes": 15, "accounts": own})
    assert judge_for(rules, article(), "one") == said.RULE_ACCOUNT
    assert judge_for(rules, article(), "two") == said.rule_has_tag(term="мектеп")
    assert judge_for(rules, article(), "three") is judge_for(rules, article(), "four") is None
    assert [rules.delay_of(one).total_seconds() for one in ("three", "four")] == [0, 900]
    left_out = leave_out(rules, article(), ["one", "two", "three"], NOW)
    assert [one.account_id for one in left_out] == ["one", "two"]
    everybody = leave_out(read_rules({"include": {"tags": ["x"]}}), article(), ["one"], NOW)
    assert everybody == [LeftOutBy("", said.rule_wants_tag(terms="x"))]
    read = read_left_out(write_left_out([*left_out, *everybody]))
    assert [(one.account_id, one.why.code) for one in read] == [
        ("one", "rule_account"),
        ("two", "rule_has_tag"),
        ("", "rule_wants_tag"),
    ]


async def test_rules_are_set_in_parts_and_shown(client):
    made = (await client.post("/api/sources", json={"name": "N", "kind": "generic"})).json()
    path = f"/api/sources/{made['id']}"
    assert made["rules"]["max_age_hours"] == 24
    await client.patch(path, json={"rules": {"include": {"tags": ["Спорт", " спорт ", ""]}, "delay_minutes": 5}})
    changed = (await client.patch(path, json={"rules": {"max_age_hours": 48}})).json()["rules"]
    assert changed["include"]["tags"] == ["Спорт"]
    assert (changed["delay_minutes"], changed["max_age_hours"]) == (5, 48)
    emptied = (await client.patch(path, json={"rules": {"include": {}}})).json()["rules"]
    assert (emptied["include"]["tags"], emptied["delay_minutes"]) == ([], 5)
    with_feed = await client.patch(path, json={"feed_url": "https://news.example/feed"})
    assert with_feed.json()["rules"]["max_age_hours"] == 48


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({"max_age_hours": 0}, "max_age_hours"),
        ({"delay_minutes": -1}, "delay_minutes"),
        ({"delay_minutes": 10_081}, "delay_minutes"),
        ({"max_wait_hours": 0}, "max_wait_hours"),
        ({"max_wait_hours": 721}, "max_wait_hours"),
        ({"accounts": {"a": {"delay_minutes": 10_081}}}, "delay_minutes"),
        ({"include": {"languages": ["no language"]}}, "no language"),
        ({"exclude": {"tags": ["#"]}}, "must name something"),
        ({"include": {"tags": "спорт"}}, "tags"),
        ({"include": {"colours": ["red"]}}, "colours"),
        ({"include": {"tags": ["x" * 101]}}, "tags"),
    ],
)
async def test_rules_that_cannot_be_meant_are_refused(client, rules, code):
    made = (await client.post("/api/sources", json={"name": "N", "kind": "generic"})).json()
    answer = await client.patch(f"/api/sources/{made['id']}", json={"rules": rules})
    assert answer.status_code in {400, 422}
    assert code in answer.text
    after = (await client.get(f"/api/sources/{made['id']}")).json()
    assert after["rules"] == made["rules"]
