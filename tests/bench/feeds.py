"""What feeds cost: a thousand sources of which nothing has changed, and a feed of five thousand items.

`python -m tests.bench feeds` polls a thousand feeds on a real socket, all due at once, and divides what one of them
costs by the interval; then it has a large feed read in its process. Ratios are to a bare request, and to the library.
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import feedparser
import sqlalchemy as sa
from aiohttp import web
from pydantic import SecretStr

from app.articles.feeds import fetching
from app.articles.feeds.polls import poll_due
from app.articles.models import Source
from app.articles.models_feeds import SourceFeed
from app.config import Settings
from app.kit.clock import utcnow
from app.models import metadata
from app.resources import Resources, open_resources
from tests.bench.tools import report, work_folder

_SOURCES = 1_000
_INTERVAL_SECONDS = 300
_ITEMS = 5_000
_ETAG = '"unchanged"'
_TEXT = "Жаңа мектеп ашылды, мұнда мың бала оқиды. " * 20


def main() -> None:
    with work_folder() as folder:
        asyncio.run(measure_polls(folder))
        asyncio.run(measure_reading(folder))


@asynccontextmanager
async def _server() -> AsyncIterator[tuple[str, list[int]]]:
    """Answer 304 to whoever knows the ETag. In a process of its own, so that only our side is counted."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.feeds", "serve", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    try:
        yield f"http://127.0.0.1:{port}", []
    finally:
        process.terminate()
        await process.wait()


async def measure_polls(folder: Path) -> None:
    settings = Settings(
        _env_file=None,
        database_url=SecretStr(f"sqlite+aiosqlite:///{folder}/feeds.db"),
        redis_url=SecretStr("redis://127.0.0.1:1"),
        data_dir=folder,
        fetch_allow_hosts=("127.0.0.1",),
    )
    async with open_resources(settings) as app, _server() as (url, _):
        await _fill(app, url)
        await _poll_all(app)
        cpu = await _poll_all(app)
        bare = await _bare(url)
    per_poll = cpu / _SOURCES
    report(
        "feeds.unchanged",
        sources=_SOURCES,
        cpu_ms_per_poll=round(per_poll * 1000, 2),
        core_percent=round(100 * cpu / _INTERVAL_SECONDS, 2),
        goal_percent=5,
        ratio=round(cpu / bare, 2),
    )


async def _fill(app: Resources, url: str) -> None:
    now = utcnow()
    async with app.db.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    sources = [
        Source(slug=f"s-{number}", name=f"S {number}", kind="feed", secret_encrypted="x") for number in range(_SOURCES)
    ]
    async with app.transaction() as session:
        session.add_all(sources)
        await session.flush()
        session.add_all(
            # Hosts of their own, as a thousand sources have them: 127.0.0.1 alone would be asked two at a time.
            SourceFeed(source_id=source.id, url=f"{url}/{source.slug}", etag=_ETAG, baseline_at=now)
            for source in sources
        )


async def _poll_all(app: Resources) -> float:
    """Poll each once, and tell the processor time that it took."""
    async with app.transaction() as session:
        await session.exec(sa.update(SourceFeed).values(next_poll_at=utcnow()))
    began, polled = time.process_time(), 0
    while polled < _SOURCES:
        polled += await poll_due(app)
    return time.process_time() - began


async def _bare(url: str) -> float:
    """Ask as often with nothing around it."""
    began = time.process_time()
    async with aiohttp.ClientSession() as session:
        for start in range(0, _SOURCES, 50):
            await asyncio.gather(*(_ask(session, f"{url}/{number}") for number in range(start, start + 50)))
    return time.process_time() - began


async def _ask(session: aiohttp.ClientSession, url: str) -> None:
    async with session.get(url, headers={"If-None-Match": _ETAG}) as response:
        await response.read()


async def measure_reading(folder: Path) -> None:
    path, known = folder / "feed.xml", folder / "known.json"
    path.write_bytes(large_feed())
    known.write_text("{}")
    await _read(path, known, drafts=0)
    began, at = time.process_time(), time.perf_counter()
    result = await _read(path, known, drafts=0)
    seconds, in_the_loop = time.perf_counter() - at, time.process_time() - began
    at = time.perf_counter()
    with path.open("rb") as stream:
        feedparser.parse(stream, sanitize_html=False, resolve_relative_uris=False)
    alone = time.perf_counter() - at
    fetching.readers.close()
    report(
        "feeds.large",
        items=result["items"],
        megabytes=round(path.stat().st_size / 1e6, 1),
        seconds=round(seconds, 2),
        goal_seconds=2,
        cpu_in_the_loop_ms=round(in_the_loop * 1000, 1),
        child_memory_mb=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
        ratio=round(seconds / alone, 2),
    )


async def _read(path: Path, known: Path, *, drafts: int) -> dict[str, Any]:
    return await fetching.readers.run(
        feed=str(path),
        answer=str(path.with_suffix(".items")),
        kind="feed",
        options={},
        address="https://news.example/feed",
        charset="",
        known=str(known),
        drafts=drafts,
    )


def large_feed(items: int = _ITEMS) -> bytes:
    """Write RSS with so many items."""
    written = "".join(
        f"<item><title>Жаңалық {n}</title><link>https://news.example/{n}</link><guid>https://news.example/?p={n}</guid>"
        f"<pubDate>Sun, 29 Nov 2026 10:{n % 60:02}:00 +0500</pubDate><category>Қоғам</category>"
        f"<description><![CDATA[<p>{_TEXT}</p><img src='/i/{n}.jpg'>]]></description></item>"
        for n in range(items)
    )
    return f"<rss version='2.0'><channel><title>Aimaq</title><language>kk</language>{written}</channel></rss>".encode()


async def _serve() -> None:
    async def answer(request: web.Request) -> web.Response:
        status = 304 if request.headers.get("If-None-Match") == _ETAG else 200
        return web.Response(status=status, headers={"ETag": _ETAG})

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"{json.dumps(runner.addresses[0][1])}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(_serve())
    else:
        main()
