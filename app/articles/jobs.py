"""Jobs of the articles: asking a CMS for what a delivery only named, and feeds for what no delivery told of."""

from app.articles.deliveries.queries import forget_old_deliveries
from app.articles.feeds.polls import poll_due
from app.articles.feeds.seen_items import forget_old_items
from app.articles.intake.thin_deliveries import LOOK_UP
from app.articles.intake.wanted_pages import LOOK_AT_PAGE
from app.articles.lookups.look_up import look_up, wake_due
from app.articles.pages.look import look_at_page, wake_due_pages
from app.articles.websub.ask import ask_hubs
from app.jobs import job
from app.resources import Resources


@job(LOOK_UP)
async def look_up_article(app: Resources, lookup_id: str) -> None:
    """Ask the CMS for one article, and take in what it says."""
    await look_up(app, lookup_id)


@job(LOOK_AT_PAGE)
async def look_at_article_page(app: Resources, page_id: str, due_at: str = "") -> None:
    """Read an article's page, and fill in what the CMS left out."""
    await look_at_page(app, page_id, due_at)


@job("articles.wake_lookups")
async def wake_lookups(app: Resources) -> None:
    """Wake workers for the articles, and the pages of articles, that are to be asked for now."""
    await wake_due(app)
    await wake_due_pages(app)


@job("articles.poll_feeds", timeout=180)
async def poll_feeds(app: Resources) -> None:
    """Ask the feeds whose time has come. May run on every worker at once, and may be missed."""
    await poll_due(app)


@job("articles.ask_hubs", timeout=400)
async def ask_feed_hubs(app: Resources) -> None:
    """Subscribe at hubs, renew what ends, and leave those that are needed no more. May be missed."""
    await ask_hubs(app)


@job("articles.sweep")
async def sweep_articles(app: Resources) -> None:
    """Forget what feeds have not shown for long, and what sources sent more than 7 days ago. May be missed."""
    await forget_old_items(app)
    await forget_old_deliveries(app)
