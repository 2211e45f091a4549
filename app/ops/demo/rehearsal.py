"""`newsreel emulator --for .env`: a Newsreel of one's own, set up to use the emulator in TikTok's place."""

import asyncio
import os
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.credentials import fold_email
from app.auth.models import Admin
from app.auth.passwords import verify_password
from app.auth.service import has_people
from app.config import Settings
from app.config_emulated import read_choice
from app.emulator.open_api.ownership import describe_property
from app.emulator.world.records import UrlProperty
from app.emulator.world.settings import EmulatorSettings
from app.errors import ConfigurationError
from app.media.verification import save_verification_file
from app.ops.migrate import upgrade
from app.process.startup import begin
from app.resources import open_resources

_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*")
_EMAIL = "editor@newsreel.example"
_OURS = "try-"
"""How a password of ours begins. It is for this machine alone and is printed; one that a person chose is not."""


def prepare(file: Path, url: str, say: Callable[[str], None]) -> tuple[EmulatorSettings, list[UrlProperty]]:
    """Write the emulator's addresses into the settings file, and store the verification file; say what was done.

    Returns what the emulator needs in turn: where its webhooks go, and the media prefix that is proven. Raises
    ConfigurationError, before anything is changed, where the file belongs to a real app of TikTok's.
    """
    portal = EmulatorSettings()
    wanted = {
        "TIKTOK_CLIENT_KEY": portal.client_key,
        "TIKTOK_CLIENT_SECRET": portal.client_secret,
        "TIKTOK_API_BASE_URL": url,
        "TIKTOK_AUTHORIZE_URL": f"{url}/v2/auth/authorize/",
    }
    file = file.resolve()
    there = _read(file)
    if there.get("TIKTOK_CLIENT_KEY", "") not in {"", portal.client_key}:
        raise ConfigurationError(f"{file} holds the client key of another app. Keep it, and name another file.")
    if any(there.get(name) != value for name, value in wanted.items()):
        _write(file, wanted)
        say(f"{file}: now has the emulator's addresses and its app")
    # Relative paths in it are meant from its folder, as when Newsreel starts there.
    os.chdir(file.parent)
    _drop_from_environment(wanted)
    settings = begin(env_file=file.name)
    owned, login = _own(settings, portal)
    say(f"Verification file {owned.file_name} is stored: {owned.value} is proven")
    say(f"Webhooks go to {portal.webhook_url}")
    login = login or _name_first_admin(file, settings)
    say(f"Now, in that folder: newsreel up. Then log in at {settings.public_url}/admin/ with {login}")
    return portal, [owned]


def prepare_chosen(settings: Settings) -> tuple[int, EmulatorSettings, list[UrlProperty]]:
    """Store the verification file of the installation whose admin chose the emulator on its pages.

    Returns where to listen, and what the emulator needs. Raises ConfigurationError where nobody chose it.
    """
    chosen = read_choice(settings.data_dir)
    if chosen is None:
        raise ConfigurationError("Nobody chose the emulator on this installation's pages: leave --chosen out.")
    portal = EmulatorSettings(client_key=chosen.client_key, client_secret=chosen.client_secret)
    return chosen.port, portal, [_own(settings, portal)[0]]


def _own(settings: Settings, portal: EmulatorSettings) -> tuple[UrlProperty, str]:
    """Prove the media's address to the emulator, and tell it where its webhooks go; say who can log in already."""
    owned = describe_property(portal.client_key, "prefix", f"{settings.public_url}/media/", verified=True)
    login = asyncio.run(_store(settings, owned))
    portal.webhook_url = f"{settings.public_url}/api/tiktok/webhook"
    return owned, login


async def _say_login(session: AsyncSession, settings: Settings) -> str:
    """Say with what people log in here; empty where nobody can. The settings name the first admin, and no later one."""
    if not await has_people(session):
        return ""
    email, password = fold_email(settings.admin_email), settings.admin_password.get_secret_value()
    named = (await session.exec(select(Admin).where(Admin.email == email))).first()
    if named is None:
        return "the login that you have: there are people already"
    if await verify_password(named.password_hash, password):
        return _login(email, password)
    return f"{email} and the password that it was given since"


def _name_first_admin(file: Path, settings: Settings) -> str:
    """Complete the first admin's login in the settings file, and say it."""
    email, password = settings.admin_email, settings.admin_password.get_secret_value()
    missing = {} if email else {"NEWSREEL_ADMIN_EMAIL": _EMAIL}
    missing |= {} if password else {"NEWSREEL_ADMIN_PASSWORD": f"{_OURS}{secrets.token_urlsafe(9)}"}
    if missing:
        _write(file, missing)
    return _login(email or _EMAIL, password or missing["NEWSREEL_ADMIN_PASSWORD"])


def _login(email: str, password: str) -> str:
    is_ours = password.startswith(_OURS)
    return f"{email} / {password}" if is_ours else f"{email} and the password in NEWSREEL_ADMIN_PASSWORD"


def _drop_from_environment(names: dict[str, str]) -> None:
    """Let the file speak: the environment would win, here and unseen."""
    for name in names:
        os.environ.pop(name, None)


def _read(file: Path) -> dict[str, str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    found = (_LINE.fullmatch(line) for line in lines)
    return {match[1].upper(): match[2].strip("'\"") for match in found if match}


def _write(file: Path, wanted: dict[str, str]) -> None:
    """Set the names in the file and leave its other lines alone; it is replaced whole."""
    lines: list[str] = []
    with suppress(FileNotFoundError):
        lines = file.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if (match := _LINE.fullmatch(line)) is None or match[1].upper() not in wanted]
    text = "\n".join([*kept, *(f"{name}={value}" for name, value in wanted.items())]) + "\n"
    try:
        with NamedTemporaryFile("w", dir=file.parent, prefix=f".{file.name}.", delete=False, encoding="utf-8") as part:
            part.write(text)
        Path(part.name).replace(file)
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be written: {error.strerror}.") from error


async def _store(settings: Settings, owned: UrlProperty) -> str:
    await upgrade(settings)
    async with open_resources(settings) as app, app.transaction() as session:
        await save_verification_file(session, owned.file_name, owned.file_content)
        return await _say_login(session, settings)
