"""Reviews: an ad waits for a while, and passes or fails, as was ordered or as the settings have it."""

from app.emulator.business_api.book import Book
from app.emulator.business_api.store import Doc


def begin_review(book: Book) -> Doc:
    """Decide how the review of a new or changed ad will go."""
    orders = book.store.recall("reviews", [])
    order = orders.pop(0) if orders else {}
    if order:
        book.store.remember("reviews", orders)
    settings = book.settings
    return {
        "ends_at": book.now() + order.get("seconds", settings.review_seconds),
        "outcome": order.get("outcome", settings.review_outcome),
        "reason": order.get("reason", settings.review_reason),
        "told": False,
    }


def review_of(ad: Doc, now: float) -> str:
    """Tell how the review of an ad stands: waiting, pass or fail."""
    review = ad["review"]
    return "waiting" if now < review["ends_at"] else str(review["outcome"])
