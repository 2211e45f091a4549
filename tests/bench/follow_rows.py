"""An installation with accounts and posts that TikTok has, for the benchmarks of following."""

import asyncio
import json
import random
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa
from pydantic import SecretStr

from app.accounts.models import Account, AccountPace, AccountSettings, AccountTokens, PublishMode
from app.accounts.tokens import vault
from app.articles.models import Article, Source
from app.config import Settings
from app.kit.clock import utcnow
from app.kit.ids import new_id
from app.posts.models import Post, PostState
from app.resources import open_resources
from tests.bench.tools import plain_environment, python, running, until_answer
from tests.functional.stack import free_port

INTERVAL = 5.0
_SECRET_KEY = "bench-key-" + "k" * 40
_PER_STATEMENT = 500


@dataclass(frozen=True)
class Site:
    """A folder, a database, and the stub in TikTok's place."""

    folder: Path
    database_url: str
    stub_url: str

    @property
    def environment(self) -> dict[str, str]:
        return plain_environment() | {
            "NEWSREEL_DATABASE_URL": self.database_url,
            "NEWSREEL_DATA_DIR": str(self.folder / "var"),
            "NEWSREEL_SECRET_KEY": _SECRET_KEY,
            "NEWSREEL_FOLLOW_FAST_SECONDS": "3600",
            "NEWSREEL_FOLLOW_INTERVAL_SECONDS": str(INTERVAL),
            "TIKTOK_CLIENT_KEY": "bench-client-key",
            "TIKTOK_CLIENT_SECRET": "bench-client-secret",
            "TIKTOK_API_BASE_URL": self.stub_url,
        }

    def migrate(self) -> None:
        subprocess.run(python("app", "migrate"), env=self.environment, check=True, capture_output=True, timeout=120)

    def seed(self, accounts: int, posts: int, *, first_due_at: float, verdict_after: float = 0.0) -> None:
        """Write posts that TikTok has; their first polls are spread over an interval from `first_due_at` on."""
        asyncio.run(_seed(self, accounts, posts, first_due_at, verdict_after))

    @contextmanager
    def worker(self) -> Iterator[psutil.Process]:
        """A worker process as it is deployed."""
        with running(python("app", "worker"), self.folder / "worker.log", self.environment) as process:
            yield psutil.Process(process.pid)
            if process.poll() is not None:
                raise RuntimeError((self.folder / "worker.log").read_text(errors="replace")[-3000:])


@contextmanager
def open_stub(folder: Path, delay_ms: float) -> Iterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with running(python("tests.bench.follow_stub", str(port), str(delay_ms)), folder / "stub.log") as process:
        until_answer(f"{url}/reset", process, folder / "stub.log")
        yield url


def ask_stub(url: str, path: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url}/{path}", timeout=30) as answer:
        return dict(json.load(answer))


def wait_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.time()))


async def _seed(site: Site, accounts: int, posts: int, first_due_at: float, verdict_after: float) -> None:
    settings = Settings(
        _env_file=None,
        database_url=SecretStr(site.database_url),
        data_dir=site.folder / "var",
        secret_key=SecretStr(_SECRET_KEY),
    )
    async with open_resources(settings) as app:
        source = Source(slug=new_id(), name="bench", kind="generic", secret_encrypted="x")
        article = Article(
            source_id=source.id, external_id="1", revision=utcnow(), title="Bench", url="https://news.example/1"
        )
        owners = [_account(number) for number in range(accounts)]
        tokens = [_tokens(app.keyring, owner["id"]) for owner in owners]
        rows = [
            _post(number, source, owners[number % accounts]["id"], first_due_at, verdict_after)
            for number in range(posts)
        ]
        articles = [article.model_dump() | {"id": row["article_id"], "external_id": row["id"]} for row in rows]
        async with app.transaction() as session:
            connection = await session.connection()
            rows_of: list[tuple[type[Any], list[dict[str, Any]]]] = [
                (Source, [source.model_dump()]), (Account, owners), *_parts(owners), (AccountTokens, tokens),
                (Article, articles), (Post, rows),
            ]  # fmt: skip
            for table, values in rows_of:
                for start in range(0, len(values), _PER_STATEMENT):
                    await connection.execute(sa.insert(table), values[start : start + _PER_STATEMENT])


def _account(number: int) -> dict[str, Any]:
    return Account(open_id=f"bench-{number}", display_name=f"Bench {number}", scopes=["video.publish"]).model_dump()


def _parts(owners: list[dict[str, Any]]) -> list[tuple[type[Any], list[dict[str, Any]]]]:
    parts = (AccountSettings, AccountPace)
    return [(part, [part(account_id=owner["id"]).model_dump() for owner in owners]) for part in parts]


def _tokens(keyring: Any, account_id: str) -> dict[str, Any]:
    now = utcnow()
    grant = vault.Grant(
        access_token=f"act.bench-{account_id}-not-a-real-token",
        refresh_token=f"rft.bench-{account_id}-not-a-real-token",
        scopes=("video.publish",),
        obtained_at=now,
        expires_at=now + timedelta(hours=24),
        refresh_expires_at=now + timedelta(days=180),
    )
    tokens = AccountTokens(account_id=account_id, version=1)
    return tokens.model_dump() | vault.pair_columns(keyring, account_id, grant)


def _post(number: int, source: Source, account_id: str, first_due_at: float, verdict_after: float) -> dict[str, Any]:
    due_at = round(first_due_at + random.Random(number).uniform(0, INTERVAL), 3)
    accepted_at = due_at - INTERVAL
    verdict_at = accepted_at + verdict_after if verdict_after else 0.0
    post = Post(
        article_id=new_id(),
        account_id=account_id,
        mode=PublishMode.direct,
        state=PostState.publishing,
        publish_id=f"p.{due_at * 1000:.0f}.{verdict_at * 1000:.0f}.{number}",
        publishing_since=datetime.fromtimestamp(accepted_at, UTC),
        next_check_at=datetime.fromtimestamp(due_at, UTC),
    )
    return post.model_dump()
