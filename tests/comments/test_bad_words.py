"""What a boost's own list of words calls bad is counted."""

from app.ads.boosts.counting import Counting
from app.ads.models import Boost
from app.comments.bad_words import count_bad_comments
from app.comments.models import CommentSource
from app.comments.store import Owner, Seen, mark_gone, store
from app.kit.clock import utcnow
from app.resources import Resources
from app.worker import bring_together

ACCOUNT, AD = "7200000000000000001", "1801"
TEXTS = ("Бұл өтірік!", "ӨТІРІК айтпа", "Жарайсыңдар", "This is FAKE", "fake again, by us")


def boost(max_bad_comments: int | None = None, ad_id: str | None = AD) -> Boost:
    return Boost(
        mode="emulated", post_id="p", article_id="a", account_id="c", advertiser_id=ACCOUNT, item_id="1", budget="20",
        days=1, objective_type="TRAFFIC", ad_id=ad_id, bad_words=["өтірік", "fake"], max_bad_comments=max_bad_comments,
    )  # fmt: skip


async def fill(resources: Resources) -> None:
    seen = [
        Seen(comment_id=str(number), place_id="g", text=text, created_at=utcnow(), ad_id=AD, is_own=text.endswith("us"))
        for number, text in enumerate(TEXTS)
    ]
    elsewhere = Seen(comment_id="90", place_id="g", text="fake", created_at=utcnow(), ad_id="1802")
    async with resources.transaction() as session:
        await store(session, Owner("emulated", CommentSource.ad, ACCOUNT), [*seen, elsewhere])
        await store(session, Owner("real", CommentSource.ad, ACCOUNT), [seen[0]])


async def test_readers_comments_under_the_ad_that_hold_a_word_are_counted(resources: Resources) -> None:
    await fill(resources)
    async with resources.read() as session:
        assert await count_bad_comments(session, boost()) == 3
        assert await count_bad_comments(session, boost(max_bad_comments=2)) == 2
        assert await count_bad_comments(session, boost(ad_id=None)) == 0


async def test_what_was_deleted_counts_no_more(resources: Resources) -> None:
    owner = Owner("emulated", CommentSource.ad, ACCOUNT)
    lone = Seen(comment_id="1", place_id="g", text="fake", created_at=utcnow(), ad_id=AD)
    async with resources.transaction() as session:
        told = await store(session, owner, [lone])
        await mark_gone(session, told.new)
    async with resources.read() as session:
        assert await count_bad_comments(session, boost()) == 0


def test_a_worker_counts_for_its_boosts(sqlite_resources: Resources) -> None:
    bring_together(sqlite_resources)
    assert sqlite_resources.parts.of(Counting).counter is count_bad_comments
