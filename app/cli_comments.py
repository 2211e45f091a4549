"""`newsreel ads comments`. It imports late, as the other commands do."""

from collections.abc import Callable

import click

from app.cli_ads import AS_JSON, ads, run_ads


@ads.group("comments")
def comments() -> None:
    """Comments under ads, and under posts of your business accounts."""


def _filters(command: Callable[..., None]) -> Callable[..., None]:
    """Take the options that choose comments."""
    for option in reversed((
        click.option("--advertiser", "advertiser_id", metavar="ID", help="Under the ads of this ad account alone."),
        click.option("--account", metavar="NAME|ID", help="Under the posts of this business account alone."),
        click.option("--source", type=click.Choice(["ad", "organic"]), help="Under ads, or under posts of your own."),
        click.option("--ad", "ad_id", metavar="ID", help="Under this ad alone."),
        click.option("--post", "item_id", metavar="ID", help="Under this post alone, by its id at TikTok."),
        click.option("--state", metavar="NAMES", help="unread, open, done; several with commas."),
        click.option("--status", metavar="NAMES", help="PUBLIC, HIDDEN, DELETED."),
        click.option("--language", metavar="CODE", help="kk, ru, en."),
        click.option("--q", metavar="WORDS", help="With these words, or words that begin so."),
    )):  # fmt: skip
        command = option(command)
    return command


def _given(filters: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in filters.items() if value}


@comments.command("list")
@_filters
@click.option("--limit", default=50, type=click.IntRange(1, 10_000), show_default=True)
@click.option("--fresh", is_flag=True, help="Ask TikTok for what is new before.")
@AS_JSON
def ads_list_comments(*, limit: int, fresh: bool, as_json: bool, **filters: str | None) -> None:
    """List comments of the inbox, the newest first: those under ads, and under posts of your own."""
    run_ads("show_comments", _given(filters), limit, is_fresh=fresh, as_json=as_json)


@comments.command("export")
@_filters
@click.option("--csv", "target", metavar="FILE", default="-", show_default=True, help="- is standard output.")
def ads_export_comments(*, target: str, **filters: str | None) -> None:
    """Write all comments that are chosen into a file that spreadsheets open without harm."""
    run_ads("export_comments", _given(filters), target)


@comments.command("posts")
@click.option("--account", metavar="NAME|ID", default="", help="Of this business account alone.")
@click.option("--limit", default=50, type=click.IntRange(1, 200), show_default=True)
@AS_JSON
def ads_list_posts(*, account: str, limit: int, as_json: bool) -> None:
    """List posts of your business accounts, the newest first, and how many comments stand under each."""
    run_ads("show_posts", account, limit, as_json=as_json)


@comments.command("reply")
@click.argument("comment_id", metavar="COMMENT")
@click.argument("text")
@click.option("--again", is_flag=True, help="Say the same once more.")
@AS_JSON
def ads_reply(*, comment_id: str, text: str, again: bool, as_json: bool) -> None:
    """Answer a comment, once: by its id at TikTok, or its id in the inbox."""
    run_ads("answer_comment", comment_id, text, again=again, as_json=as_json)


@comments.command("write")
@click.argument("item_id", metavar="POST")
@click.argument("text")
@click.option("--again", is_flag=True, help="Say the same once more.")
@AS_JSON
def ads_write_comment(*, item_id: str, text: str, again: bool, as_json: bool) -> None:
    """Write a comment of your own under a post of a business account, once: by the post's id at TikTok."""
    run_ads("write_comment", item_id, text, again=again, as_json=as_json)


@comments.command("hide")
@click.argument("comment_ids", metavar="COMMENT...", nargs=-1, required=True)
@AS_JSON
def ads_hide_comments(*, comment_ids: tuple[str, ...], as_json: bool) -> None:
    """Hide comments from everybody but their authors."""
    run_ads("change_comments", comment_ids, "hide", as_json=as_json)


@comments.command("show")
@click.argument("comment_ids", metavar="COMMENT...", nargs=-1, required=True)
@AS_JSON
def ads_show_comments(*, comment_ids: tuple[str, ...], as_json: bool) -> None:
    """Show comments that were hidden."""
    run_ads("change_comments", comment_ids, "show", as_json=as_json)


@comments.command("delete")
@click.argument("comment_ids", metavar="COMMENT...", nargs=-1, required=True)
@AS_JSON
def ads_delete_comments(*, comment_ids: tuple[str, ...], as_json: bool) -> None:
    """Delete answers and comments of your own."""
    run_ads("change_comments", comment_ids, "delete", as_json=as_json)
