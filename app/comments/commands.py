"""What `newsreel ads comments` does."""

from typing import Any

from app.ads.commands import Misuse, which
from app.ads.printing import print_one, print_rows
from app.comments.act.replying import reply
from app.comments.actions import By
from app.comments.face.filters import read_filters
from app.comments.face.listing import list_comments
from app.comments.face.schemas import CommentRead, ReplyRead
from app.comments.lookup import find_by_tiktok_id, get_comment
from app.comments.sync.feeds import hurry
from app.comments.sync.run import sync_feed
from app.resources import Resources

_CALLER = By("command line")
_COLUMNS = ("comment_id", "created_at", "author", "text", "status", "state", "replies", "why_not")
_REPLY_COLUMNS = ("comment_id", "state", "text", "replayed")


async def show_comments(
    app: Resources, advertiser_id: str | None, filters: dict[str, str], limit: int, *, is_fresh: bool, as_json: bool
) -> None:
    """Print comments of an ad account, the newest first; with `is_fresh` TikTok is asked before."""
    advertiser_id = await which(app, advertiser_id)
    if is_fresh:
        for feed in await hurry(app, advertiser_id):
            await sync_feed(app, feed.id)
    states, statuses = filters.pop("state", ""), filters.pop("status", "")
    wanted = read_filters(_CALLER, states, statuses, advertiser_id=advertiser_id, **filters)
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    while len(rows) < limit:
        page = await list_comments(app, wanted, limit=min(200, limit - len(rows)), cursor=cursor)
        rows += [CommentRead.of(one).model_dump(mode="json") for one in page.items]
        if (cursor := page.next_cursor) is None:
            break
    shown = [{**row, "author": row["author"]["name"]} for row in rows]
    print_rows(rows if as_json else shown, _COLUMNS, as_json=as_json)


async def answer_comment(app: Resources, comment_id: str, text: str, *, again: bool, as_json: bool) -> None:
    """Answer a comment, once, and print what TikTok has. `comment_id` is TikTok's, or the inbox's own id."""
    told = await reply(app, _CALLER, await _row_of(app, comment_id), text, again=again)
    row = {**ReplyRead.of(told.reply).model_dump(mode="json"), "replayed": told.was_there}
    print_one(row, _REPLY_COLUMNS, as_json=as_json)


async def _row_of(app: Resources, comment_id: str) -> str:
    if len(comment_id) > 64 or not comment_id.isprintable():
        raise Misuse("COMMENT must be the id of a comment.")
    if found := await find_by_tiktok_id(app, comment_id):
        return found.id
    return (await get_comment(app, comment_id)).id
