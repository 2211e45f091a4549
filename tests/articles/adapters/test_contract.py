"""What holds for every adapter, on payloads as they were on the wire."""

import dataclasses
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest

from app.articles.adapters import ADAPTERS
from app.articles.adapters.base import (
    ClockSkew,
    IgnoredDelivery,
    ParsedDelivery,
    SignatureRefused,
    ThinDelivery,
    Verified,
)
from app.articles.adapters.ghost import GhostOptions
from app.articles.feeds.rest_api import read_rest
from app.errors import BadRequest, Invalid
from app.kit.clock import rfc3339
from tests.builders_articles import sample_delivery

PAYLOADS = Path(__file__).parents[2] / "payloads"
GHOST_SECRET = "test-webhook-secret"
TIMED = {"generic", "ghost", "contentful"}
"""Whose deliveries say when they were signed."""
SENDERS = sorted(set(ADAPTERS) - {"feed"})
"""Of whom deliveries are taken: a feed is polled."""
BEARERS = {"strapi", "directus"}
"""Who signs nothing, and names a secret."""


@dataclass(frozen=True)
class Case:
    """A payload that one kind of source accepts."""

    kind: str
    path: Path

    @property
    def body(self) -> bytes:
        return self.path.read_bytes()

    @property
    def headers(self) -> dict[str, str]:
        path = self.path.with_name(self.path.name.replace(".body.", ".headers."))
        return recorded_headers(self.path)[0] if path.is_file() else {}

    @property
    def golden(self) -> Path:
        return PAYLOADS / "golden" / f"{self.kind}__{self.path.name.removesuffix('.body.json')}.json"


CASES = [Case(kind, path) for kind in ADAPTERS for path in sorted((PAYLOADS / kind).glob("*.body.json"))]


def canonical(news: ParsedDelivery | IgnoredDelivery | ThinDelivery) -> Any:
    def write(value: object) -> str:
        assert isinstance(value, datetime)
        return rfc3339(value)

    told = dataclasses.asdict(news)
    # What only some deliveries have, and none of those that say all.
    for name in ("unresolved", "only_fills", "is_reread"):
        if not told.get(name):
            told.pop(name, None)
    return json.loads(json.dumps({"class": type(news).__name__, **told}, default=write))


def recorded_headers(path: Path) -> tuple[dict[str, str], datetime]:
    recorded = json.loads(path.with_name(path.name.replace(".body.", ".headers.")).read_text())
    received_at = datetime.fromtimestamp(recorded.get("received_at_ms", 1_795_230_000_000) / 1000, UTC)
    return {name.lower(): value for name, value in recorded["headers"].items()}, received_at


def refused_by(kind: str, headers: dict[str, str], body: bytes, secret: str, now: datetime) -> bool:
    adapter = ADAPTERS[kind]
    try:
        adapter.verify(headers, body, [secret], now, adapter.OPTIONS())
    except SignatureRefused:
        return True
    return False


def test_there_are_recorded_payloads_for_every_adapter():
    assert {case.kind for case in CASES} == set(ADAPTERS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}-{case.path.stem}")
def test_makes_the_stored_canonical_article_of_a_payload(case):
    adapter = ADAPTERS[case.kind]
    news = adapter.parse(case.body, adapter.OPTIONS(), case.headers)
    told = canonical(news)
    known = json.loads(case.golden.read_text()) if case.golden.is_file() else None
    shown = json.dumps(told, ensure_ascii=False, indent=2)
    assert known is not None, f"if this is the article, keep it as {case.golden.name}:\n{shown}"
    assert told == known


@pytest.mark.parametrize("path", sorted((PAYLOADS / "ghost").glob("*.body.json")), ids=lambda path: path.stem)
def test_accepts_what_ghost_sent_and_only_as_ghost(path):
    headers, now = recorded_headers(path)
    verified = ADAPTERS["ghost"].verify(headers, path.read_bytes(), [GHOST_SECRET], now, GhostOptions())
    assert verified.delivery_id is None
    assert abs(verified.at - now) < timedelta(seconds=2)
    assert refused_by("generic", headers, path.read_bytes(), "whsec_" + "a" * 32, now)
    assert refused_by("ghost", headers, path.read_bytes(), "another-secret", now)


RECORDED = [
    case for case in CASES if case.kind != "ghost" and case.path.name.startswith(("strapi_5.54.0__", "wpwebhooks_3"))
]
RECORDED_SECRETS = {"wordpress": ["s3cret"], "strapi": ["my-very-secured-token", "rec", "test-webhook-secret"]}


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case.path.stem)
def test_accepts_what_was_sent_and_only_as_its_own_kind(case):
    headers, now = recorded_headers(case.path)
    secrets = RECORDED_SECRETS[case.kind]
    adapter = ADAPTERS[case.kind]
    if "__2" not in case.path.name or case.kind == "strapi":
        assert adapter.is_signed(headers)
        assert adapter.verify(headers, case.body, secrets, now, adapter.OPTIONS()).at == now
    for kind in set(ADAPTERS) - BEARERS - {case.kind, "wordpress", "superdesk", "storyblok"}:
        for secret in [*secrets, GHOST_SECRET, ADAPTERS[kind].make_secret()]:
            own = "whsec_" + "a" * 32 if kind == "generic" else secret
            assert refused_by(kind, headers, case.body, own, now)
    for secret in ["", "another", secrets[0][:-1], f"{secrets[0]} ", "ключ"]:
        assert refused_by(case.kind, headers, case.body, secret, now)


@pytest.mark.parametrize("kind", SENDERS)
def test_a_changed_body_or_signature_is_refused_where_there_is_one(kind):
    adapter, now = ADAPTERS[kind], datetime.now(UTC)
    secret = adapter.make_secret()
    sample = sample_delivery(kind, secret)
    assert adapter.is_signed(sample.headers)
    adapter.verify(sample.headers, sample.body, ["x" * 64, secret], now, adapter.OPTIONS())
    assert refused_by(kind, sample.headers, sample.body, "x" * 64, now)
    if kind not in BEARERS | {"prismic"}:
        assert refused_by(kind, sample.headers, sample.body + b" ", secret, now)
    for name, value in sample.headers.items():
        if secret in value or "signature" in name or name == "authorization":
            for odd in ("", "ÿ" * 20, value[:-1], "x" * 10_000, "Bearer", "Bearer  "):
                headers = {**sample.headers, name: odd}
                assert refused_by(kind, headers, sample.body, secret, now)


@pytest.mark.parametrize("kind", sorted(BEARERS | {"wordpress", "superdesk", "storyblok"}))
def test_a_secret_in_the_address_is_as_good_as_one_in_a_header(kind):
    adapter, now = ADAPTERS[kind], datetime.now(UTC)
    secret = adapter.make_secret()
    body = b"{}"
    for path, is_right in [
        (f"/webhooks/cms/x?token={quote_plus(secret)}", True),
        (f"/webhooks/cms/x?a=1&token={quote_plus(secret)}", True),
        (f"/webhooks/cms/{secret}", False),
        ("/webhooks/cms/x?token=", False),
        ("/webhooks/cms/x?token=%FF%00", False),
        ("/webhooks/cms/x?" + "&".join(f"a{n}=1" for n in range(200)), False),
    ]:
        assert refused_by(kind, {":path": path}, body, secret, now) is not is_right


@pytest.mark.parametrize("vector", json.loads((PAYLOADS / "vectors/standard_webhooks.json").read_text()))
def test_accepts_the_vectors_of_standard_webhooks(vector):
    now = datetime.fromtimestamp(int(vector["webhook-timestamp"]), UTC)
    headers = {name: value for name, value in vector.items() if name.startswith("webhook-")}
    generic = ADAPTERS["generic"]
    verified = generic.verify(headers, vector["body"].encode(), [vector["secret"]], now, generic.OPTIONS())
    assert verified == Verified(vector["webhook-id"], now)
    with pytest.raises(Invalid):
        generic.parse(vector["body"].encode(), generic.OPTIONS(), {})


def test_accepts_the_vectors_of_contentful_s_and_sanity_s_own_libraries():
    now = datetime.fromtimestamp(1_795_230_000, UTC)
    vector = json.loads((PAYLOADS / "vectors/contentful_entry.publish.json").read_text())
    headers = {name.lower(): value for name, value in vector["headers"].items()}
    headers |= {":method": "POST", ":path": vector["path"]}
    body = vector["body"].encode()
    assert not refused_by("contentful", headers, body, vector["secret"], now)
    for name in ("x-contentful-topic", "content-type", ":path", ":method", "x-contentful-signed-headers"):
        assert refused_by("contentful", {**headers, name: "x"}, body, vector["secret"], now)
    sanity = json.loads((PAYLOADS / "vectors/sanity.json").read_text())
    signed = {sanity["header"]: sanity["value"]}
    assert not refused_by("sanity", signed, sanity["body"].encode(), sanity["secret"], now)
    # Sanity repeats what failed, so that half an hour is not too late; a day is.
    assert not refused_by("sanity", signed, sanity["body"].encode(), sanity["secret"], now + timedelta(minutes=50))
    with pytest.raises(ClockSkew):
        ADAPTERS["sanity"].verify(
            signed, sanity["body"].encode(), [sanity["secret"]], now + timedelta(days=1), ADAPTERS["sanity"].OPTIONS()
        )


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("superdesk", "superdesk_http_push"),
        ("drupal", "drupal_webhooks_module"),
        ("wordpress", "wp_webhooks_plugin"),
        ("storyblok", "storyblok"),
    ],
)
def test_accepts_the_vectors_of_senders_that_sign_the_body_alone(kind, form):
    vectors = json.loads((PAYLOADS / "vectors/formulas.json").read_text())
    headers = {name.lower(): value for name, value in vectors[form].items()}
    now = datetime.now(UTC)
    assert not refused_by(kind, headers, vectors["body"].encode(), vectors["secret"], now)
    assert refused_by(kind, headers, vectors["body"].encode() + b" ", vectors["secret"], now)


@pytest.mark.parametrize(("form", "legacy"), [("ghost_since_5_87_1", False), ("ghost_before_5_87_1", True)])
def test_accepts_the_old_ghost_signature_only_behind_its_switch(form, legacy):
    vectors = json.loads((PAYLOADS / "vectors/formulas.json").read_text())
    headers = {name.lower(): value for name, value in vectors[form].items()}
    now = datetime.fromtimestamp(1719842984, UTC)
    body, secrets = vectors["body"].encode(), [vectors["secret"]]
    ghost = ADAPTERS["ghost"]
    assert ghost.verify(headers, body, secrets, now, GhostOptions(legacy_signature=True)).at.year == 2024
    if legacy:
        with pytest.raises(SignatureRefused):
            ghost.verify(headers, body, secrets, now, GhostOptions())
    else:
        assert ghost.verify(headers, body, secrets, now, GhostOptions()).at.year == 2024


@pytest.mark.parametrize("kind", sorted(TIMED))
@pytest.mark.parametrize(("seconds", "is_fresh"), [(-301, False), (-299, True), (0, True), (299, True), (302, False)])
def test_allows_five_minutes_between_the_clocks(kind, seconds, is_fresh):
    adapter = ADAPTERS[kind]
    secret, now = adapter.make_secret(), datetime(2026, 11, 21, 3, 0, 0, 400_000, UTC)
    sample = sample_delivery(kind, secret, signed_at=int(now.timestamp()) + seconds)
    if is_fresh:
        adapter.verify(sample.headers, sample.body, [secret], now, adapter.OPTIONS())
    else:
        with pytest.raises(ClockSkew, match="Clock skew"):
            adapter.verify(sample.headers, sample.body, [secret], now, adapter.OPTIONS())


@pytest.mark.parametrize("kind", sorted(ADAPTERS))
def test_refuses_everything_when_there_is_no_secret(kind):
    adapter, now = ADAPTERS[kind], datetime.now(UTC)
    sample = sample_delivery(kind, adapter.make_secret())
    for secrets in ([], [""]):
        with pytest.raises(SignatureRefused):
            adapter.verify(sample.headers, sample.body, secrets, now, adapter.OPTIONS())


@pytest.mark.parametrize("kind", sorted(ADAPTERS))
def test_secrets_are_long_and_never_the_same(kind):
    secrets = {ADAPTERS[kind].make_secret() for _ in range(50)}
    assert len(secrets) == 50
    assert all(len(secret) >= 40 for secret in secrets)


@pytest.mark.parametrize("kind", SENDERS)
@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{}", b'{"type": 5}', b'{"post": []}', b"\xff", b"{" * 100_000])
def test_parsing_rubbish_raises_nothing_but_a_refusal(kind, body):
    with pytest.raises((BadRequest, Invalid)):
        ADAPTERS[kind].parse(body, ADAPTERS[kind].OPTIONS(), {})


@pytest.mark.parametrize(
    ("kind", "name", "told"),
    [
        ("ghost", "ghost_5.130.6_posts.answer.json", {"text": "Мәтін.", "image": "/content/images/"}),
        ("strapi", "strapi_5.54.0_articles_blocks.answer.json", {"text": "Мәтін.", "image": "/uploads/"}),
    ],
)
def test_the_list_of_a_running_cms_gives_what_its_webhook_gives(kind, name, told):
    document = json.loads((PAYLOADS / kind / name).read_text())
    options = ADAPTERS[kind].OPTIONS.model_validate({"site_url": "http://127.0.0.1:13377"} if kind == "strapi" else {})
    item = read_rest(document, kind, "http://127.0.0.1:13377/api/articles", options).items[0]
    draft = item.make()
    assert (draft.title, draft.text) == ("Екінші", told["text"])
    assert told["image"] in draft.images[0]["url"]
    assert "problem" not in draft.images[0]
    assert item.external_id
