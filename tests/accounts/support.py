"""An emulated TikTok on a real socket, a browser that goes through its consent page, and ready-made accounts."""

import asyncio
import dataclasses
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
from pydantic import SecretStr
from sqlmodel import select

from app.accounts.connect.link import link_account
from app.accounts.controllers import route_handlers
from app.accounts.models import Account, AccountTokens
from app.accounts.tokens import vault
from app.emulator.server import configured
from app.emulator.world.faults import NextError
from app.emulator.world.settings import EmulatorSettings
from app.emulator.world.world import World
from app.kit.clock import utcnow
from app.resources import Resources
from tests.auth.support import ORIGIN, log_in_page, make_admin, open_client
from tests.support.emulators import lend_emulator
from tests.support.nursery import shared_nursery
from tests.support.serving import serve
from tests.support.waiting import eventually

DAILY, CITY, QUIET = (
    "-000EmulatedDailyBulletin0000000001",
    "-000EmulatedCityDesk000000000000002",
    "-000EmulatedQuietRoom0000000000003",
)
SCOPES = ("user.info.basic", "user.info.profile", "video.publish", "video.upload", "video.list")


@dataclass
class TikTok:
    """A running emulator and its memory."""

    url: str
    world: World

    def fail(self, **order: Any) -> None:
        """Order a fault for the next call of an endpoint, in the words of `/_emulator/next-errors`."""
        self.world.faults.add([msgspec.convert(order, NextError)])

    def count(self, endpoint: str, grant_type: str | None = None) -> int:
        calls = (call for call in self.world.journal.calls if call.endpoint == endpoint)
        return sum(grant_type is None or dict(call.request)["grant_type"] == grant_type for call in calls)

    @property
    def refreshes(self) -> int:
        return self.count("token", "refresh_token")

    @property
    def exchanges(self) -> int:
        return self.count("token", "authorization_code")

    @property
    def violations(self) -> Counter[str]:
        return self.world.journal.violations


@asynccontextmanager
async def run_tiktok(**settings: Any) -> AsyncIterator[TikTok]:
    with lend_emulator(EmulatorSettings(**settings)) as emulator:
        async with serve(configured(emulator, "127.0.0.1", 0)) as address:
            yield TikTok(address, emulator.state.world)


def at_tiktok(resources: Resources, tiktok: TikTok, **changes: Any) -> Resources:
    """The same resources, with their TikTok there."""
    values: dict[str, Any] = {
        "tiktok_api_base_url": tiktok.url,
        "tiktok_authorize_url": f"{tiktok.url}/v2/auth/authorize/",
        "client_key": tiktok.world.settings.client_key,
        "client_secret": SecretStr(tiktok.world.settings.client_secret),
    }
    return dataclasses.replace(resources, settings=resources.settings.model_copy(update=values | changes))


async def make_account(
    resources: Resources,
    tiktok: TikTok,
    open_id: str = DAILY,
    *,
    scopes: tuple[str, ...] = SCOPES,
    is_expired: bool = False,
) -> Account:
    """An account whose tokens are good at that TikTok; with `is_expired`, as long as they are refreshed first."""
    pair = tiktok.world.issue_tokens(open_id, scopes)
    now = utcnow()
    if is_expired:
        pair.access_expires_at = tiktok.world.clock.now() - 1
    grant = vault.Grant(
        access_token=pair.access_token,
        refresh_token=pair.refresh_token,
        scopes=scopes,
        obtained_at=now - timedelta(hours=2) if is_expired else now,
        expires_at=now + (timedelta(seconds=-1) if is_expired else timedelta(hours=2)),
        refresh_expires_at=now + timedelta(days=180),
    )
    account_id = await link_account(resources, open_id, grant)
    return await load_account(resources, account_id)


async def load_account(resources: Resources, account_id: str) -> Account:
    async with resources.read() as session:
        return (await session.exec(select(Account).where(Account.id == account_id))).one()


def dump_account(account: Account) -> dict[str, Any]:
    """An account with its settings and pace, to compare."""
    return account.model_dump() | account.settings.model_dump() | account.pace.model_dump()


async def load_tokens(resources: Resources, account_id: str) -> AccountTokens:
    async with resources.read() as session:
        return await session.get_one(AccountTokens, account_id)


@dataclass
class Browser:
    """An editor's browser: its cookies at our site, and a finger for TikTok's consent page."""

    client: httpx.AsyncClient
    csrf_token: str

    async def allow(self, address: str, open_id: str = DAILY, *, scopes: str | None = None) -> str:
        """Press Continue on the consent page; return the address that TikTok sends the browser to."""
        return await self._decide(address, {"decision": "allow", "open_id": open_id} | _given(scopes))

    async def deny(self, address: str) -> str:
        return await self._decide(address, {"decision": "deny"})

    async def _decide(self, address: str, form: dict[str, str]) -> str:
        async with httpx.AsyncClient() as elsewhere:
            answer = await elsewhere.post(address, data=form)
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    async def start(self, path: str = "/api/tiktok/auth") -> str:
        answer = await self.client.get(path)
        assert answer.status_code == 302
        return answer.headers["location"]

    async def come_back(self, address: str) -> dict[str, str]:
        """Follow TikTok's redirect to our callback; return the query with which the settings page opens."""
        answer = await self.client.get(address)
        assert answer.status_code == 302, answer.text
        location = urlsplit(answer.headers["location"])
        assert (location.scheme, location.netloc, location.path) == ("", "", "/admin/settings/social-media")
        return {name: values[0] for name, values in parse_qs(location.query).items()}

    async def connect(self, open_id: str = DAILY, path: str = "/api/tiktok/auth", **choice: Any) -> dict[str, str]:
        """The whole way: our link, TikTok's page, our callback."""
        return await self.come_back(await self.allow(await self.start(path), open_id, **choice))

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return await self.client.request(method, path, headers={"x-csrftoken": self.csrf_token}, **options)


def _given(scopes: str | None) -> dict[str, str]:
    return {} if scopes is None else {"scopes": scopes}


@asynccontextmanager
async def open_browser(resources: Resources, *, is_new_admin: bool = True) -> AsyncIterator[Browser]:
    """A browser in which an editor is logged in."""
    if is_new_admin:
        await make_admin(resources)
    async with open_client(resources, route_handlers) as client:
        login = await log_in_page(client, resources)
        yield Browser(client, login.csrf_token)


@asynccontextmanager
async def open_strange_browser(resources: Resources) -> AsyncIterator[Browser]:
    """A browser of a stranger."""
    async with open_client(resources, route_handlers) as client:
        yield Browser(client, "")


__all__ = ["ORIGIN"]


async def run_together(
    entry: str, *arguments: str, count: int, environment: Mapping[str, str], folder: Path
) -> list[str]:
    """Run a module's `main` in several processes that begin at once, and give the lines that each of them printed.

    Each prints "ready" first, and waits for the file that is its last argument.
    """
    go, nursery = folder / "go", shared_nursery()
    logs = [folder / f"{number}.log" for number in range(count)]
    errors = folder / "errors.log"
    children = [
        nursery.spawn(*arguments, str(go), environment=environment, log=log, errors=errors, entry=entry) for log in logs
    ]
    await eventually(lambda: all(log.exists() and log.read_text() for log in logs))
    go.touch()
    for child in children:
        assert await asyncio.to_thread(child.wait, 300) == 0, errors.read_text()
    return [line for log in logs for line in log.read_text().splitlines() if line != "ready"]
