"""Doctor tells whose comments cannot be fetched, and whose were not fetched when they were due."""

from datetime import timedelta
from typing import Any

from app.comments.models import CommentFeed, CommentSource, CommentSweep
from app.kit.clock import utcnow
from app.messages import comments as said
from app.messages.message import keep_whole
from app.ops.doctor.comments import check_comments
from app.ops.doctor.findings import Level


async def test_doctor_names_what_fails_and_what_is_late_and_nothing_else(resources):
    now, mode = utcnow(), resources.business.mode
    kept: dict[str, Any] = {"mode": mode, "next_at": now + timedelta(minutes=1), "swept_at": now}
    late: dict[str, Any] = {
        "mode": mode,
        "next_at": now - timedelta(minutes=20),
        "swept_at": now - timedelta(minutes=21),
    }
    async with resources.transaction() as session:
        feed = CommentFeed(source=CommentSource.ad, owner_id="1", **kept)
        session.add(feed)
        await session.flush()
        for number in range(601):
            session.add(CommentSweep(feed_id=feed.id, place_id=str(number), begins_on=now))
        session.add(CommentSweep(feed_id=feed.id, place_id="read", begins_on=now, back_to=now))
        session.add(CommentFeed(source=CommentSource.ad, owner_id="2", **late))
        session.add(CommentFeed(source=CommentSource.ad, owner_id="3", lease_until=now + timedelta(minutes=5), **late))
        trouble: dict[str, Any] = {"trouble": keep_whole(said.NOT_GRANTED), "failing_since": now}
        session.add(CommentFeed(source=CommentSource.organic, owner_id="4", **kept, **trouble))
        session.add(CommentFeed(source=CommentSource.ad, owner_id="5", **(late | {"mode": "other"})))
    found = [finding async for finding in check_comments(resources)]
    told = [(finding.level, finding.subject) for finding in found]
    assert told == [
        (Level.warning, "Comments under posts of 4"), (Level.warning, "Comments under ads of 2"),
        (Level.ok, "Comments"),
    ]  # fmt: skip
    assert "does not cover comments" in found[0].message
    assert "were due at" in found[1].message
    assert "3 ad accounts and 1 business accounts; 1 cannot be fetched, and 1 are late" in found[2].message
    # At the tier basic 600 calls leave in a minute, and each takes one at least.
    assert "601 posts and ad groups are still read for the first time: 2 minutes of the tier basic" in found[2].message
