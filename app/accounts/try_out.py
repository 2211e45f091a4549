"""Trying the installation out: the emulator stands in TikTok's place, by an admin's choice, and back again."""

from enum import StrEnum
from urllib.parse import urlsplit

from app.accounts.connect.disconnect import disconnect_account
from app.accounts.queries import list_live_accounts
from app.accounts.tokens.credentials import get_tiktok_app
from app.audit.record import record
from app.config import Settings
from app.config_emulated import choose_emulator, choose_tiktok, read_choice
from app.errors import Conflict
from app.kit.loopback import is_loopback
from app.messages import access
from app.process.ports import find_free_port
from app.process.supervisor import is_supervised
from app.resources import Resources

_PORT = 8090


class TryOut(StrEnum):
    """How it stands. `beginning` and `ending`: `newsreel up` is starting its processes anew for it."""

    impossible = "impossible"
    possible = "possible"
    beginning = "beginning"
    running = "running"
    ending = "ending"


async def read_try_out(resources: Resources) -> TryOut:
    """Tell how it stands, and whether it may begin: without an app of TikTok's and without accounts at TikTok."""
    settings = resources.settings
    is_chosen = read_choice(settings.data_dir) is not None
    if is_chosen:
        return TryOut.running if settings.is_tried_out else TryOut.beginning
    if settings.is_tried_out:
        return TryOut.ending
    async with resources.read() as session:
        app = await get_tiktok_app(session, settings)
        is_real = app.source != "none" or bool(await list_live_accounts(session))
    return TryOut.possible if _can_run(settings) and not is_real else TryOut.impossible


async def begin_try_out(resources: Resources) -> None:
    """Choose the emulator: `newsreel up` sees it, and starts anew with it within seconds. Raises Conflict."""
    stands = await read_try_out(resources)
    if stands in {TryOut.beginning, TryOut.running}:
        return
    if stands is not TryOut.possible:
        raise Conflict(access.NO_TRY_OUT, code="no_try_out")
    async with resources.transaction() as session:
        record(session, "try_out.begun", object_kind="tiktok_app")
    # Last, because from here on this process is about to be ended.
    choose_emulator(resources.settings.data_dir, find_free_port(_PORT, without=resources.settings.port))


async def end_try_out(resources: Resources) -> None:
    """Go back to TikTok. The accounts of the emulator are disconnected: TikTok knows none of them."""
    if read_choice(resources.settings.data_dir) is None:
        return
    async with resources.read() as session:
        accounts = await list_live_accounts(session)
    for account in accounts:
        await disconnect_account(resources, account.id)
    async with resources.transaction() as session:
        record(session, "try_out.ended", object_kind="tiktok_app")
    choose_tiktok(resources.settings.data_dir)


def _can_run(settings: Settings) -> bool:
    """Tell whether `newsreel up` is there to run it, and whether browsers reach this machine's own addresses."""
    is_here = is_loopback(urlsplit(settings.public_url).hostname or "")
    is_tiktok = not is_loopback(urlsplit(settings.tiktok_api_base_url).hostname or "")
    return is_supervised() and is_here and is_tiktok
