"""Ordering TikTok's events about a business account's posts, whichever way the account came to be connected."""

from app.resources import Resources


async def order_events(resources: Resources) -> None:
    """Let them come here, where they do not yet. Where TikTok cannot be told, posts are followed by questions alone."""
    # Read when it is needed: most installations have no business account.
    from app.accounts.business.portal_settings import send_events_here

    await send_events_here(resources)
