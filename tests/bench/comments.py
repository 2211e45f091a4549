"""Does the inbox stay quick? The API's lists, searches and counts, and the page, with few comments and with 200,000.

Half of them stand under ads, half under posts of thirty business accounts.

`python -m tests.bench comments` measures on SQLite, with `--postgres` on PostgreSQL too: `p95_ms` is what is held to
100 ms, `cpu_ms` what this process itself worked, however busy the machine is.
"""

import argparse
import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from app.comments.models import Comment, CommentAd, CommentPost, CommentSource
from app.config import Settings
from app.kit.bulk import insert_rows
from app.kit.clock import utcnow
from app.kit.ids import new_id
from app.models import metadata
from app.resources import Resources, open_resources
from tests.bench.tools import median_ms, percentile, report, work_folder
from tests.support.postgres import PostgresServer
from tests.support.redis import TestRedis
from tests.support.whole_app import log_in_browser, log_in_program, make_admin, open_client

_ROUNDS = 20
_FEW, _MANY = 1_000, 200_000
_BATCH = 5_000
_ADVERTISERS = [f"72000000000000{number:05}" for number in range(5)]
_ADS = 400
_ACCOUNTS = [f"01a2{number:032}" for number in range(30)]
_POSTS = 1_200
_KAZAKH = "мектеп ашылды қала жаңа жол көпір қашан бағасы неге рахмет жақсы жаман әкім су жылу жазыңыз"
_RUSSIAN = "школа открыта город новая дорога мост когда цена почему спасибо хорошо плохо ёлка вода тепло напишите"
_RARE = "xylophon"
_DEFAULTS = Comment(
    position=0, mode="emulated", source=CommentSource.ad, owner_id="", place_id="", comment_id="", text="",
    created_at=utcnow(),
).model_dump()  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.comments", description=__doc__)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--comments", type=int, default=_MANY)
    arguments = parser.parse_args()
    redis = TestRedis()
    redis.start()
    try:
        with work_folder() as folder:
            sqlite = lambda name: f"sqlite+aiosqlite:///{folder / name}.db"  # noqa: E731
            asyncio.run(compare("sqlite", folder, sqlite, redis.url, arguments.comments))
            if arguments.postgres:
                server = PostgresServer()
                try:
                    server.start()
                    new = lambda _: server.url(server.new_database())  # noqa: E731
                    asyncio.run(compare("postgresql", folder, new, redis.url, arguments.comments))
                finally:
                    server.stop()
    finally:
        redis.stop()


async def compare(database: str, folder: Path, url: Callable[[str], str], redis: str, many: int) -> None:
    """Ask for each list of both by turns; report the many's times, and their ratio to the few's."""
    async with opened(folder, url("few"), redis, _FEW) as few, opened(folder, url("many"), redis, many) as lots:
        for name, query in queries().items():
            few_seconds, many_seconds, worked = [], [], []
            await ask(few, query)
            found = await ask(lots, query)
            for _ in range(_ROUNDS):
                few_seconds.append((await ask(few, query))[0])
                began = time.process_time()
                many_seconds.append((await ask(lots, query))[0])
                worked.append(time.process_time() - began)
            report(
                "comments",
                database=database,
                asked=name,
                comments=many,
                items=found[1],
                few_ms=median_ms(few_seconds),
                many_ms=median_ms(many_seconds),
                p95_ms=round(percentile(many_seconds, 95) * 1000, 1),
                cpu_ms=median_ms(worked),
                ratio=round(median_ms(many_seconds) / median_ms(few_seconds), 2),
            )


@asynccontextmanager
async def opened(folder: Path, url: str, redis: str, size: int) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(
        _env_file=None, database_url=SecretStr(url), redis_url=SecretStr(redis), data_dir=folder / f"var-{size}",
        secret_key=SecretStr("bench-" + "k" * 40), client_key="k", client_secret=SecretStr("s"),
    )  # fmt: skip
    async with open_resources(settings) as app:
        async with app.db.engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        began = time.perf_counter()
        await fill(app, size)
        report("comments_rows", comments=size, seconds=round(time.perf_counter() - began, 1))
        async with open_client(app) as http:
            await make_admin(app)
            await log_in_program(http, app)
            await log_in_browser(http, app)
            yield http


async def fill(app: Resources, size: int, seed: int = 12) -> None:
    """Write the rows: four in five of the first level, nearly all done, as after a year."""
    chance = random.Random(seed)
    rows: list[dict[str, Any]] = []
    parent: dict[str, Any] | None = None
    for number in range(size):
        parent_of = parent if parent is not None and number % 5 == 4 else None
        row = make_row(chance, number, size, parent_of)
        parent = parent if parent_of else row
        rows.append(row)
        if len(rows) == _BATCH:
            await write(app, rows)
            rows = []
    await write(app, rows)
    async with app.transaction() as session:
        session.add_all([CommentPost(**make_post(number)) for number in range(_POSTS)])
        session.add_all([CommentAd(**make_ad(number)) for number in range(_ADS)])
    async with app.db.engine.connect() as connection:
        await connection.exec_driver_sql("ANALYZE")
        await connection.commit()


async def write(app: Resources, rows: list[dict[str, Any]]) -> None:
    table = metadata.tables["comments"]
    await app.db.run(lambda connection: insert_rows(connection, table, rows))


def make_row(chance: random.Random, number: int, size: int, parent: dict[str, Any] | None) -> dict[str, Any]:
    words = chance.choice((_KAZAKH, _RUSSIAN)).split()
    at = utcnow() - timedelta(days=365) * (1 - number / size)
    text = " ".join(chance.choices(words, k=chance.randint(2, 14)))
    state = "done" if parent or number < size * 0.98 else chance.choice(("unread", "open"))
    return {
        **_DEFAULTS, **make_place(chance, parent), "id": new_id(), "position": int(at.timestamp()) << 30 | number,
        "comment_id": f"76{number:016}",
        "parent_comment_id": parent["comment_id"] if parent else None, "text": text if number % 50_000 != 7 else
        f"{text} {_RARE}", "author_id": f"69{chance.randrange(20_000):012}", "author_name": f"reader {number % 997}",
        "status": "HIDDEN" if chance.random() < 0.01 else "PUBLIC", "state": state, "created_at": at,
        "language": "ru" if words[0] == "школа" else "kk",
        "assignee_id": None if chance.random() < 0.98 else f"admin-{chance.randrange(5)}",
    }  # fmt: skip


_PLACE = ("source", "owner_id", "place_id", "ad_id", "ad_name", "item_id", "identity_id", "identity_type")


def make_place(chance: random.Random, parent: dict[str, Any] | None) -> dict[str, Any]:
    """An answer stands where its comment stands; of the others every second under a post of one's own."""
    if parent is not None:
        return {name: parent[name] for name in _PLACE}
    if chance.random() < 0.5:
        post = make_post(chance.randrange(_POSTS))
        place = {"owner_id": post["account_id"], "place_id": post["item_id"], "item_id": post["item_id"]}
        return {"source": "organic", "ad_id": None, "ad_name": "", "identity_id": None, "identity_type": "", **place}
    ad = chance.randrange(_ADS)
    return {
        "source": "ad", "owner_id": _ADVERTISERS[ad % len(_ADVERTISERS)], "place_id": f"74{ad % 40:016}",
        "ad_id": f"75{ad:016}", "ad_name": f"Ad {ad}", "item_id": f"73{ad:016}", "identity_id": "1",
        "identity_type": "CUSTOMIZED_USER",
    }  # fmt: skip


def make_post(number: int) -> dict[str, Any]:
    account_id = _ACCOUNTS[number % len(_ACCOUNTS)]
    return CommentPost(
        mode="emulated", account_id=account_id, item_id=f"77{number:017}", caption=f"Post {number}"
    ).model_dump()


def make_ad(number: int) -> dict[str, Any]:
    advertiser_id = _ADVERTISERS[number % len(_ADVERTISERS)]
    return CommentAd(
        mode="emulated", advertiser_id=advertiser_id, ad_id=f"75{number:016}", ad_name=f"Ad {number}"
    ).model_dump()


async def ask(http: httpx.AsyncClient, query: str) -> tuple[float, int]:
    began = time.perf_counter()
    path = query if query.startswith("/social") else f"/api/comments{query}"
    answer = await http.get(path, headers={"Accept": "text/html"} if path is query else None)
    seconds = time.perf_counter() - began
    if answer.status_code != 200:
        raise RuntimeError(f"{query} is answered with {answer.status_code}: {answer.text[:500]}")
    return seconds, 0 if path is query else len(answer.json().get("items", []))


def queries() -> dict[str, str]:
    """What is asked for, by name."""
    middle = int((utcnow() - timedelta(days=180)).timestamp()) << 30
    owner, ad = _ADVERTISERS[2], f"75{7:016}"
    account, post, author = _ACCOUNTS[7], f"77{7:017}", f"69{7:012}"
    return {
        "all": "",
        "deep": f"?cursor={middle}",
        "waiting": "?state=unread,open",
        "unread": "?state=unread",
        "done": "?state=done",
        "of an ad account": f"?advertiser_id={owner}",
        "of an ad account, waiting": f"?advertiser_id={owner}&state=unread,open",
        "of an ad": f"?ad_id={ad}",
        "hidden": "?status=HIDDEN",
        "deleted": "?status=DELETED",
        "under posts": "?source=organic",
        "under posts, waiting": "?source=organic&state=unread,open",
        "under ads, done, deep": f"?source=ad&state=done&cursor={middle}",
        "of a business account": f"?account_id={account}",
        "of a business account, waiting": f"?account_id={account}&state=unread,open",
        "of a post": f"?item_id={post}",
        "of a post, waiting": f"?item_id={post}&state=unread,open",
        "in Kazakh": "?language=kk",
        "in Kazakh, waiting": "?language=kk&state=unread,open",
        "in no language that there is": "?language=tr",
        "of an author": f"?author_id={author}",
        "given to one": "?assigned_to=admin-3",
        "given to one, waiting": "?assigned_to=admin-3&state=unread,open",
        "given to nobody, waiting": "?assigned_to=none&state=unread,open",
        "hidden, of a business account": f"?status=HIDDEN&account_id={account}",
        "word found often": "?q=мост",
        "word found often, deep": f"?q=мост&cursor={middle}",
        "word found often, waiting": "?q=мост&state=unread,open",
        "word found often, hidden": "?q=мост&status=HIDDEN",
        "word found often, of an ad": f"?q=мост&ad_id={ad}",
        "word found often, of a post": f"?q=мост&item_id={post}",
        "word found often, under posts": "?q=мост&source=organic",
        "word found often, given to one": "?q=мост&assigned_to=admin-3",
        "word found often, deleted": "?q=мост&status=DELETED",
        "two words": "?q=көпір қашан",
        "one letter": "?q=к",
        "word found once": f"?q={_RARE}",
        "word found nowhere": "?q=xyzzy",
        "counts": "/counts",
        "counts of an ad account": f"/counts?advertiser_id={owner}",
        "counts of a business account": f"/counts?advertiser_id={account}",
        "ads": f"/ads?advertiser_id={owner}",
        "posts": "/posts",
        "posts of a business account": f"/posts?account_id={account}",
        "the page": "/social/",
        "the page, of an ad account": f"/social/?advertiser_id={owner}&state=all",
        "the page, of a post, searched": f"/social/?item_id={post}&q=мост&state=all",
        "the page of own posts": "/social/posts",
    }


if __name__ == "__main__":
    main()
