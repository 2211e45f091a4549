"""TikTok's events at the door: whose they are, stored once, answered at once."""

import asyncio
import time
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from app.accounts.schemas import TikTokAppUpdate
from app.accounts.tokens.credentials import update_tiktok_app
from tests.support.whole_app import open_app
from tests.webhooks.support import list_events, make_event, sign

KEY, SECRET = "test-client-key", "test-client-secret"
OPEN_ID = "-000EmulatedDailyBulletin0000000001"
CONTENT = {"publish_id": "p1", "publish_type": "DIRECT_PUBLISH"}
BODY = make_event("post.publish.complete", OPEN_ID, CONTENT, client_key=KEY, created_at=1_793_534_400)


async def send(client, body, signature, path="/api/tiktok/webhook"):
    headers = {"content-type": "application/json"} | ({} if signature is None else {"TikTok-Signature": signature})
    return await client.post(path, content=body, headers=headers)


@pytest.fixture
async def client(resources):
    async with open_app(resources) as opened:
        yield opened.http


@pytest.mark.parametrize("path", ["/api/tiktok/webhook", "/tiktok/webhook"])
async def test_a_signed_event_is_stored_in_tiktoks_own_words(client, resources, path):
    answer = await send(client, BODY, sign(SECRET, BODY), path)
    assert answer.status_code == 200
    (event,) = await list_events(resources)
    assert (event.event, event.kind) == ("post.publish.complete", "publish_complete")
    assert (event.open_id, event.publish_id, event.publish_type) == (OPEN_ID, "p1", "DIRECT_PUBLISH")
    assert event.occurred_at == datetime.fromtimestamp(1_793_534_400, UTC)
    assert (event.handled_at, event.outcome) == (None, None)


async def test_an_old_signature_is_as_good_as_a_new_one(client, resources):
    answer = await send(client, BODY, sign(SECRET, BODY, time.time() - 71 * 3600))
    assert answer.status_code == 200
    assert len(await list_events(resources)) == 1


FORGED = {
    "another secret": sign("somebody-elses-secret", BODY),
    "another body": sign(SECRET, BODY + b" "),
    "no signature": None,
    "an empty one": "",
    "no time": "s=" + "0" * 64,
    "nonsense": b"t=1,s=\xff",
}


@pytest.mark.parametrize("signature", FORGED.values(), ids=FORGED.keys())
async def test_a_forged_event_is_refused_and_not_stored(client, resources, signature):
    assert (await send(client, BODY, signature)).status_code == 401
    assert await list_events(resources) == []


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"not json", b'{"client_key": 5}', b'{"client_key": null}'])
async def test_a_body_that_names_no_client_key_of_ours_is_refused(client, resources, body):
    assert (await send(client, body, sign(SECRET, body))).status_code == 401
    assert await list_events(resources) == []


async def test_an_event_for_another_app_is_refused_although_its_signature_would_fit(client):
    body = make_event("post.publish.complete", OPEN_ID, CONTENT, client_key="another-client-key")
    assert (await send(client, body, sign(SECRET, body))).status_code == 401


async def test_an_empty_secret_signs_nothing(client, resources):
    resources.settings.client_secret = SecretStr("")
    assert (await send(client, BODY, sign("", BODY))).status_code == 401


async def test_credentials_of_the_page_and_of_the_environment_both_verify_by_their_client_key(client, resources):
    update = TikTokAppUpdate(client_key="page-client-key", client_secret=SecretStr("page-client-secret"))
    await update_tiktok_app(resources, update)
    body = make_event("post.publish.failed", OPEN_ID, CONTENT, client_key="page-client-key")
    assert (await send(client, body, sign("page-client-secret", body))).status_code == 200
    assert (await send(client, body, sign(SECRET, body))).status_code == 401
    assert (await send(client, BODY, sign(SECRET, BODY))).status_code == 200
    assert len(await list_events(resources)) == 2


async def test_a_body_larger_than_any_event_is_refused(client):
    body = b" " * (64 * 1024 + 1)
    assert (await send(client, body, sign(SECRET, body))).status_code == 413


async def test_repeated_deliveries_are_one_event_even_at_once(client, resources):
    answers = await asyncio.gather(*(send(client, BODY, sign(SECRET, BODY, 1_793_534_400 + n)) for n in range(20)))
    assert [answer.status_code for answer in answers] == [200] * 20
    assert len(await list_events(resources)) == 1


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ("post.publish.publicly_available", "publicly_available"),
        ("post.publish.publicaly_available", "publicly_available"),
        ("post.publish.no_longer_publicaly_available", "no_longer_public"),
        ("post.publish.no_longer_publicly_available", "no_longer_public"),
        ("an.event.of.tomorrow", "unknown"),
    ],
)
async def test_every_spelling_and_every_unknown_event_is_taken(client, resources, event, kind):
    body = make_event(event, None, {"post_id": 7_602_997_517_160_123_666}, client_key=KEY)
    assert (await send(client, body, sign(SECRET, body))).status_code == 200
    (stored,) = await list_events(resources)
    assert (stored.event, stored.kind, stored.post_id) == (event, kind, "7602997517160123666")


async def test_odd_values_are_stored_as_far_as_a_database_takes_them(client, resources):
    content = {"publish_id": "p" * 5000, "reason": "x" * 500 + "\x00", "post_id": ["no id"]}
    body = make_event("e" * 500, "o" * 300, content, client_key=KEY, created_at=10**15)
    assert (await send(client, body, sign(SECRET, body))).status_code == 200
    (stored,) = await list_events(resources)
    assert (stored.open_id, stored.publish_id, stored.post_id, stored.occurred_at) == (None, None, None, None)
    assert (len(stored.event), stored.reason) == (64, "x" * 64)
