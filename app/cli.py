"""The `newsreel` command. It imports late, so that --help and a refusal come at once."""

import asyncio
import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app import (
    __version__,
    cli_comments,  # noqa: F401 - its commands add themselves
)
from app.cli_ads import ads
from app.cli_backups import backup, release_restored, restore
from app.errors import AppError, ConfigurationError

if TYPE_CHECKING:
    from app.config import Settings


def main() -> None:
    """Run the command line; a wrong setting is one red paragraph and exit code 2."""
    try:
        cli(prog_name="newsreel")
    except ConfigurationError as error:
        click.secho(str(error), fg="red", err=True)
        sys.exit(2)
    except AppError as error:
        click.secho(error.message, fg="red", err=True)
        sys.exit(1)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__)
def cli() -> None:
    """A newsroom publishes an article; a good TikTok post of it is out within seconds, once, truthfully tracked.

    Settings come from the environment and from `.env` in the present folder.
    """


@cli.command()
def up() -> None:
    """Run a whole installation: web, worker and, where no Redis is configured, an embedded one."""
    from app.ops.first_admin import has_admin
    from app.process.startup import claim_data_folder, listen
    from app.process.supervisor import LISTENER, python_command, python_environment

    settings = _begin()
    claim_data_folder(settings.data_dir, f"http://{settings.host}:{settings.port}")
    # Before anything else is done or started. Who comes already waits for the web process.
    listener = listen(settings)
    _migrate(settings)
    if not asyncio.run(has_admin(settings)):
        click.echo("There is no admin yet: open the address that is told below, or run newsreel create-admin EMAIL")
    sys.stdout.flush()
    listener.set_inheritable(True)
    helpers = [] if settings.redis_url.get_secret_value() else ["redis"]
    command = python_command("app.process.supervisor", str(settings.data_dir), *helpers)
    environment = python_environment(**{LISTENER: str(listener.fileno())})
    os.execve(command[0], command, environment)  # noqa: S606  (our own command, without a shell)


@cli.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Where to listen, instead of NEWSREEL_PORT.")
def web(*, port: int | None) -> None:
    """Run the web process."""
    settings = _begin_service(port)
    from app.main import create_app
    from app.ops.migrate import require_head
    from app.process.server import run_server

    run_server(settings, require_head, create_app)


@cli.command()
def worker() -> None:
    """Run a worker; any number of them may run."""
    settings = _begin_service()
    from app.worker import run_worker

    run_worker(settings)


_PORT = click.IntRange(0, 65535)


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; keep it on loopback.")
@click.option("--port", default=8090, show_default=True, type=_PORT, help="Where to listen; 0 takes any that is free.")
@click.option(
    "--for",
    "env_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Set up the Newsreel whose settings stand in this file, like .env, to use this emulator.",
)
@click.option(
    "--business-state",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep what the Business API knows in this file, so that it lasts; otherwise it goes with the process.",
)
@click.option("--chosen", is_flag=True, hidden=True, help="As an admin chose it on the pages: newsreel up starts it.")
def emulator(host: str, port: int, env_file: Path | None, business_state: Path | None, *, chosen: bool) -> None:
    """Run the TikTok emulator (Open API and Business API) alone, or for the Newsreel of a folder.

    Pages: /_emulator/ shows the posts, /_emulator/business/ the ad accounts, money, campaigns and calls.
    """
    from app.emulator import EmulatorSettings
    from app.emulator.server import run
    from app.emulator.world.records import UrlProperty
    from app.process.ports import CannotListen, open_listener, place

    installation = _begin() if chosen else None
    settings: EmulatorSettings | None = None
    properties: list[UrlProperty] = []
    if installation is not None:
        from app.ops.demo.rehearsal import prepare_chosen

        port, settings, properties = prepare_chosen(installation)
    try:
        listener = open_listener(host, port)
    except CannotListen as error:
        raise ConfigurationError(f"{error} End that process, or choose another port with --port.") from None
    url = f"http://{place(host, listener.getsockname()[1])}"
    if env_file is not None:
        from app.ops.demo.rehearsal import prepare

        settings, properties = prepare(env_file, url, click.echo)
    click.echo(f"TikTok, emulated, listens on {url}: see {url}/_emulator/")
    sys.stdout.flush()
    run(listener, settings, properties, business_state)


@cli.command()
@click.option("--once", is_flag=True, help="End after the post is published: exit 0, or not 0 and why.")
@click.option("--port", type=click.IntRange(1, 65535), help="For the pages; else 8000 or the next that is free.")
@click.option("--emulator-port", type=click.IntRange(1, 65535), help="For TikTok; else 8090 or the next that is free.")
def demo(*, once: bool, port: int | None, emulator_port: int | None) -> None:
    """Run the main job end to end on this machine, with the emulator in TikTok's place."""
    from app.emulated import emulate_business
    from app.ops.demo.run import run_demo

    sys.exit(run_demo(emulate_business, once=once, port=port, emulator_port=emulator_port))


@cli.command()
def migrate() -> None:
    """Bring the database to its newest version."""
    _migrate(_begin())
    click.echo("The database is at the newest version.")


_PASSWORD_STDIN = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


@cli.command("create-admin")
@click.argument("email")
@_PASSWORD_STDIN
def create_admin(email: str, *, password_stdin: bool) -> None:
    """Make an admin, who logs in with EMAIL and a password."""
    settings = _begin()
    from app.ops.admins import create_admin as make

    asyncio.run(make(settings, email, _ask_password(password_stdin)))
    click.echo(f"{email} can log in at {settings.public_url}/admin/")


@cli.command("set-password")
@click.argument("email")
@_PASSWORD_STDIN
@click.option("--drop-second-factor", is_flag=True, help="For somebody who has lost phone and recovery codes.")
def set_password(email: str, *, password_stdin: bool, drop_second_factor: bool) -> None:
    """Give the person EMAIL a new password, and end all their logins."""
    settings = _begin()
    from app.ops.admins import set_password as store

    asyncio.run(store(settings, email, _ask_password(password_stdin), without_second_factor=drop_second_factor))
    click.echo(f"{email} has a new password, and is logged in nowhere.")


@cli.command()
@click.argument("name", type=click.Choice(["satpayev"]))
def preset(name: str) -> None:
    """Put the ready hashtags NAME in the place of the rules: satpayev is for news of Satpayev, per language."""
    from app.ops.commands import use_preset_and_tell

    use_preset_and_tell(_begin(), name)


@cli.command("rotate-keys")
def rotate_keys() -> None:
    """Seal every stored secret with the newest key; exit 0 once the older keys can be dropped.

    Put the new key first: NEWSREEL_SECRET_KEY=NEW,OLD. This may run beside the service, and be repeated.
    """
    from app.ops.commands import rotate_and_tell

    sys.exit(rotate_and_tell(_begin()))


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON, for a program.")
def doctor(*, as_json: bool) -> None:
    """Check every part; print cause and cure per finding; exit 1 if anything is broken."""
    import logging

    from app.kit.logs import configure_logging
    from app.ops.doctor import run_doctor

    configure_logging(level=logging.ERROR)  # to standard error: the findings stand alone, for a program to read
    sys.exit(run_doctor(as_json=as_json))


for command in (ads, backup, restore, release_restored):
    cli.add_command(command)


def _begin() -> "Settings":
    from app.process.startup import begin

    return begin()


def _begin_service(port: int | None = None) -> "Settings":
    gc.disable()  # until the start is over: `settle` puts what it made out of sight
    # httpx and structlog load both where they find them, for what a service never prints: 4 MB in each process.
    # PyJWT, of which our HMAC needs none: certificates and keys in pairs, 2 MB.
    unused = ("rich", "pygments", "cryptography.x509", "cryptography.hazmat.primitives.asymmetric")
    sys.modules.update(dict.fromkeys(unused))  # type: ignore[arg-type]
    from app.process.startup import begin

    return begin() if port is None else begin(port=port)


def _ask_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def _migrate(settings: "Settings") -> None:
    from app.ops.migrate import upgrade

    asyncio.run(upgrade(settings))
