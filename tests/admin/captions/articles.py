"""Articles as the editors of captions find them."""

from typing import Any

from sqlmodel import select

from app.articles.models import Article, Source
from app.kit.clock import utcnow
from app.kit.ids import new_id
from app.resources import Resources
from tests.builders_articles import new_source


async def new_article(resources: Resources, **values: Any) -> Article:
    """Store an article of the one source, which is made where there is none."""
    async with resources.read() as session:
        source = (await session.exec(select(Source))).first()
    source = source or (await new_source(resources)).source
    article = Article(source_id=source.id, external_id=new_id(), revision=utcnow(), **values)
    async with resources.transaction() as session:
        session.add(article)
    return article
