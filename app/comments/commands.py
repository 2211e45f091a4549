"""What `newsreel ads comments` does: for comments under ads and under posts of business accounts alike."""

from pathlib import Path
from typing import Any

import click

from app.accounts.models import AccountKind
from app.accounts.queries import list_live_accounts
from app.ads.commands import Misuse, which
from app.ads.connections.sync import sync
from app.ads.printing import complain, print_one, print_rows
from app.comments.act.bulk import act_on_many
from app.comments.act.commenting import comment_on_post
from app.comments.act.replying import reply
from app.comments.actions import Action, By
from app.comments.errors import CommentNotFound
from app.comments.face.exporting import write_csv
from app.comments.face.filters import read_filters
from app.comments.face.listing import list_comments
from app.comments.face.posts import list_posts
from app.comments.face.schemas import CommentRead, ReplyRead
from app.comments.face.schemas_posts import PostRead
from app.comments.face.selecting import Wanted
from app.comments.lookup import find_by_tiktok_id, find_comments
from app.comments.models import CommentSource
from app.comments.sync.feeds import hurry
from app.comments.sync.run import sync_feed
from app.resources import Resources

_CALLER = By("command line")
_COLUMNS = ("comment_id", "created_at", "source", "author", "text", "status", "state", "replies", "why_not")
_POST_COLUMNS = ("item_id", "made_at", "caption", "comments", "known", "unread", "why_not")
_SAID_COLUMNS = ("comment_id", "state", "text", "replayed")
_CHANGED_COLUMNS = ("comment_id", "status", "changed")
_PICTURE = "(a picture)"


async def show_comments(app: Resources, filters: dict[str, str], limit: int, *, is_fresh: bool, as_json: bool) -> None:
    """Print comments, the newest first; with `is_fresh` TikTok is asked before."""
    wanted = await _read_wanted(app, filters, is_fresh=is_fresh)
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    while len(rows) < limit:
        page = await list_comments(app, wanted, limit=min(200, limit - len(rows)), cursor=cursor)
        rows += [CommentRead.of(one).model_dump(mode="json") for one in page.items]
        if (cursor := page.next_cursor) is None:
            break
    shown = [{**row, "author": row["author"]["name"], "text": _text(row)} for row in rows]
    print_rows(rows if as_json else shown, _COLUMNS, as_json=as_json)


async def show_posts(app: Resources, account: str, limit: int, *, as_json: bool) -> None:
    """Print posts of business accounts, the newest first."""
    account_id = await _account_of(app, account) if account else ""
    page = await list_posts(app, account_id=account_id, limit=limit)
    print_rows([PostRead.of(one).model_dump(mode="json") for one in page.items], _POST_COLUMNS, as_json=as_json)


async def answer_comment(app: Resources, comment_id: str, text: str, *, again: bool, as_json: bool) -> None:
    """Answer a comment, once, and print what TikTok has. `comment_id` is TikTok's, or the inbox's own id."""
    told = await reply(app, _CALLER, await _row_of(app, comment_id), text, again=again)
    row = {**ReplyRead.of(told.said).model_dump(mode="json"), "replayed": told.was_there}
    print_one(row, _SAID_COLUMNS, as_json=as_json)


async def write_comment(app: Resources, item_id: str, text: str, *, again: bool, as_json: bool) -> None:
    """Write a comment of one's own under a post, once, and print what TikTok has."""
    told = await comment_on_post(app, _CALLER, _id_of(item_id, "POST"), text, again=again)
    row = {**ReplyRead.of(told.said).model_dump(mode="json"), "replayed": told.was_there}
    print_one(row, _SAID_COLUMNS, as_json=as_json)


async def change_comments(app: Resources, comment_ids: tuple[str, ...], action: str, *, as_json: bool) -> None:
    """Hide comments, show them again, or delete those of one's own; the first that cannot be is the error."""
    row_ids = [await _row_of(app, one) for one in comment_ids]
    done = await act_on_many(app, _CALLER, Action(action), row_ids)
    rows = await find_comments(app, row_ids)
    told = [
        {"comment_id": rows[one.row_id].comment_id, "status": rows[one.row_id].status, "changed": one.was_changed}
        for one in done.outcomes
        if one.error is None
    ]
    print_rows(told, _CHANGED_COLUMNS, as_json=as_json)
    refused = [(one.row_id, one.error) for one in done.outcomes if one.error is not None]
    for row_id, error in refused[1:]:
        complain(f"{rows[row_id].comment_id}: {error.message}")
    if refused:
        raise refused[0][1]


async def export_comments(app: Resources, filters: dict[str, str], target: str) -> None:
    """Write all that the filters let through into a file as CSV; "-" is standard output."""
    wanted = await _read_wanted(app, filters, is_fresh=False)
    try:
        with click.open_file(target, "wb", atomic=target != "-") as file:
            async for piece in write_csv(app, wanted):
                file.write(piece)
    except OSError as error:
        raise Misuse(f"{Path(target)} cannot be written: {error.strerror}.") from error


async def _read_wanted(app: Resources, filters: dict[str, str], *, is_fresh: bool) -> Wanted:
    """Read what is asked for. Without an account all of the inbox is meant."""
    asked = dict(filters)
    source, account = asked.pop("source", ""), asked.pop("account", "")
    states, statuses = asked.pop("state", ""), asked.pop("status", "")
    if asked.get("advertiser_id"):
        if account:
            raise Misuse("Say --advertiser or --account: comments stand under an ad or under a post.")
        await which(app, asked["advertiser_id"])
    if account:
        asked["account_id"] = await _account_of(app, account)
    if is_fresh:
        await _read_anew(app, asked.get("advertiser_id") or asked.get("account_id"))
    chosen = CommentSource(source) if source else None
    return read_filters(_CALLER, states, statuses, source=chosen, **asked)


async def _read_anew(app: Resources, owner_id: str | None) -> None:
    feeds = await hurry(app, owner_id)
    if not feeds and owner_id is None:
        await sync(app)
        feeds = await hurry(app)
    for feed in feeds:
        await sync_feed(app, feed.id)


async def _account_of(app: Resources, given: str) -> str:
    """Give the business account that is meant: by its id here or at TikTok, or by its name there. Raises Misuse."""
    async with app.read() as session:
        accounts = [one for one in await list_live_accounts(session) if one.kind is AccountKind.business]
    for one in accounts:
        if given in {one.id, one.open_id, one.username, f"@{one.username}"}:
            return one.id
    known = ", ".join(f"{one.username or one.open_id} ({one.id})" for one in accounts) or "none"
    raise Misuse(f"There is no business account {given}. There are: {known}.")


async def _row_of(app: Resources, comment_id: str) -> str:
    wanted = _id_of(comment_id, "COMMENT")
    if found := await find_by_tiktok_id(app, wanted):
        return found.id
    if wanted not in await find_comments(app, [wanted]):
        raise CommentNotFound
    return wanted


def _id_of(given: str, name: str) -> str:
    if len(given) > 64 or not given.isprintable():
        raise Misuse(f"{name} must be an id.")
    return given


def _text(row: dict[str, Any]) -> str:
    return str(row["text"]) or (_PICTURE if row["image_url"] else "")
