"""What a feed's items mean: which are news, which changes of articles, and which were there before."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select

from app.articles.adapters.base import ArticleDraft, EventKind, ParsedDelivery, SourceOptions
from app.articles.feeds.fetching import Found, PageUnreadable, Reader
from app.articles.feeds.seen_items import Memory
from app.articles.intake.arrivals import Arrival, Envelope
from app.articles.intake.batches import hand_in
from app.articles.intake.gaps import draft_in, filled, gaps_in
from app.articles.intake.merge import rank
from app.articles.models import Article, ArticleState, Delivery, Source
from app.articles.models_feeds import FeedItem, SourceFeed
from app.articles.names import settle_name
from app.articles.rules import SourceRules, read_rules
from app.kit.failpoints import reach
from app.resources import Resources

MOST_AT_ONCE = 40
"""Items that are taken from one answer; if there are more, the feed is asked again at once."""
PUBLISHED, UPDATED = "feed.published", "feed.updated"
_CHANGES_WATCHED = timedelta(days=7)
_PAGES_AT_ONCE = 4
_ALL_PAGES_SECONDS = 20.0
_FLOOD = 5


@dataclass(slots=True)
class Taken:
    """What came of an answer. `is_cut`: there is more in it. `is_baseline`: all of it counts as known from now on."""

    news: int = 0
    too_old: int = 0
    is_cut: bool = False
    is_baseline: bool = False


@dataclass(slots=True, eq=False)
class News:
    """An item that was not there before, and the article that it tells of."""

    told: Mapping[str, Any]
    draft: ArticleDraft
    published_at: datetime | None
    updated_at: datetime | None
    known: Article | None = field(default=None)
    is_page_missed: bool = False

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "News":
        draft = told["draft"]
        written = {**draft, "published_at": _moment(draft["published_at"])}
        return cls(told, ArticleDraft(**written), _moment(told["published_at"]), _moment(told["updated_at"]))

    def is_thin(self, rules: SourceRules | None) -> bool:
        """Tell whether its page may know what the feed leaves out."""
        draft = self.draft
        return bool(draft.url) and self.known is None and (bool(gaps_in(draft, rules)) or self.published_at is None)


async def take_in(
    app: Resources,
    source: Source,
    feed: SourceFeed,
    found: Found,
    memory: Memory,
    reader: Reader,
    options: SourceOptions,
    now: datetime,
) -> Taken:
    """Hand in what is new and what has changed, then remember it: whoever dies before that only does it once more."""
    await memory.recall(app, found.items)
    new = [told for told in found.items if not memory.knows(told)]
    taken = Taken(is_baseline=feed.baseline_at is None or _is_another_feed(found.items, new, memory, feed, now))
    reach("feeds.read")
    if taken.is_baseline:
        await memory.remember(app, new, now)
        return taken
    with_articles = [News.of(told) for told in new if told["draft"] is not None]
    taken.is_cut = len(with_articles) < len(new)
    await _find_known(app, source, with_articles)
    await _complete(with_articles, reader, options, _rules(source))
    fresh = [one for one in with_articles if one.known or not _is_too_old(one, feed, now)]
    old = [one.told for one in with_articles if one.known is None and _is_too_old(one, feed, now)]
    outcomes = await _hand_in(app, source, feed, fresh, now)
    reach("feeds.handed_in")
    await memory.remember(app, [one.told for one in fresh], now, external_ids=outcomes.ids)
    await memory.remember(app, old, now, is_too_old=True)
    await _hand_in_changes(app, source, feed, [told for told in found.items if memory.knows(told)], memory, now)
    taken.news, taken.too_old = outcomes.news, len(old)
    return taken


def _is_another_feed(items: Sequence[Any], new: Sequence[Any], memory: Memory, feed: SourceFeed, now: datetime) -> bool:
    """Tell whether items without times are no news, although none is known: nobody could say how old they are.

    The feed names all of its items anew, or nobody has looked at it for longer than news are news.
    """
    if not new or any(told["published_at"] or told["updated_at"] for told in new):
        return False
    is_renewed = len(new) >= _FLOOD and len(new) == len(items) and memory.has_any
    seen_at = feed.last_success_at or feed.baseline_at or now
    return is_renewed or now - seen_at > timedelta(hours=feed.max_age_hours)


def _is_too_old(one: News, feed: SourceFeed, now: datetime) -> bool:
    at = one.published_at or one.draft.published_at or one.updated_at
    return at is not None and now - at > timedelta(hours=feed.max_age_hours)


async def _find_known(app: Resources, source: Source, news: Sequence[News]) -> None:
    """See which of them a webhook has told of already."""
    if not news:
        return
    by_id = {one.told["external_id"]: one for one in news}
    query = select(Article).where(Article.source_id == source.id, col(Article.external_id).in_(list(by_id)))
    async with app.read() as session:
        for article in (await session.exec(query)).all():
            by_id[article.external_id].known = article


async def _complete(news: Sequence[News], reader: Reader, options: SourceOptions, rules: SourceRules | None) -> None:
    """Look at the pages of those of which the feed says little; what does not answer in time is asked for later."""
    places = asyncio.Semaphore(_PAGES_AT_ONCE)

    async def look(one: News) -> None:
        async with places:
            with suppress(PageUnreadable):
                fill(one, await reader.page(one.draft.url, options))
                one.is_page_missed = False

    thin = [one for one in news if one.is_thin(rules)]
    for one in thin:
        one.is_page_missed = True
    looks = [asyncio.create_task(look(one)) for one in thin]
    if looks:
        _, late = await asyncio.wait(looks, timeout=_ALL_PAGES_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*looks, return_exceptions=True)


def fill(one: News, page: Mapping[str, Any]) -> None:
    """Fill in what the feed left out with what the page says."""
    told = draft_in(page, one.draft.url)
    one.published_at = one.published_at or told.published_at
    one.draft = filled(one.draft, replace(told, published_at=one.published_at))


@dataclass(frozen=True, slots=True)
class _Outcomes:
    news: int
    ids: Mapping[str, str]


async def _hand_in(app: Resources, source: Source, feed: SourceFeed, news: Sequence[News], now: datetime) -> _Outcomes:
    """Hand in news, the oldest first: feeds have the newest at their top."""
    arrivals: list[tuple[str, Arrival]] = []
    for one in reversed(news):
        moment = min(one.updated_at or one.published_at or now, now)
        delivery = ParsedDelivery(EventKind.published, PUBLISHED, one.told["external_id"], one.draft, moment)
        named = await settle_name(app, source.id, delivery, by_feed=True)
        known = one.known if named.external_id == one.told["external_id"] else await _article(app, source, named)
        if known is not None:
            named = replace(named, draft=over(known, named.draft))
        arrival = _arrival(source, feed, one.told, named, moment)
        arrivals.append((one.told["key"], replace(arrival, may_ask_page=one.is_page_missed)))
    reach("feeds.named")
    receipts = await asyncio.gather(*(hand_in(app, arrival) for _, arrival in arrivals))
    told_first = sum(receipt.outcome in {Delivery.created, Delivery.republished} for receipt in receipts)
    return _Outcomes(told_first, {key: arrival.news.external_id for key, arrival in arrivals})


async def _hand_in_changes(
    app: Resources,
    source: Source,
    feed: SourceFeed,
    items: Sequence[Mapping[str, Any]],
    memory: Memory,
    now: datetime,
) -> None:
    """Tell of changes of articles that are known. What stood in the feed from the first stays what it was: no news."""
    changed: list[tuple[Mapping[str, Any], FeedItem]] = []
    for told in items:
        item = memory.item(told)
        if item.digest != told["digest"] and told["draft"] is not None and now - item.first_seen_at < _CHANGES_WATCHED:
            changed.append((told, item))
    arrivals: list[Arrival] = []
    for told, item in changed:
        one, known = News.of(told), None
        named = ParsedDelivery(
            EventKind.updated, UPDATED, item.external_id, one.draft, min(one.updated_at or now, now), only_if_known=True
        )
        known = await _article(app, source, named)
        if known is not None and known.state == ArticleState.published:
            changes = replace(named, draft=over(known, one.draft))
            arrivals.append(_arrival(source, feed, told, changes, named.revision or now))
    await asyncio.gather(*(hand_in(app, arrival) for arrival in arrivals))
    await memory.renew(app, items, now)


def _arrival(
    source: Source, feed: SourceFeed, told: Mapping[str, Any], news: ParsedDelivery, moment: datetime
) -> Arrival:
    since = max(source.created_at, feed.baseline_at or source.created_at)
    name = f"feed:{told['key'][:32]}:{told['digest'][:32]}:{news.kind}"
    return Arrival(source.id, since, news, Envelope(name, told["digest"], rank(moment)), _rules(source))


def _rules(source: Source) -> SourceRules | None:
    return read_rules(source.rules) if source.rules else None


async def _article(app: Resources, source: Source, news: ParsedDelivery) -> Article | None:
    query = select(Article).where(Article.source_id == source.id, Article.external_id == news.external_id)
    async with app.read() as session:
        return (await session.exec(query)).first()


def over(known: Article, draft: ArticleDraft) -> ArticleDraft:
    """Lay what a feed says over what is known of the article: a teaser takes no text away, and no pictures."""
    kept: dict[str, Any] = {}
    for one in fields(ArticleDraft):
        new, old = getattr(draft, one.name), getattr(known, one.name)
        kept[one.name] = new if new or one.name in {"is_wanted", "breaking"} else old
    if len(draft.text) < len(known.text) / 2:
        kept["text"], kept["excerpt"] = known.text, known.excerpt or draft.excerpt
    if len(draft.images) < len(known.images):
        kept["images"] = known.images
    # No feed knows what an editor decided in the CMS.
    kept["is_declined"], kept["is_wanted"] = known.is_declined, draft.is_wanted and not known.is_declined
    if any(image.get("is_chosen") for image in known.images):
        kept["images"] = known.images
    kept["breaking"] = known.breaking
    return ArticleDraft(**kept)


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
