"""A newsroom with a year behind it: articles in two languages, three posts of each, out of a thousand sources."""

import random
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import uuid_utils
from sqlmodel import SQLModel

from app.accounts.models import Account, AccountPace, AccountSettings, AccountTokens, PublishMode
from app.articles.models import Article, ArticleEvent, ArticleState, Delivery, Source
from app.kit.bulk import insert_rows
from app.kit.clock import utcnow
from app.kit.ids import new_id
from app.posts.models import FINAL_STATES, AttemptOutcome, Post, PostAttempt, PostEvent, PostState
from app.resources import Resources

ACCOUNTS = 3
SPAN = timedelta(days=365)
FIRST_ID_AT_TIKTOK = 7_400_000_000_000_000_000
_BATCH = 3000
_FILLED = ("articles", "article_events", "posts", "post_events", "post_attempts")
_OFTEN = ("Қазақстан", "Казахстан", "2026")
_KAZAKH = (
    "мектеп ашылды қала тұрғындары жаңа жол көпір салынды оқушылар мұғалім аурухана су жылу баға өсті Сәтбаев "
    "Ұлытау Жезқазған әкімдік кездесу спорт чемпион ән күй өнер егін астық мал шаруа ғылым ғарыш іздеу құтқару өрт"
)
_RUSSIAN = (
    "школа открыта жители города новая дорога мост построен ученики учитель больница вода тепло цены выросли "
    "Сатпаев Улытау Жезказган акимат встреча спорт чемпион песня ёлка искусство урожай зерно скот фермер наука"
)
_FEW_STATES = {PostState.unconfirmed: 1999, PostState.scheduled: 307, PostState.cancelled: 43, PostState.failed: 41}
"""One in so many; primes, so that none hides another."""
_TABLES = SQLModel.metadata.tables
_BLANK: dict[str, dict[str, Any]] = {
    "articles": Article(source_id="", external_id="", revision=utcnow()).model_dump(),
    "article_events": ArticleEvent(
        article_id="", type="article.published", outcome=Delivery.created, revision=utcnow(), body_sha256="0" * 64
    ).model_dump(),
    "posts": Post(article_id="", account_id="", mode=PublishMode.direct, attempt=1).model_dump(),
    "post_events": PostEvent(post_id="", to_state="", why="The article arrived.").model_dump(),
    "post_attempts": PostAttempt(
        post_id="", account_id="", number=1, media_token="", outcome=AttemptOutcome.accepted
    ).model_dump(),
}
"""Rows with every column's default: to make each by its class would take longer than to write it."""


async def fill(app: Resources, posts: int, sources: int, seed: int = 10) -> dict[str, str]:
    """Write the rows; return ids and words that the pages are asked for."""
    chance = random.Random(seed)
    accounts = await _found(app, sources)
    began = utcnow() - SPAN
    articles = posts // ACCOUNTS + posts // 50  # some are left out
    rows: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("articles", "article_events", "posts", "post_events", "post_attempts")
    }
    marks = {"account_id": accounts[0][0], "source_id": accounts[1][0], "rare": "", "post_id": "", "cursor": ""}
    made = 0
    for number in range(articles):
        at = began + SPAN * (number / articles)
        has_posts = made < posts and number % 17 != 0
        article = _article(chance, at, accounts[1][number % sources], number, is_left_out=not has_posts)
        rows["articles"].append(article)
        rows["article_events"].append(_around(article, at))
        for account_id in accounts[0] if has_posts else ():
            post = _post(chance, article, account_id, at, made)
            rows["posts"].append(post)
            rows["post_events"].append(_event(post, at))
            rows["post_attempts"].append(_attempt(post, at))
            made += 1
            if number == articles // 2:
                marks |= {"rare": article["external_id"], "post_id": post["id"], "cursor": post["id"]}
        if len(rows["articles"]) >= _BATCH:
            await _write(app, rows)
    await _write(app, rows)
    await _settle(app)
    return {**marks, "day": (began + SPAN / 2).date().isoformat(), "posts": str(made)}


async def _found(app: Resources, sources: int) -> tuple[list[str], list[str]]:
    async with app.transaction() as session:
        made = [
            Account(open_id=f"desk-{number}", display_name=f"Desk {number}", username=f"desk{number}",
                    settings=AccountSettings(privacy_level="SELF_ONLY"), pace=AccountPace())
            for number in range(ACCOUNTS)
        ]  # fmt: skip
        session.add_all(made)
        await session.flush()
        session.add_all([AccountTokens(account_id=account.id) for account in made])
        rows = [
            Source(slug=f"desk-{number}", name=f"Дереккөз {number}", kind="generic", secret_encrypted="x")
            for number in range(sources)
        ]
        session.add_all(rows)
        await session.flush()
        return [account.id for account in made], [source.id for source in rows]


def _id(at: datetime, number: int) -> str:
    """An id as it would have been made then; the number keeps those of one moment apart and in order."""
    milliseconds = int(at.timestamp() * 1000)
    return str(uuid_utils.UUID(int=(milliseconds << 80) | (7 << 76) | (2 << 62) | number))


def _words(chance: random.Random, words: str, count: int) -> str:
    often = [chance.choice(_OFTEN)] if chance.random() < 0.6 else []
    return " ".join([*often, *chance.choices(words.split(), k=count)])


def _article(chance: random.Random, at: datetime, source_id: str, number: int, *, is_left_out: bool) -> dict[str, Any]:
    is_kazakh = number % 2 == 0
    words = _KAZAKH if is_kazakh else _RUSSIAN
    is_gone = is_left_out and number % 3
    return _BLANK["articles"] | {
        "id": _id(at, number * 10),
        "source_id": source_id,
        "external_id": f"rare{number}",
        "state": ArticleState.unpublished if is_gone else ArticleState.published,
        "revision": at,
        "state_revision": at,
        "title": _words(chance, words, 6).capitalize(),
        "excerpt": _words(chance, words, 18),
        "text": _words(chance, words, 120),
        "url": f"https://news.example/{number}/rare{number}",
        "language": "kk" if is_kazakh else "ru",
        "received_at": at,
        "updated_at": at,
    }


def _post(chance: random.Random, article: dict[str, Any], account_id: str, at: datetime, number: int) -> dict[str, Any]:
    state = next((state for state, each in _FEW_STATES.items() if number % each == 7), PostState.published)
    words = _KAZAKH if article["language"] == "kk" else _RUSSIAN
    is_timed = state is PostState.scheduled and number % 2
    return _BLANK["posts"] | {
        "id": _id(at, number + 1_000_000),
        "article_id": article["id"],
        "account_id": account_id,
        "state": state,
        "title": article["title"],
        "description": _words(chance, words, 60),
        "scheduled_at": utcnow() + timedelta(hours=1) if is_timed else None,
        "alert": "taken_down" if number % 4999 == 1 else None,
        "post_ids": [str(FIRST_ID_AT_TIKTOK + number)],
        "created_at": at,
        "updated_at": at,
        "finalized_at": at + timedelta(seconds=20) if state in FINAL_STATES else None,
    }


def _around(article: dict[str, Any], at: datetime) -> dict[str, Any]:
    return _BLANK["article_events"] | {"id": new_id(), "article_id": article["id"], "revision": at, "received_at": at}


def _event(post: dict[str, Any], at: datetime) -> dict[str, Any]:
    return _BLANK["post_events"] | {"id": new_id(), "post_id": post["id"], "at": at, "to_state": post["state"]}


def _attempt(post: dict[str, Any], at: datetime) -> dict[str, Any]:
    return _BLANK["post_attempts"] | {
        "id": new_id(), "post_id": post["id"], "account_id": post["account_id"], "media_token": post["id"],
        "started_at": at, "ended_at": at,
    }  # fmt: skip


async def _write(app: Resources, rows: dict[str, list[dict[str, Any]]]) -> None:
    def write(connection: sa.Connection) -> None:
        for table, made in rows.items():
            insert_rows(connection, _TABLES[table], made)
            made.clear()

    await app.db.run(write)


async def _settle(app: Resources) -> None:
    """Let PostgreSQL measure its tables, as its autovacuum does."""
    if app.db.is_sqlite:
        return
    async with app.db.engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.exec_driver_sql("VACUUM ANALYZE")
