"""Which articles' pages are wanted: noted where the article is stored, so that no crash forgets one."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from app.articles.intake.gaps import draft_now, gaps_in, is_bare
from app.articles.models import Article
from app.articles.rules import SourceRules
from app.kit.bulk import Row
from app.kit.bursts import Bursts
from app.kit.clock import utcnow
from app.kit.dialects import insert_into
from app.kit.ids import new_id
from app.queue import JobCall

LOOK_AT_PAGE = "articles.look_at_page"
HANDED_OUT = 4
PAGES_AT_ONCE = (HANDED_OUT, 10.0)
"""Of each source, at once and a second: each job goes on with what else of its source is due."""
PAGES: sa.Table = SQLModel.metadata.tables["article_pages"]


def page_row(article: Article, rules: SourceRules | None = None) -> dict[str, Any] | None:
    """Make the row that asks for an article's page; None for an article that has no gaps, or no page."""
    draft = draft_now(article)
    if not article.url or article.is_declined or not gaps_in(draft, rules):
        return None
    now = utcnow()
    return {
        "id": new_id(),
        "article_id": article.id,
        "is_awaited": is_bare(draft, rules),
        "attempts": 0,
        "next_attempt_at": now,
        "asked_at": now,
        "read_at": None,
        "filled": [],
        "problem": "",
        "problem_message": None,
    }


def ask_again(connection: sa.Connection, rows: Iterable[Row]) -> dict[str, str]:
    """Store rows for articles that may have one from before, and give the id of each article's row."""
    asked: dict[str, str] = {}
    for row in rows:
        anew = {name: value for name, value in row.items() if name not in {"id", "article_id", "read_at", "filled"}}
        insert = insert_into(connection.dialect.name, PAGES).values(**row)
        kept = insert.on_conflict_do_update(index_elements=["article_id"], set_=anew).returning(PAGES.c.id)
        asked[row["article_id"]] = connection.execute(kept).scalar_one()
    return asked


def tell_of_pages(asked: Mapping[str, str], sources: Mapping[str, str], bursts: Bursts) -> list[JobCall]:
    """Give the jobs that see to pages, by their articles and these by their sources: of a burst the first ones only."""
    return [(LOOK_AT_PAGE, (page_id,)) for article_id, page_id in asked.items() if bursts.admits(sources[article_id])]
