"""Trying a source's rules on the articles that came last, before they are kept: nothing is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import defer
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, AccountSettings
from app.accounts.queries import gets_articles
from app.articles.models import Article
from app.articles.rule_verdicts import judge, judge_for
from app.articles.rules import SourceRules, check_rules
from app.articles.sources import get_source
from app.messages.message import Message

MOST_TRIED = 50


@dataclass(frozen=True, slots=True)
class TriedFor:
    """What rules mean for an article and one account. `left_out` None: it goes out, `delay_minutes` after it came."""

    account_id: str
    account_name: str
    left_out: Message | None
    delay_minutes: int


@dataclass(frozen=True, slots=True)
class Tried:
    """What rules mean for an article; with `left_out` it goes out for nobody."""

    article_id: str
    title: str
    language: str
    received_at: datetime
    left_out: Message | None
    accounts: Sequence[TriedFor]

    @property
    def goes_out(self) -> bool:
        """Tell whether at least one account gets it."""
        return self.left_out is None and any(one.left_out is None for one in self.accounts)


async def try_rules(session: AsyncSession, source_id: str, rules: SourceRules) -> list[Tried]:
    """Judge the source's last articles as if they came now under these rules. Raises NotFound or Invalid."""
    check_rules(rules)
    source = await get_source(session, source_id)
    query = select(Article).options(defer(Article.text, raiseload=True))  # type: ignore[arg-type]
    newest = query.where(Article.source_id == source.id).order_by(col(Article.id).desc()).limit(MOST_TRIED)
    articles = (await session.exec(newest)).all()
    accounts = await list_takers(session)
    return [_try(rules, article, accounts) for article in articles]


async def list_takers(session: AsyncSession) -> Sequence[Account]:
    """List the accounts that get articles."""
    query = select(Account).join(AccountSettings, col(AccountSettings.account_id) == col(Account.id))
    return (await session.exec(query.where(gets_articles()).order_by(col(Account.id)))).all()


def _try(rules: SourceRules, article: Article, accounts: Sequence[Account]) -> Tried:
    left_out = judge(rules, article, article.received_at)
    tried = [
        TriedFor(
            account.id,
            account.display_name or account.username,
            judge_for(rules, article, account.id),
            int(rules.delay_of(account.id).total_seconds() // 60),
        )
        for account in accounts
    ]
    return Tried(article.id, article.title, article.language, article.received_at, left_out, [] if left_out else tried)
