"""Does the desk stay quick? Every page of an editor's and an admin's, and the searches, with few posts and with many.

`python -m tests.bench desk` measures on SQLite, with `--postgres` on PostgreSQL too: 1,000 posts of 10 sources beside
100,000 posts of 1,000. Pages are asked for in this very process, by turns, so that other load meets both; `cpu_ms` is
what the process itself worked, SQLite included, however busy the machine is.
"""

import argparse
import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pydantic import SecretStr

from app.config import Settings
from app.emulated import emulate_business
from app.main import create_app
from app.models import metadata
from app.resources import open_resources
from tests.admin.support import Editor, make_editor, make_login, open_editor
from tests.bench.desk_around import fill_around
from tests.bench.desk_rows import fill
from tests.bench.tools import median_ms, percentile, report, work_folder
from tests.support.postgres import PostgresServer
from tests.support.redis import TestRedis

_ROUNDS = 20
_FEW, _MANY = (1_000, 10), (100_000, 1_000)
"""Posts and sources."""


@dataclass(frozen=True)
class Desk:
    """An installation, who looks at it, and what they look at."""

    editor: Editor
    paths: dict[str, str]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.desk", description=__doc__)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--only", default="", help="pages whose name has this in it")
    parser.add_argument("--posts", type=int, default=_MANY[0])
    arguments = parser.parse_args()
    redis = TestRedis()
    redis.start()
    try:
        with work_folder() as folder:
            many = (arguments.posts, _MANY[1])
            sqlite = lambda name: f"sqlite+aiosqlite:///{folder / name}.db"  # noqa: E731
            asyncio.run(compare("sqlite", folder, sqlite, redis.url, many, arguments.only))
            if arguments.postgres:
                server = PostgresServer()
                try:
                    server.start()
                    new = lambda _: server.url(server.new_database())  # noqa: E731
                    asyncio.run(compare("postgresql", folder, new, redis.url, many, arguments.only))
                finally:
                    server.stop()
    finally:
        redis.stop()


async def compare(
    database: str, folder: Path, url: Callable[[str], str], redis: str, many: tuple[int, int], only: str
) -> None:
    """Ask for each page of both by turns; report the many's times, and their ratio to the few's."""
    async with opened(folder, url("few"), redis, _FEW) as few, opened(folder, url("many"), redis, many) as lots:
        for name, path in lots.paths.items():
            if only not in name:
                continue
            few_seconds, many_seconds, worked = [], [], []
            await ask(few, few.paths[name])
            await ask(lots, path)
            for _ in range(_ROUNDS):
                few_seconds.append((await ask(few, few.paths[name]))[0])
                began = time.process_time()
                many_seconds.append((await ask(lots, path))[0])
                worked.append(time.process_time() - began)
            report(
                "desk",
                database=database,
                page=name,
                posts=many[0],
                few_ms=median_ms(few_seconds),
                many_ms=median_ms(many_seconds),
                p95_ms=round(percentile(many_seconds, 95) * 1000, 1),
                cpu_ms=median_ms(worked),
                kilobytes=round((await ask(lots, path))[1] / 1024, 1),
                ratio=round(median_ms(many_seconds) / median_ms(few_seconds), 2),
            )


@asynccontextmanager
async def opened(folder: Path, url: str, redis: str, size: tuple[int, int]) -> AsyncIterator[Desk]:
    settings = Settings(
        _env_file=None, database_url=SecretStr(url), redis_url=SecretStr(redis), data_dir=folder / f"var-{size[0]}",
        secret_key=SecretStr("bench-" + "k" * 40), client_key="k", client_secret=SecretStr("s"),
    )  # fmt: skip
    app = create_app(settings)
    async with open_resources(settings, emulate=emulate_business) as resources:
        async with resources.db.engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        started = time.perf_counter()
        marks = await fill(resources, *size)
        marks["comment_id"] = await fill_around(
            resources, source_id=marks["source_id"], account_id=marks["account_id"], post_id=marks["post_id"]
        )
        report("desk_rows", posts=int(marks["posts"]), seconds=round(time.perf_counter() - started, 1))
        await make_editor(resources)
        async with open_editor(app, resources) as editor:
            await make_login(editor, resources)
            yield Desk(editor, paths(marks))


async def ask(desk: Desk, path: str) -> tuple[float, int]:
    started = time.perf_counter()
    answer = await desk.editor.client.get(path)
    seconds = time.perf_counter() - started
    if answer.status_code != 200:
        raise RuntimeError(f"{path} is answered with {answer.status_code}: {answer.text[:500]}")
    return seconds, len(answer.content)


def paths(marks: dict[str, str]) -> dict[str, str]:
    """What is asked for, by name."""
    often, rare, two = quote("казахстан"), marks["rare"], quote("мектеп жезқаз")
    posts = {
        "all": "",
        "deep": f"cursor={marks['cursor']}",
        "scrolled far": "shown=200",
        "of a state": "state=published",
        "of a rare state": "state=unconfirmed",
        "of two states": "state=failed&state=scheduled",
        "of an account": f"account_id={marks['account_id']}",
        "of a source": f"source_id={marks['source_id']}",
        "of a day": f"from={marks['day']}&to={marks['day']}",
        "last settled": "sort=-finalized_at",
        "next to go out": "sort=scheduled_at",
        "oldest": "sort=created_at",
        "to be looked at": "need=alert",
        "word found often": f"q={often}",
        "word found often, deep": f"q={often}&cursor={marks['cursor']}",
        "word found often, rare state": f"q={often}&state=unconfirmed",
        "word found once": f"q={rare}",
        "two words": f"q={two}",
        "one letter": f"q={quote('к')}",
        "word found nowhere": "q=xyzzy",
        "word of a source": f"q={often}&source_id={marks['source_id']}",
        "word of a day": f"q={often}&from={marks['day']}&to={marks['day']}",
    }
    return {
        "overview": "/admin/",
        **{f"posts, {name}": f"/admin/posts?{query}" for name, query in posts.items()},
        "api, word found often": f"/api/posts?q={often}",
        "post": f"/admin/posts/{marks['post_id']}",
        "articles": "/admin/articles",
        "articles, word found often": f"/admin/articles?q={often}",
        "articles, left out": "/admin/articles?view=left_out",
        "articles, left out, word": f"/admin/articles?view=left_out&q={often}",
        "articles, of a source": f"/admin/articles?source_id={marks['source_id']}",
        "calendar, week": "/admin/calendar?view=week",
        "calendar, month": "/admin/calendar?view=month",
        "calendar, list": f"/admin/calendar?view=list&day={marks['day']}",
        "approvals": "/admin/approvals",
        "new post": "/admin/posts/new",
        "sources": "/admin/sources",
        "source": f"/admin/sources/{marks['source_id']}",
        "source, refused": f"/admin/sources/{marks['source_id']}?refused=1",
        "source, rules": f"/admin/sources/{marks['source_id']}/rules",
        "comments": "/social/",
        "comments, one": f"/social/?state=all&comment={marks['comment_id']}",
        "comments, word": f"/social/?state=all&q={two}",
        "ad accounts": "/admin/ads",
        "boosts": "/admin/ads/boosts",
        "captions": "/admin/captions",
        "hashtags": "/admin/captions/hashtags",
        "settings": "/admin/settings/social-media",
        "notifications": "/admin/notifications",
        "audit": "/admin/audit",
        "team": "/admin/team",
        "you": "/admin/you",
        "help": "/admin/help",
    }


if __name__ == "__main__":
    main()
