"""What stands around the posts of a busy newsroom: a week of one source's deliveries, boosts, readers' comments."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from app.ads.models import Boost
from app.ads.models.boosts import BoostState
from app.articles.models import Delivery, SourceDelivery
from app.comments.models import Comment, CommentSource
from app.kit.bulk import insert_rows
from app.kit.clock import utcnow
from app.kit.ids import new_id
from app.resources import Resources
from tests.bench.desk_rows import FIRST_ID_AT_TIKTOK

_ADVERTISER = "7200000000000000001"
_DELIVERIES, _BOOSTS, _COMMENTS = 2_000, 500, 20_000


async def fill_around(app: Resources, *, source_id: str, account_id: str, post_id: str) -> str:
    """Write the rows; return a comment's id. One boost is the post's."""
    rows = {
        "source_deliveries": _deliveries(source_id),
        "ads_boosts": _boosts(account_id, post_id),
        "comments": _comments(),
    }

    def write(connection: sa.Connection) -> None:
        for table, made in rows.items():
            insert_rows(connection, SQLModel.metadata.tables[table], made)

    await app.db.run(write)
    return str(rows["comments"][_COMMENTS // 2]["id"])


def _deliveries(source_id: str) -> list[dict[str, Any]]:
    blank = SourceDelivery(
        source_id=source_id, signed_at=utcnow(), outcome=Delivery.created, body=b"x", kept_bytes=1
    ).model_dump()
    refused = {"outcome": None, "code": "invalid"}
    return [blank | {"id": new_id()} | (refused if number % 9 == 0 else {}) for number in range(_DELIVERIES)]


def _boosts(account_id: str, post_id: str) -> list[dict[str, Any]]:
    blank = Boost(
        mode="emulated", post_id=post_id, article_id="-", account_id=account_id, advertiser_id=_ADVERTISER, title="",
        item_id="", currency="USD", budget="20", days=2, objective_type="VIDEO_VIEWS", state=BoostState.stopped,
    ).model_dump()  # fmt: skip
    return [
        blank | {"id": new_id(), "post_id": f"post-{number}" if number else post_id, "title": f"Қазақстан {number}",
                 "item_id": str(7_400_000_000_000_000_000 + number)}
        for number in range(_BOOSTS)
    ]  # fmt: skip


def _comments() -> list[dict[str, Any]]:
    began = utcnow() - timedelta(days=30)
    blank = Comment(
        position=0, mode="emulated", source=CommentSource.ad, owner_id=_ADVERTISER, place_id="1", comment_id="",
        ad_id="1", text="", created_at=began,
    ).model_dump()  # fmt: skip
    return [
        blank | {"id": new_id(), "position": (int(began.timestamp()) + number) << 30, "comment_id": str(number),
                 "author_id": str(number % 997), "author_name": f"reader {number % 997}", "language": "kk",
                 "text": f"Қазақстан мектеп {number}", "item_id": str(FIRST_ID_AT_TIKTOK + number),
                 "created_at": began + timedelta(seconds=number)}
        for number in range(_COMMENTS)
    ]  # fmt: skip
