"""The sandbox delivers nothing: it has the same made-up figures for everybody, of twelve days in December 2020."""

from app.emulator.business_api.book import Book
from app.emulator.business_api.facts import FULL_DAY, make_measures
from app.emulator.business_api.store import MEASURES, Doc

_DAYS = tuple(f"2020-12-{day:02d}" for day in range(8, 20))
_PLAN = 1_468
_INSERT = f"INSERT OR IGNORE INTO facts VALUES ({', '.join('?' * (7 + len(MEASURES)))})"  # noqa: S608


def write_mock_facts(book: Book, advertiser: Doc) -> None:
    """Give every ad of a sandbox account its made-up figures."""
    owner = advertiser["advertiser_id"]
    for ad in book.store.find("ad", owner=owner):
        ids = (owner, ad["campaign_id"], ad["adgroup_id"])
        rows = [
            (ad["ad_id"], day, *ids, FULL_DAY, _PLAN, *make_measures(book.settings.seed, ad["ad_id"], day, _PLAN))
            for day in _DAYS
        ]
        book.store.write_many(_INSERT, rows)
    book.store.remember("facts", book.store.recall("facts", 0) + 1)
