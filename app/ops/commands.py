"""What the commands of upkeep print: key rotation, backup, restore, and the posts that wait after it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import click

from app.config import Settings
from app.kit.clock import rfc3339, utcnow
from app.ops.backup import make_backup
from app.ops.migrate import require_head
from app.ops.restore import restore_backup
from app.ops.rotate import Progress, rotate_keys
from app.posts.prepare.caption_settings import use_hashtag_preset
from app.posts.restored import count_restored_posts, release_restored_posts
from app.resources import Resources, open_resources

_CURES = {
    "tiktok_apps": "enter the client secret again on the settings page",
    "account_tokens": "connect the account again",
    "sources": "give the source a new secret",
    "admins": "switch their second factor off on the team page, or: newsreel set-password EMAIL --drop-second-factor",
}
_PASSES = "it ends by itself within a day"
_SHOWN = 5


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[Resources]:
    await require_head(settings)
    async with open_resources(settings) as app:
        yield app


def rotate_and_tell(settings: Settings) -> int:
    """Rotate and print what was done; 0 where only the newest key is needed from now on."""

    async def rotate() -> list[Progress]:
        async with _open(settings) as app:
            return await rotate_keys(app)

    columns = asyncio.run(rotate())
    for progress in columns:
        click.echo(f"{progress.name}: {progress.resealed} sealed anew, {progress.left} left")
        _tell_unreadable(progress)
    if any(progress.left for progress in columns):
        click.secho("The older keys are still needed: mend what is named above, and run this again.", fg="red")
        return 1
    if len(settings.secret_keys) > 1:
        click.echo(
            "Every secret is sealed with the newest key. The older keys can be dropped from NEWSREEL_SECRET_KEY; who "
            "logged in before the new key came first will have to log in again."
        )
    else:
        click.echo("Every secret is sealed with the one key that is configured.")
    return 0


def _tell_unreadable(progress: Progress) -> None:
    if not progress.unreadable:
        return
    cure = _CURES.get(progress.column.text.table.name, _PASSES)
    rows = ", ".join(progress.unreadable[:_SHOWN]) + (", …" if len(progress.unreadable) > _SHOWN else "")
    click.secho(f"  {len(progress.unreadable)} that no configured key opens: {cure} ({rows})", fg="red")


def back_up_and_tell(settings: Settings, path: Path, *, with_key: bool, replace: bool) -> None:
    """Back up and print what is in the file, and what must be kept beside it."""
    done = asyncio.run(make_backup(settings, path, with_key=with_key, replace=replace))
    click.echo(f"{path}: {done.rows} rows and {done.files} media files, as of {rfc3339(done.backup_at)}.")
    if done.has_key:
        click.secho(
            "THE SECRET KEY IS IN THIS FILE: whoever reads it can post to every connected account. Keep it like the "
            "key itself.",
            fg="red",
            bold=True,
        )
    else:
        where = "NEWSREEL_SECRET_KEY" if settings.secret_key.get_secret_value() else settings.data_dir / "secret.key"
        click.echo(f"The secret key is not in it. Keep it elsewhere ({where}): without it no stored token can be read.")
    click.echo("The settings are not in it either: keep your .env or environment too.")


_WAIT_SINCE_RESTORE = {
    "waiting": "Waiting for a person: {}. TikTok may have got these posts since the backup: look at the accounts on "
    "TikTok, cancel what is there, then: newsreel release-restored",
    "awaiting_approval": "Waiting for approval: {}. Look before you approve them.",
    "unconfirmed": "Unconfirmed: {}. They were being sent at the time of the backup: traces are looked for.",
    "asked_about": "With TikTok: {}. It is asked about them once a worker runs.",
}


def restore_and_tell(settings: Settings, path: Path, *, replace: bool, key_lost: bool) -> None:
    """Restore and print what waits for a person now."""
    done = asyncio.run(restore_backup(settings, path, replace=replace, key_lost=key_lost))
    posts = done.posts
    click.echo(f"Restored {sum(done.manifest.rows.values())} rows, as of {rfc3339(done.manifest.backup_at)}.")
    if done.has_key:
        click.echo("The secret key of the backup is in place.")
    for name, told in _WAIT_SINCE_RESTORE.items():
        if posts[name]:
            click.echo(told.format(posts[name]))
    click.echo("Everybody has to log in again, and accounts whose tokens TikTok renewed since must be connected again.")


def release_and_tell(settings: Settings, *, older_than: float | None, is_sure: bool) -> None:
    """Count, ask, and send on what waits since a restore."""
    made_before = None if older_than is None else utcnow() - timedelta(hours=older_than)

    async def count() -> int:
        async with _open(settings) as app, app.read() as session:
            return await count_restored_posts(session, made_before=made_before)

    async def release() -> int:
        async with _open(settings) as app:
            return await release_restored_posts(app, made_before=made_before)

    waiting = asyncio.run(count())
    if waiting == 0:
        click.echo("No post waits because of a restore.")
        return
    if not is_sure:
        click.confirm(f"Send {waiting} posts that TikTok does not have, as you have seen yourself?", abort=True)
    click.echo(f"{asyncio.run(release())} posts go on.")


def use_preset_and_tell(settings: Settings, name: str) -> None:
    """Put ready hashtags in the place of the rules."""

    async def use() -> None:
        async with _open(settings) as app, app.transaction() as session:
            await use_hashtag_preset(session, name)

    asyncio.run(use())
    click.echo(f"Posts carry the hashtags of “{name}” from now on.")
