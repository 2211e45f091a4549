"""`newsreel backup`, `restore` and `release-restored`. They import late, as the other commands do."""

from pathlib import Path

import click

_FILE = click.Path(dir_okay=False, resolve_path=True, path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--with-keys", is_flag=True, help="Put the secret key of the data folder into the file too.")
@click.option("--replace", is_flag=True, help="Write over a file of that name, once the new backup is whole.")
def backup(file: Path, *, with_keys: bool, replace: bool) -> None:
    """Write a backup of the database and of the media in use to FILE, while the service runs."""
    from app.ops.commands import back_up_and_tell
    from app.process.startup import begin

    back_up_and_tell(begin(), file, with_key=with_keys, replace=replace)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--replace", is_flag=True, help="Throw away what the database holds.")
@click.option("--key-lost", is_flag=True, help="Restore although no key opens the backup's secrets.")
def restore(file: Path, *, replace: bool, key_lost: bool) -> None:
    """Bring back the backup in FILE. The service must be stopped.

    Posts that TikTok may have got since then wait for a person: see release-restored.
    """
    from app.ops.commands import restore_and_tell
    from app.process.startup import begin

    restore_and_tell(begin(), file, replace=replace, key_lost=key_lost)


@click.command("release-restored")
@click.option("--older-than", type=click.FloatRange(min=0), metavar="HOURS", help="Only posts made longer ago.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def release_restored(*, older_than: float | None, yes: bool) -> None:
    """Send the posts that wait since a restore: you have looked, and TikTok does not have them."""
    from app.ops.commands import release_and_tell
    from app.process.startup import begin

    release_and_tell(begin(), older_than=older_than, is_sure=yes)
