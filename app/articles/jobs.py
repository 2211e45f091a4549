"""Jobs of the articles: asking a CMS for what a delivery only named."""

from app.articles.intake.thin import LOOK_UP
from app.articles.lookups.look_up import look_up, wake_due
from app.jobs import job
from app.resources import Resources


@job(LOOK_UP)
async def look_up_article(app: Resources, lookup_id: str) -> None:
    """Ask the CMS for one article, and take in what it says."""
    await look_up(app, lookup_id)


@job("articles.wake_lookups")
async def wake_lookups(app: Resources) -> None:
    """Wake workers for the articles that are to be asked for now."""
    await wake_due(app)
