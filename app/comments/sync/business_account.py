"""One sweep of a business account: its posts now and then, and each post that is due."""

from time import monotonic

from app.accounts.business_account import BusinessAccount, call_as_business
from app.accounts.errors import ScopeMissing
from app.comments.models import CommentFeed, CommentSweep
from app.comments.sync.due_places import SWEEP, is_asked, is_due, visit_due
from app.comments.sync.feeds import EVERY
from app.comments.sync.pace import read_pace
from app.comments.sync.posts import list_posts_anew
from app.comments.sync.under_posts import PostVisit
from app.kit.clock import utcnow
from app.messages import comments as said
from app.resources import Resources

READS = "comment.list"
"""The permission without which TikTok shows no comments under an account's posts."""


async def sweep_business_account(app: Resources, feed: CommentFeed) -> None:
    """Read what is due. Raises BusinessError, ScopeMissing, and what opening the account raises."""

    async def work(account: BusinessAccount) -> None:
        if READS not in account.scopes:
            raise ScopeMissing(said.NOT_GRANTED)
        pace = await read_pace(app)
        if is_due(feed.places_at, pace.listing, utcnow()) or is_asked(feed.asked_at, feed.places_at):
            await list_posts_anew(app, feed, account)

        ends_at = monotonic() + EVERY.total_seconds()

        async def visit(sweep: CommentSweep) -> None:
            if sweep.back_to is None and monotonic() >= ends_at:
                # The first reading of hundreds of posts takes minutes: what is new under the others goes first.
                return
            await PostVisit(app, feed, account, sweep, pace).sweep_place()

        await visit_due(app, feed, visit)

    await call_as_business(app, feed.owner_id, work, patience=SWEEP)
