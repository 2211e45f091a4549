"""A verification file asked for as TikTok would: what stands in the way is found and told."""

import dataclasses
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from app.errors import NotFound
from app.kit.clock import utcnow
from app.media.holds import list_holds
from app.media.models import MediaHold
from app.media.ownership import Finding, check_as_tiktok
from app.media.verification import save_verification_file
from tests.tiktok.scripted import Wire, http_answer, scripted

NAME, CONTENT = "tiktokAbC123.txt", "tiktok-developers-site-verification=AbC123"


@asynccontextmanager
async def proxy(answer: bytes):
    """Whatever stands at the public address."""

    async def behave(wire: Wire) -> None:
        received = await wire.receive()
        asked.append(received.line)
        await wire.send(answer)

    asked: list[str] = []
    async with scripted(behave) as server:
        yield server.url, asked


def at(resources, url: str, tiktok: str = "http://127.0.0.1:1"):
    settings = resources.settings.model_copy(update={"public_url": url, "tiktok_api_base_url": tiktok})
    return dataclasses.replace(resources, settings=settings)


@pytest.fixture
async def place(sqlite_resources):
    async with sqlite_resources.transaction() as session:
        await save_verification_file(session, NAME, CONTENT)
    return sqlite_resources


PLAIN = "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("answer", "finding"),
    [
        (http_answer("200 OK", CONTENT.encode(), kind=PLAIN), Finding.fine),
        (http_answer("200 OK", CONTENT.encode() + b"\n", kind=PLAIN), Finding.wrong_bytes),
        (http_answer("200 OK", b"<!doctype html>" + b"x" * 9000, kind="text/html"), Finding.wrong_bytes),
        (http_answer("200 OK", CONTENT.encode(), kind="text/html"), Finding.wrong_type),
        (b"HTTP/1.1 301 Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", Finding.redirect),
        (http_answer("403 Forbidden"), Finding.not_served),
        (http_answer("404 Not Found"), Finding.not_found),
        (http_answer("502 Bad Gateway"), Finding.server_error),
        (b"no http at all\r\n\r\n", Finding.unreachable),
    ],
)
async def test_what_stands_in_tiktok_s_way_is_found(place, answer, finding):
    async with proxy(answer) as (url, asked):
        prefix, root = await check_as_tiktok(at(place, url), NAME)
    assert (prefix.finding, root.finding) == (finding, finding)
    assert asked == [f"GET /media/{NAME} HTTP/1.1", f"GET /{NAME} HTTP/1.1"]
    assert prefix.location == ("/elsewhere" if finding is Finding.redirect else "")
    assert (prefix.said is not None) is (finding is Finding.unreachable)
    assert prefix.expected_size == len(CONTENT)


@pytest.mark.parametrize(("status", "asks"), [("200 OK", True), ("404 Not Found", False)])
async def test_a_file_that_is_found_lets_held_posts_ask_at_once(place, status, asks):
    later = utcnow() + timedelta(minutes=50)
    hold = MediaHold(portal="creator", prefix="https://news.example/media/", refused_at=utcnow(), probe_at=later)
    async with place.transaction() as session:
        session.add(hold)
    async with proxy(http_answer(status, CONTENT.encode(), kind=PLAIN)) as (url, _):
        await check_as_tiktok(at(place, url), NAME)
    async with place.read() as session:
        (hold,) = await list_holds(session)
    assert (hold.probe_at < later) is asks


async def test_an_address_that_only_this_machine_has_is_no_address_for_tiktok_and_is_not_asked(place):
    async with proxy(http_answer("200 OK", CONTENT.encode(), kind=PLAIN)) as (url, asked):
        looks = await check_as_tiktok(at(place, url, tiktok="https://open.tiktokapis.com"), NAME)
    assert [look.finding for look in looks] == [Finding.private] * 2
    assert asked == []


async def test_a_file_that_is_not_there_is_not_looked_for(place):
    with pytest.raises(NotFound):
        await check_as_tiktok(place, "tiktokother.txt")
