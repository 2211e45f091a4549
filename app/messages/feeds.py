"""What is said of feeds: why one could not be read, and what became of its items."""

from app.messages.kinds import Address, Quote
from app.messages.message import plain, sentence

FEED_UNREADABLE = plain("feed_unreadable", "The feed could not be read")
NO_FEED = plain("no_feed", "There is no feed at this address: neither RSS, Atom or JSON Feed, nor articles of its CMS.")
FEED_TOO_LARGE = plain("feed_too_large", "The feed is larger than 64 MB when it is unpacked.")
FEED_TOO_HEAVY = plain("feed_too_heavy", "The feed takes too much time or memory to read.")
PAGE_UNREADABLE = plain("page_unreadable", "The article's page could not be read")
PAGE_ELSEWHERE = plain("page_elsewhere", "The article's page leads to another site.")
PAGE_TOO_HEAVY = plain("page_too_heavy", "The page takes too much time or memory to read.")
HUB_UNREACHABLE = plain("hub_unreachable", "The feed's hub could not be reached.")
NO_FEED_ADDRESS = plain("no_feed_address", "The source has no feed address.")
FEED_ADDRESS = plain("feed_address_unacceptable", "feed_url: must be an address such as https://news.example.org/feed")
POLL_MINUTES = plain("poll_minutes_range", "poll_minutes: must be from 1 to 1440")


@sentence("The feed's hub refuses to tell of what is new. %(reason)s")
def hub_refused(reason: Quote) -> None: ...


@sentence("The feed's hub answered %(status)s.")
def hub_answered(status: str) -> None: ...


@sentence("This is a page, and no feed. It names this feed: %(url)s")
def page_names_feed(url: Address) -> None: ...
