"""What a delivery changes in an article, so that deliveries in any order end as in the order of the CMS's clock."""

from dataclasses import dataclass, fields
from datetime import datetime
from types import SimpleNamespace
from typing import cast

from app.articles.adapters.base import ArticleDraft, EventKind, ParsedDelivery
from app.articles.intake.gaps import draft_now, filled
from app.articles.models import Article, ArticleState, Delivery
from app.kit.clock import utcnow
from app.kit.ids import new_id

_CONTENT = tuple(field.name for field in fields(ArticleDraft))
CHANGEABLE = (
    *_CONTENT, "state", "revision", "content_revision", "state_revision", "version", "was_live", "received_at",
    "updated_at", "left_out",
)  # fmt: skip
"""The columns of a known article that a delivery may change."""
_END_OF_SECOND = 999_999
_NEW = {
    EventKind.published: Delivery.created,
    EventKind.updated: Delivery.updated,
    EventKind.unpublished: Delivery.unpublished,
}


@dataclass(frozen=True, slots=True)
class Merged:
    """What a delivery did to an article, and whether that starts or ends its being posted."""

    outcome: Delivery
    is_turn: bool


def rank(moment: datetime) -> datetime:
    """Give a CMS's time its place among others: a whole second, of which the rest is not known, stands at its end.

    Ghost says milliseconds when it publishes, and the whole second that its database keeps when it unpublishes.
    """
    return moment if moment.microsecond else moment.replace(microsecond=_END_OF_SECOND)


def _level(revision: datetime, known: datetime | None) -> datetime:
    """Give a time in the second of which only the end is known the place of that end: nobody knows which was first."""
    is_vague = known is not None and known.microsecond == _END_OF_SECOND
    return known if known and is_vague and known.replace(microsecond=0) <= revision < known else revision


def is_live(article: Article) -> bool:
    """Tell whether the article is to be posted: published, said so by a publication, and wanted by its source."""
    return article.state == ArticleState.published and article.state_revision is not None and article.is_wanted


def is_duplicate(news: ParsedDelivery, merged: Merged, *, is_new: bool) -> bool:
    """Tell whether a delivery told nothing new, or published again what is published."""
    is_again = news.kind is EventKind.published and not is_new and not merged.is_turn
    return is_again or merged.outcome in {Delivery.duplicate, Delivery.stale}


def new_article(source_id: str, news: ParsedDelivery, revision: datetime) -> Article:
    """Make the row of an article of which nothing is known yet, to be merged with its first delivery."""
    # Lists of its own: pydantic takes 0.1 ms to call `list` as a default factory (2.14), and this is the hot path.
    return Article(
        source_id=source_id,
        external_id=news.external_id,
        revision=revision,
        version=0,
        tags=[],
        authors=[],
        images=[],
    )


_BLANK = new_article("", ParsedDelivery(EventKind.published, "", "", ArticleDraft()), utcnow()).model_dump()


def new_row(source_id: str, news: ParsedDelivery, revision: datetime) -> Article:
    """Make the same without the weight of the table's class, which would take a sixth of the intake's time."""
    now = utcnow()
    own = {"id": new_id(), "source_id": source_id, "external_id": news.external_id, "revision": revision}
    return cast("Article", SimpleNamespace(**{**_BLANK, **own, "received_at": now, "updated_at": now}))


def merge(
    article: Article, news: ParsedDelivery, revision: datetime, *, source_since: datetime, is_new: bool = False
) -> Merged:
    """Apply a delivery to an article and say what it did. The row must be locked, or not yet stored."""
    was_live, state = is_live(article), article.state
    had_been_live = article.was_live or was_live
    has_content = _merge_content(article, news, revision)
    has_word = _merge_state(article, news, revision, source_since)
    if has_content or has_word:
        article.updated_at = utcnow()
        article.revision = max(article.revision, revision)
    article.was_live = had_been_live or is_live(article)
    if is_live(article) != was_live:
        if was_live:
            return Merged(Delivery.unpublished, is_turn=True)
        if had_been_live:
            return Merged(Delivery.republished, is_turn=True)
        # Whoever asks when the news came means this moment, and not that of an earlier edit in the archive.
        article.received_at = utcnow()
        return Merged(Delivery.created, is_turn=True)
    if is_new:
        return Merged(_NEW[news.kind], is_turn=False)
    return Merged(
        _outcome(article, news, revision, has_content=has_content, is_moved=article.state != state), is_turn=False
    )


def _merge_content(article: Article, news: ParsedDelivery, revision: datetime) -> bool:
    """Take over newer content and tell whether it differs.

    At the same time an update beats a publication, and what was read once more beats what was read before.
    """
    if news.only_fills:
        return _write(article, filled(draft_now(article), news.draft))
    known = article.content_revision
    revision = _level(revision, known)
    if news.kind is EventKind.unpublished:
        # Its content only gives a name to an article that was never seen before; whatever else comes is better.
        return known is None and not article.title and not article.url and _write(article, news.draft)
    is_second = revision == known and news.kind is EventKind.published and not news.is_reread
    if known is not None and (revision < known or is_second):
        return False
    article.content_revision = revision
    return _write(article, news.draft)


def _write(article: Article, draft: ArticleDraft) -> bool:
    changes = {name: getattr(draft, name) for name in _CONTENT if getattr(draft, name) != getattr(article, name)}
    for name, value in changes.items():
        setattr(article, name, value)
    if changes:
        article.version += 1
    return bool(changes)


def _merge_state(article: Article, news: ParsedDelivery, revision: datetime, source_since: datetime) -> bool:
    """Take over a newer word on whether the article is published. In a tie an unpublishing wins: that is safer."""
    word = _word(article, news, revision, source_since)
    if word is None:
        return False
    state, said_at = word
    known = article.state_revision
    said_at = _level(said_at, known)
    wins_tie = state is ArticleState.unpublished and article.state == ArticleState.published
    if known is not None and (said_at < known or (said_at == known and not wins_tie)):
        return False
    article.state, article.state_revision = state, said_at
    return True


def _word(
    article: Article, news: ParsedDelivery, revision: datetime, source_since: datetime
) -> tuple[ArticleState, datetime] | None:
    if news.kind is EventKind.unpublished:
        return ArticleState.unpublished, revision
    if news.kind is EventKind.published:
        return ArticleState.published, revision
    if news.only_fills:
        return None
    # Most CMSes send once and never again, so a publication can be lost; the next update makes up for it. But an edit
    # in the archive, of what was published before this source was connected, must not be posted as news.
    published_at = news.draft.published_at
    if article.state_revision is None and published_at and source_since <= published_at <= revision:
        return ArticleState.published, published_at
    return None


def _outcome(
    article: Article, news: ParsedDelivery, revision: datetime, *, has_content: bool, is_moved: bool
) -> Delivery:
    """Say what a delivery did that neither starts nor ends the posting of a known article."""
    if news.kind is EventKind.updated:
        clock = article.content_revision
    else:
        clock = article.state_revision
        says = ArticleState.unpublished if news.kind is EventKind.unpublished else ArticleState.published
        if is_moved:
            return Delivery.unpublished if says is ArticleState.unpublished else Delivery.republished
        if article.state != says:
            return Delivery.stale
    if has_content and news.kind is not EventKind.unpublished:
        return Delivery.updated
    return Delivery.stale if clock is not None and _level(revision, clock) < clock else Delivery.duplicate
