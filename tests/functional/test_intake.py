"""The intake of a real installation under fire: a burst, slow senders, a lost database, a lost Redis, an end."""

import asyncio
import json
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from pydantic import SecretStr
from sqlmodel import func, select

from app.articles.models import Article
from app.articles.schemas import SourceCreate
from app.articles.sources import create_source
from app.config import Settings
from app.posts.models import Post
from app.resources import Resources, open_resources
from tests.bench.load import make_request
from tests.builders import make_account
from tests.functional.stack import Stack, until
from tests.support.postgres import PostgresServer
from tests.support.redis import TestRedis

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def postgres_of_its_own() -> Iterator[PostgresServer]:
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def web_process(folder: Path, url: str, *, is_migrated: bool = True) -> Iterator[tuple[Stack, str, str]]:
    """A web process with its embedded Redis and no worker; the address of its webhook, and the secret."""
    stack = Stack(folder, url)
    try:
        if not is_migrated:
            stack.migrate()
        slug, secret = asyncio.run(_make_source(stack))
        stack.spawn("web")
        until(lambda: stack.answers(stack.http, "/healthz"), what="newsreel web")
        yield stack, f"{stack.url}/webhooks/cms/{slug}", secret
    finally:
        stack.stop()


@asynccontextmanager
async def opened(stack: Stack) -> AsyncIterator[Resources]:
    url, folder = SecretStr(stack.database_url), stack.folder / "var"
    async with open_resources(Settings(_env_file=None, database_url=url, data_dir=folder)) as resources:
        yield resources


async def _make_source(stack: Stack) -> tuple[str, str]:
    async with opened(stack) as resources, resources.transaction() as session:
        made = await create_source(session, resources.keyring, SourceCreate(name="Newsroom", kind="generic"))
        await make_account(session)
        return made.source.slug, made.secret


async def count(stack: Stack) -> list[int]:
    async with opened(stack) as resources, resources.read() as session:
        return [(await session.exec(select(func.count()).select_from(table))).one() for table in (Article, Post)]


async def send(
    url: str, requests: Iterator[bytes], answers: list[tuple[int, dict[str, object]]], *, is_patient: bool
) -> None:
    """Send one request after the other over one connection, as a CMS with keep-alive does; the patient until 202."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    for request in requests:
        is_to_send = True
        while is_to_send:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.partition("content-length:")[2].split()[0])
            status = int(head.split()[1])
            answers.append((status, json.loads(await reader.readexactly(length))))
            is_to_send = is_patient and status == 503
    writer.close()


async def burst(
    url: str, secret: str, numbers: list[int], connections: int, *, is_patient: bool = False
) -> list[tuple[int, dict[str, object]]]:
    requests = iter([make_request(url, secret, number) for number in numbers])
    answers: list[tuple[int, dict[str, object]]] = []
    await asyncio.gather(*(send(url, requests, answers, is_patient=is_patient) for _ in range(connections)))
    return answers


@pytest.mark.parametrize(
    ("deliveries", "connections"),
    [(1_000, 50), pytest.param(10_000, 200, marks=pytest.mark.torture)],
)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_burst_with_repetitions_loses_nothing_and_doubles_nothing(
    tmp_path, migrated_database, database, deliveries, connections
):
    unique = deliveries * 9 // 10
    # Each tenth article comes twice, the second time soon after the first.
    numbers = [number for number in range(unique) for _ in range(2 if number % 9 == 0 else 1)]
    with web_process(tmp_path, migrated_database(database, tmp_path)) as (stack, webhook, secret):
        process = psutil.Process(stack.processes["web"].pid)
        asyncio.run(burst(webhook, secret, list(range(unique, unique + 20)), 4))
        before = process.memory_info().rss
        # On a machine whose disk stands still for a while some are told to come again.
        answers = asyncio.run(burst(webhook, secret, numbers, connections, is_patient=True))
        grown = process.memory_info().rss - before
        receipts = [body for status, body in answers if status == 202]
        refused = Counter(status for status, _ in answers)[503]
        assert (len(receipts), len(answers) - refused) == (deliveries, deliveries)
        assert len({body["article_id"] for body in receipts}) == unique
        # What was told to come again may have been stored all the same, and then it is a duplicate.
        assert 0 <= sum(bool(body["duplicate"]) for body in receipts) - (deliveries - unique) <= refused
        assert asyncio.run(count(stack)) == [unique + 20, unique + 20]
        assert grown < 200 * 1024 * 1024


async def _drip(url: str, head: bytes, cut: asyncio.Event) -> bytes:
    """Send one byte of a body each second, and read until the server has had enough.

    Not to the last moment: a server that closes while bytes are still coming resets the connection, answer and all.
    """
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(head)
    answer = asyncio.create_task(reader.read())
    for _ in range(25):
        writer.write(b"x")
        await asyncio.wait({answer}, timeout=1.0)
    received = await answer
    cut.set()
    writer.close()
    return received


@pytest.mark.slow
def test_slow_senders_hold_up_nobody_and_are_cut(tmp_path, migrated_database):
    async def attack(url: str, secret: str) -> tuple[list[bytes], list[int], bool]:
        cut = asyncio.Event()
        # What bears no signature at all is refused before its body is read.
        signed = f"webhook-id: m\r\nwebhook-timestamp: {int(time.time())}\r\nwebhook-signature: v1,AAAA\r\n"
        head = f"POST {urlsplit(url).path} HTTP/1.1\r\nhost: x\r\n{signed}content-length: 60000\r\n\r\n".encode()
        slow = [asyncio.create_task(_drip(url, head, cut)) for _ in range(200)]
        await asyncio.sleep(2)
        answers = await burst(url, secret, list(range(100)), 5)
        was_under_attack = not cut.is_set()
        return await asyncio.gather(*slow), [status for status, _ in answers], was_under_attack

    with web_process(tmp_path, migrated_database("sqlite", tmp_path)) as (stack, webhook, secret):
        cut, answers, was_under_attack = asyncio.run(attack(webhook, secret))
        assert answers == [202] * 100
        assert was_under_attack
        assert [answer.startswith(b"HTTP/1.1 408") for answer in cut] == [True] * 200
        assert asyncio.run(count(stack)) == [100, 100]


def test_a_lost_database_is_answered_with_503_and_a_found_one_works_without_a_restart(tmp_path, postgres_of_its_own):
    server = postgres_of_its_own

    def deliver(number: int) -> int:
        ((status, _),) = asyncio.run(burst(webhook, secret, [number], 1))
        return status

    with web_process(tmp_path, server.url(server.new_database()), is_migrated=False) as (stack, webhook, secret):
        assert deliver(1) == 202
        server.kill()
        assert [deliver(number) for number in (2, 3)] == [503, 503]
        server.start_again()
        until(lambda: deliver(4) == 202, what="the first delivery after the loss")
        # What was not acknowledged is the sender's to repeat, and then it is there once.
        assert [deliver(number) for number in (2, 3)] == [202, 202]
        assert asyncio.run(count(stack)) == [4, 4]


@pytest.mark.slow
def test_news_that_comes_while_redis_is_away_is_posted_when_it_is_back(tmp_path, migrated_database):
    redis = TestRedis()
    redis.start()
    stack = Stack(tmp_path, migrated_database("sqlite", tmp_path), redis.url)
    try:
        stack.start()
        stack.connect("awaylong", privacy_level="SELF_ONLY", enabled=True)
        redis.kill()
        answer = stack.deliver("while-away")
        assert answer.status_code == 202
        redis.start()
        (post_id,) = answer.json()["post_ids"]
        stack.wait_for(post_id, "published")
    finally:
        stack.stop()
        redis.stop()


def test_who_is_being_served_when_the_end_comes_is_answered(tmp_path, migrated_database):
    async def send_during_the_end(stack: Stack, url: str, secret: str) -> list[int]:
        statuses: list[int] = []

        waited_for = asyncio.Barrier(21)
        the_end_has_come = asyncio.Event()

        async def one(number: int) -> None:
            parts = urlsplit(url)
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            head, _, body = make_request(url, secret, number).partition(b"\r\n\r\n")
            writer.write(head + b"\r\nExpect: 100-continue\r\n\r\n")
            # With this the server says that it has the head, and waits for the rest.
            assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            await waited_for.wait()
            await the_end_has_come.wait()
            writer.write(body)
            statuses.append(int((await reader.readuntil(b"\r\n")).split()[1]))
            writer.close()

        async def end() -> None:
            await waited_for.wait()
            stack.processes["web"].send_signal(signal.SIGTERM)
            await asyncio.to_thread(until, lambda: "web_drains" in stack.logs(), what="the begin of the end")
            the_end_has_come.set()

        await asyncio.gather(end(), *(one(number) for number in range(20)))
        return statuses

    with web_process(tmp_path, migrated_database("sqlite", tmp_path)) as (stack, webhook, secret):
        assert asyncio.run(send_during_the_end(stack, webhook, secret)) == [202] * 20
        assert stack.processes["web"].wait(30) == 0
        assert asyncio.run(count(stack)) == [20, 20]


def test_a_web_process_that_is_started_again_takes_over_without_a_lost_delivery(tmp_path, migrated_database):
    with web_process(tmp_path, migrated_database("sqlite", tmp_path)) as (stack, webhook, secret):
        first = asyncio.run(burst(webhook, secret, list(range(50)), 5))
        stack.processes["web"].send_signal(signal.SIGTERM)
        stack.processes["web"].wait(30)
        stack.spawn("web")
        until(lambda: stack.answers(stack.http, "/healthz"), what="the second web process")
        second = asyncio.run(burst(webhook, secret, list(range(25, 75)), 5))
        assert {status for status, _ in first + second} == {202}
        assert sum(bool(body["duplicate"]) for _, body in second) == 25
        assert asyncio.run(count(stack)) == [75, 75]
