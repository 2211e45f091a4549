"""Every adapter on payloads with something wrong in them: always a verdict, and one that a database can hold."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from app.articles.adapters import ADAPTERS
from app.articles.adapters.base import IgnoredDelivery, ParsedDelivery, ThinDelivery
from app.articles.adapters.fields import MAX_EXTERNAL_ID, MAX_TEXT, MAX_TITLE
from app.errors import BadRequest, Invalid
from tests.articles.adapters.test_contract import CASES, Case
from tests.builders_articles import sample_delivery

_MOST_PLACES = 80
_DEEP: Any = "deep"
for _ in range(100):
    _DEEP = [{"type": "paragraph", "children": [{"data": {"data": {"content": _DEEP}}}]}]
ODD: list[Any] = [
    None, True, 0, -1, 10**30, 1e300, "", " ", "x" * 70_000, "Қазақстан – عربي 中文 🏫", "a\u0000b", "\udc00x\ud83d",
    [], {}, [None, 5, [], {}, ""], {"url": 5}, {"data": {"data": None}}, "0000-00-00 00:00:00", "javascript:alert(1)",
    "<p>" * 3_000, "[" * 3_000, "![](" * 2_000, _DEEP,
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Name every place in a document, the outer ones first."""
    level: list[tuple[tuple[Any, ...], Any]] = [((), value)]
    while level:
        inner: list[tuple[tuple[Any, ...], Any]] = []
        for at, one in level:
            if at:
                yield at
            pairs = one.items() if isinstance(one, dict) else enumerate(one[:3]) if isinstance(one, list) else ()
            inner += [((*at, key), item) for key, item in pairs]
        level = inner


def mutated(document: Any, at: tuple[Any, ...], odd: Any, *, is_removed: bool) -> Any:
    changed = deepcopy(document)
    parent = changed
    for key in at[:-1]:
        parent = parent[key]
    if is_removed:
        del parent[at[-1]]
    else:
        parent[at[-1]] = odd
    return changed


def check_questions(kind: str, news: Any, options: Any) -> None:
    """See that the CMS can be asked for what a delivery names, at its own address and at no other."""
    lookups = list(getattr(news, "lookups", ())) + [one for one in (getattr(news, "unresolved", None),) if one]
    fetch = ADAPTERS[kind].TRAITS.fetch
    for lookup in lookups:
        assert fetch is not None
        question = fetch.ask(lookup.named, options, "read-me-token")
        assert question.url.startswith("https://cms.example/")
        assert question.url.isascii()


def check(kind: str, body: bytes, headers: dict[str, str]) -> None:
    """Parse, and see that what comes out can be stored and shown."""
    adapter = ADAPTERS[kind]
    # With all that it takes to ask the CMS for what is only referred to.
    has_api = "api_url" in adapter.OPTIONS.model_fields
    options = adapter.OPTIONS(api_url="https://cms.example") if has_api else adapter.OPTIONS()  # type: ignore[call-arg]
    try:
        news = adapter.parse(body, options, headers)
    except (BadRequest, Invalid) as refusal:
        assert str(refusal.message)  # noqa: PT017
        return
    check_questions(kind, news, options)
    if isinstance(news, IgnoredDelivery):
        assert news.reason
        assert f"{news.type}{news.reason}".encode()
        return
    if isinstance(news, ThinDelivery):
        assert f"{news.type}{news.lookups}".encode()
        assert all(0 < len(one.external_id) <= MAX_EXTERNAL_ID for one in news.lookups)
        return
    assert isinstance(news, ParsedDelivery)
    assert 0 < len(news.external_id) <= MAX_EXTERNAL_ID
    draft = news.draft
    assert len(draft.title) <= MAX_TITLE
    assert len(draft.text) <= MAX_TEXT
    assert len(draft.language) <= 35
    assert draft.url == "" or draft.url.startswith(("http://", "https://"))
    texts = [news.type, news.external_id, draft.url, draft.title, draft.excerpt, draft.text, draft.category]
    everything = "".join(texts) + json.dumps([draft.tags, draft.images, draft.video_url], ensure_ascii=False)
    assert "\0" not in everything
    assert everything.encode()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}-{case.path.stem}")
def test_a_payload_with_one_odd_value_ends_in_a_verdict(case: Case):
    document, headers = json.loads(case.body.decode("utf-8-sig")), case.headers
    for number, at in enumerate(places(document)):
        if number == _MOST_PLACES:
            break
        check(case.kind, json.dumps(mutated(document, at, None, is_removed=True)).encode(), headers)
        # Every place meets some of the oddities, and every oddity many places.
        for odd in ODD[number % 6 :: 6]:
            check(case.kind, json.dumps(mutated(document, at, odd, is_removed=False)).encode(), headers)


@pytest.mark.parametrize("kind", sorted(ADAPTERS))
def test_a_body_of_ten_megabytes_ends_in_a_verdict(kind):
    adapter = ADAPTERS[kind]
    sample = sample_delivery(kind, adapter.make_secret())
    for filler in ("<div>", "Сөз ", "*a _b ", "[x "):
        text = filler * (10_000_000 // len(filler.encode()))
        body = sample.body.replace("Мектеп ашылды".encode(), text.encode()).replace(
            json.dumps("Мектеп ашылды.")[1:-1].encode(), text.encode()
        )
        check(kind, body if len(body) > 1_000_000 else sample.body[:-1] + b', "more": "' + text.encode() + b'"}', {})


IDS = {
    "generic": ("data", "id"), "ghost": ("post", "current", "id"), "wordpress": ("post_id",),
    "strapi": ("entry", "documentId"), "contentful": ("sys", "id"), "sanity": ("_id",), "superdesk": ("guid",),
    "drupal": ("entity", "uuid", 0, "value"), "directus": ("keys", 0), "storyblok": ("story_id",),
    "prismic": ("documents", 0),
}  # fmt: skip


SECOND_IDS = {"wordpress": ("post", "ID"), "strapi": ("entry", "id")}
NO_IDS = [1.5, 107350.0, 1e308, True, [1], {}, "  ", "\u00a0", "a\0b", "\ud800", "x" * 600]


@pytest.mark.parametrize("kind", sorted(IDS))
def test_what_is_no_id_is_refused_and_makes_no_article_of_another(kind):
    """A number with a point has been through a float: it may be the id of something else."""
    adapter = ADAPTERS[kind]
    sample = sample_delivery(kind, adapter.make_secret())
    for odd in NO_IDS:
        document = mutated(json.loads(sample.body), IDS[kind], odd, is_removed=False)
        if isinstance(odd, str) and kind in SECOND_IDS:
            document = mutated(document, SECOND_IDS[kind], odd, is_removed=False)  # empty text is as good as none
        with pytest.raises((BadRequest, Invalid)):
            adapter.parse(json.dumps(document).encode(), adapter.OPTIONS(), sample.headers)


@pytest.mark.parametrize("kind", sorted(ADAPTERS))
@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"a":' * 200_000, b'{"a": ' + b"9" * 5000 + b"}", b'{"a": NaN}'])
def test_hostile_json_is_refused(kind, body):
    with pytest.raises((BadRequest, Invalid)):
        ADAPTERS[kind].parse(body, ADAPTERS[kind].OPTIONS(), {})
