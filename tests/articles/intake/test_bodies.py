"""Who may send a body, how much all of them may have, and what becomes known of those that were refused."""

import asyncio
import ctypes
import os
import weakref
from collections.abc import AsyncIterator, MutableMapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from app import meters
from app.admin.sources.words import RefusalView
from app.articles.deliveries.book import settle_deliveries
from app.articles.intake.refusals import list_refusals, settle_refusals
from app.articles.models import Source, SourceDelivery, SourceRefusal
from app.kit import metrics
from app.kit.clock import utcnow
from app.kit.memory import give_back_memory
from app.ops.doctor.sources import check_sources
from app.web import bodies
from app.web.bodies import BodyBudget, BodyTooLarge, NoRoomForBody
from tests.articles.conftest import all_rows
from tests.builders_articles import ghost_delivery, new_source, sample_delivery, signed_ghost
from tests.support.whole_app import lend_app

MEGABYTE = b"x" * 1_000_000


class Sender:
    """Sends a body in pieces, and knows how many were asked for."""

    def __init__(self, pieces: int) -> None:
        self.left = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.left:
            self.left -= 1
            yield MEGABYTE


@pytest.mark.parametrize("headers", [{}, {"x-ghost-signature": f"sha256={'0' * 64}, t=1"}])
async def test_a_body_for_an_unknown_source_is_not_read(sqlite_client, headers):
    sender = Sender(10)
    answer = await sqlite_client.post("/webhooks/cms/nobody", content=sender, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_refused")
    assert sender.left == 9


@pytest.mark.parametrize("kind", ["generic", "ghost"])
async def test_a_body_without_the_fields_of_a_signature_is_not_read(sqlite_client, sqlite_resources, kind):
    made, sender = await new_source(sqlite_resources, kind), Sender(9)
    path = f"/webhooks/cms/{made.source.slug}"
    assert (await sqlite_client.post(path, content=sender)).status_code == 401
    assert sender.left == 8
    signed = sample_delivery(kind, made.secret).headers
    assert (await sqlite_client.post(path, content=sender, headers=signed)).status_code == 401
    assert sender.left == 0


async def test_all_bodies_share_a_budget_that_comes_back(sqlite_client, sqlite_resources):
    made, budget = await new_source(sqlite_resources, "ghost"), sqlite_resources.bodies
    path, sample = f"/webhooks/cms/{made.source.slug}", ghost_delivery(made.secret)
    with budget.hold() as room:
        await room.read(_pieces(b"x" * (budget.most_bytes - 100)), announced=None, limit=budget.most_bytes)
        answer = await sqlite_client.post(path, content=sample.body, headers=sample.headers)
        assert (answer.status_code, answer.json()["code"]) == (503, "no_room_for_body")
        assert answer.headers["retry-after"] == "5"
    assert (await sqlite_client.post(path, content=sample.body, headers=sample.headers)).status_code == 202
    assert budget.taken == 0


async def test_a_body_counts_as_it_arrives_and_no_longer_than_it_is_held():
    budget = BodyBudget(most_bytes=10)
    with budget.hold() as first, budget.hold() as second:
        assert await first.read(_pieces(b"12", b"345"), announced=9, limit=9) == b"12345"
        with pytest.raises(NoRoomForBody):
            await second.read(_pieces(b"123", b"456"), announced=None, limit=9)
        assert budget.taken == 8
    assert budget.taken == 0
    with budget.hold() as room:
        with pytest.raises(BodyTooLarge):
            await room.read(_pieces(b"1234567"), announced=None, limit=6)
        with pytest.raises(BodyTooLarge):
            await room.read(_pieces(), announced=7, limit=6)


async def test_memory_that_many_bodies_took_goes_back_to_the_system(monkeypatch):
    given_back = []
    monkeypatch.setattr(bodies, "give_back_memory", lambda: given_back.append(True))
    monkeypatch.setattr(bodies, "SETTLED_SECONDS", 0.0)
    budget = BodyBudget(most_bytes=100)
    with budget.hold() as room:
        await room.read(_pieces(b"few"), announced=None, limit=50)
    await asyncio.sleep(0.01)
    assert not given_back
    with budget.hold() as first, budget.hold() as second:
        for room in (first, second):
            await room.read(_pieces(b"x" * 20), announced=None, limit=50)
    await asyncio.sleep(0.01)
    assert given_back == [True]


class _Ring:
    """Refers to itself, as a traceback does to what was refused: only the garbage collector frees it."""

    def __init__(self) -> None:
        self.itself, self.pieces = self, [bytes(range(250)) * 4 for _ in range(40_000)]


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="other C libraries have no such call")
def test_freed_memory_can_be_given_back():
    ring, in_use = _Ring(), [b"." * 1000]
    gone, before = weakref.ref(ring), _resident_bytes()
    del ring
    give_back_memory()
    assert gone() is None
    assert before - _resident_bytes() > 20_000_000
    del in_use


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGESIZE")


async def _pieces(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def test_a_sender_that_hangs_up_is_counted_and_is_no_fault_of_ours(sqlite_resources):
    made = await new_source(sqlite_resources, "ghost")
    sample = ghost_delivery(made.secret)
    path = f"/webhooks/cms/{made.source.slug}"
    pieces = iter([{"type": "http.request", "body": sample.body[:50], "more_body": True}])
    metrics.take()

    async def receive():
        return next(pieces, {"type": "http.disconnect"})

    answered: list[MutableMapping[str, Any]] = []

    async def send(message):
        answered.append(message)

    scope: Any = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in sample.headers.items()],
        "client": ("127.0.0.1", 1), "server": ("testserver", 80), "scheme": "http", "http_version": "1.1", "asgi": {},
    }  # fmt: skip
    with capture_logs() as logs, lend_app(sqlite_resources) as app:
        await app(scope, receive, send)
    assert answered[0]["status"] == 400
    assert {entry["log_level"] for entry in logs} == {"warning"}
    assert metrics.take()[(meters.deliveries.name, ("ghost", "body_broken_off"))] == 1
    await settle_refusals(sqlite_resources)
    [refusal] = await all_refusals(sqlite_resources)
    assert "hung up" in RefusalView.of(refusal).reason


async def test_what_a_known_source_was_refused_is_counted_and_told(client, resources):
    made = await new_source(resources, "ghost")
    path = f"/webhooks/cms/{made.source.slug}"
    good, bad = ghost_delivery(made.secret), signed_ghost(made.secret, b'{"post": {}}')
    metrics.take()
    for content, headers in [
        (bad.body, bad.headers),
        (bad.body, bad.headers),
        (good.body + b" ", good.headers),
        (b"x", {**good.headers, "content-length": str(60 * 1024 * 1024)}),
    ]:
        assert (await client.post(path, content=content, headers=headers)).status_code in {401, 413, 422}
    assert (await client.post("/webhooks/cms/nobody", content=good.body, headers=good.headers)).status_code == 401
    await settle_refusals(resources)
    name = meters.deliveries.name
    counted = {
        labels[1]: value for (what, labels), value in metrics.take().items() if what == name and labels[0] == "ghost"
    }
    assert counted == {"invalid": 2, "signature_refused": 1, "body_too_large": 1}
    assert {row.code: row.count for row in await all_refusals(resources)} == counted
    [finding] = [one async for one in check_sources(resources) if "refused a delivery" in one.message]
    assert finding.level == "warning"
    [source] = await all_rows(resources, Source)
    views = [RefusalView.of(refusal) for refusal in await all_refusals(resources)]
    assert sorted(one.count for one in views) == [1, 1, 2]
    assert {one.quote for one in views} == {"", "post.previous.id: Field required"}
    assert all(one.reason for one in views)
    await settle_deliveries(resources)
    rows = await all_rows(resources, SourceDelivery)
    kept = sorted((row.code, row.kept_bytes > 0, row.signed_at is not None) for row in rows)
    assert kept == [
        ("body_too_large", False, False),
        ("invalid", True, True),
        ("invalid", True, True),
        ("signature_refused", False, False),
    ]
    assert {row.source_id for row in rows} == {source.id}


async def all_refusals(resources) -> list[SourceRefusal]:
    async with resources.read() as session:
        return list(await list_refusals(session, utcnow() - timedelta(hours=1)))
