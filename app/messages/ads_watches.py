"""Watches over ads: what they have found, and why one cannot look."""

from datetime import datetime

from app.messages.kinds import Amount, Quote
from app.messages.message import Message, plain, sentence

NO_WATCH = plain("ads_watch_not_found", "There is no such watch.")
NO_FIGURE = plain("ads_watch_no_figure", "TikTok told no figure for this.")
TOO_MANY_OBJECTS = plain(
    "ads_watch_too_many_objects", "There are more objects than one watch can look at. Name those that matter"
)


@sentence("There may be %(most)s watches at most. Remove one first")
def too_many_watches(most: int) -> None: ...


@sentence("The status of %(name)s is now %(after)s; it was %(before)s.")
def watched_status(name: Quote, after: Quote, before: Quote) -> None: ...


@sentence("%(name)s is deleted, or TikTok shows it no more; its status was %(before)s.")
def watched_gone(name: Quote, before: Quote) -> None: ...


@sentence("TikTok's review has let %(name)s pass.")
def watched_approved(name: Quote) -> None: ...


@sentence("TikTok's review has rejected %(name)s. Why, TikTok Ads Manager tells.")
def watched_rejected(name: Quote) -> None: ...


@sentence("TikTok reviews %(name)s again.")
def watched_reviewed_again(name: Quote) -> None: ...


@sentence("%(name)s has spent %(value)s %(currency)s today; the watch is set to %(threshold)s.")
def watched_spent_today(name: Quote, value: Amount, currency: str, threshold: Amount) -> None: ...


@sentence("%(name)s has spent %(value)s %(currency)s in all; the watch is set to %(threshold)s.")
def watched_spent(name: Quote, value: Amount, currency: str, threshold: Amount) -> None: ...


@sentence("The balance of %(name)s is %(value)s %(currency)s, below the %(threshold)s of the watch.")
def watched_balance(name: Quote, value: Amount, currency: str, threshold: Amount) -> None: ...


@sentence("%(count)s more changes were found; the log of the watch has them.")
def watched_more(count: int) -> None: ...


@sentence("The watch cannot look since %(time)s: %(cause)s")
def watch_blind(time: datetime, cause: Message) -> None: ...
