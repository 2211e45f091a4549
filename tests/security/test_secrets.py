"""No secret leaves: a whole scenario with known secrets, and a search for them in whatever it left behind."""

import asyncio
import base64
import io
import json
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
import structlog
import uvicorn
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import SecretStr
from sqlmodel import select

from app.accounts.models import OAuthState
from app.accounts.tokens import vault
from app.articles.adapters.standard_webhooks import sign_delivery
from app.auth.cookies import cookie_name
from app.auth.service import create_admin
from app.config import Settings
from app.kit import tracing
from app.kit.logs import configure_logging
from app.main import create_app
from app.ops.doctor import examine
from app.process.job_loop import work
from app.resources import Resources, open_resources
from app.web.access_log import AccessLog
from app.worker import load_jobs
from tests.accounts.support import DAILY, TikTok, run_tiktok
from tests.functional.stack import Newsroom, free_port
from tests.support.logs import logging_restored
from tests.support.whole_app import EMAIL

PASSWORD = "canary password of the editor"
WRONG_PASSWORD = "canary password that is wrong"
SECRET_KEY = "canary-secret-key-" + "k" * 30
OLD_KEY = "canary-former-key-" + "k" * 30
CLIENT_SECRET = "canaryClientSecret000000000000001"
NEW_CLIENT_SECRET = "canaryClientSecret000000000000002"
FORGED = {"code": "canary-code-of-a-stranger", "state": "canary-state-of-a-stranger"}


@contextmanager
def written_log() -> Iterator[io.StringIO]:
    """All that any library logs, from the most talkative level on, in the form in which our processes write it."""
    stream = io.StringIO()
    with logging_restored():
        configure_logging("json", stream=stream, level=logging.DEBUG)
        yield stream


@dataclass
class Scene:
    """The app on a socket, TikTok, a newsroom, and what was said to people and kept from everybody else."""

    resources: Resources
    tiktok: TikTok
    newsroom: Newsroom
    http: httpx.AsyncClient
    log: io.StringIO
    spans: InMemorySpanExporter
    secrets: dict[str, str] = field(default_factory=dict)
    answers: list[tuple[str, str]] = field(default_factory=list)

    async def call(self, method: str, path: str, *, tells: bool = False, **options: Any) -> httpx.Response:
        """Call the app. `tells`: this answer is there to hand a secret over."""
        answer = await self.http.request(method, path, **options)
        if not tells:
            self.answers.append((f"{method} {path}", f"{answer.headers}\n{answer.text}"))
        return answer

    def keep(self, **secrets: str) -> None:
        assert all(len(secret) >= 8 for secret in secrets.values()), secrets
        self.secrets |= secrets

    def keep_tokens(self, when: str) -> None:
        for number, pair in enumerate(self.tiktok.world.tokens_of(DAILY)):
            self.keep(**{f"access token {when} {number}": pair.access_token})
            self.keep(**{f"refresh token {when} {number}": pair.refresh_token})


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Traces are on, and every span is kept as a collector would get it."""
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing.Tracing, "tracer", provider.get_tracer("test"))
    yield exporter
    provider.shutdown()


@pytest.fixture
async def scene(sqlite_settings: Settings, spans: InMemorySpanExporter) -> AsyncIterator[Scene]:
    load_jobs()
    newsroom, port = Newsroom(), free_port()
    async with run_tiktok(client_secret=CLIENT_SECRET) as tiktok:
        changes = {
            "public_url": f"http://127.0.0.1:{port}",
            "secret_key": SecretStr(f"{SECRET_KEY},{OLD_KEY}"),
            "client_key": tiktok.world.settings.client_key,
            "client_secret": SecretStr(CLIENT_SECRET),
            "tiktok_api_base_url": tiktok.url,
            "tiktok_authorize_url": f"{tiktok.url}/v2/auth/authorize/",
            "fetch_allow_hosts": (urlsplit(newsroom.url).netloc,),
            "follow_interval_seconds": 0.5,
        }
        settings = sqlite_settings.model_copy(update=changes)
        address = settings.public_url
        async with open_resources(settings) as resources, httpx.AsyncClient(base_url=address, timeout=30) as http:
            # Only now: the emulator, which is no part of our processes, sets logging up in its own way.
            with written_log() as log:
                async with serve(resources, port), working(resources):
                    yield Scene(resources, tiktok, newsroom, http, log, spans)
    newsroom.stop()


@asynccontextmanager
async def serve(resources: Resources, port: int) -> AsyncIterator[None]:
    app: Any = AccessLog(create_app(resources.settings, resources=resources))  # type: ignore[arg-type]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event to wait for
        await asyncio.sleep(0.01)
    yield
    server.should_exit = True
    await serving


@asynccontextmanager
async def working(resources: Resources) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(work(resources, stop))
    yield
    stop.set()
    await task


async def log_in(scene: Scene) -> None:
    async with scene.resources.transaction() as session:
        await create_admin(session, EMAIL, PASSWORD)
    scene.keep(password=PASSWORD, wrong_password=WRONG_PASSWORD, client_secret=CLIENT_SECRET)
    scene.keep(secret_key=SECRET_KEY, former_key=OLD_KEY)
    form = {"email": EMAIL, "password": WRONG_PASSWORD}
    assert (await scene.call("POST", "/admin/login", data=form)).status_code == 401
    assert (await scene.call("POST", "/api/auth/login", json=form)).status_code == 401
    assert (await scene.call("POST", "/api/auth/login", json={**form, "pasword": WRONG_PASSWORD})).status_code in {
        400,
        401,
    }
    assert (await scene.call("POST", "/admin/login", tells=True, data=form | {"password": PASSWORD})).status_code == 303
    scene.keep(cookie=scene.http.cookies[cookie_name(scene.resources.settings)])
    scene.http.cookies.clear()
    login = await scene.call("POST", "/api/auth/login", tells=True, json=form | {"password": PASSWORD})
    token = login.json()["access_token"]
    scene.keep(login_token=token)
    scene.http.headers["Authorization"] = f"Bearer {token}"


async def connect(scene: Scene) -> str:
    """Go through TikTok's consent page, after some hops that fail; return the account's id."""
    await scene.call("GET", "/api/tiktok/callback", params=FORGED)
    scene.keep(**{f"forged {name}": value for name, value in FORGED.items()})
    hop = await scene.call("GET", "/api/tiktok/auth", tells=True)
    address = hop.headers["location"]
    scene.keep(state=parse_qs(urlsplit(address).query)["state"][0])
    scene.keep(binding=scene.http.cookies[cookie_name(scene.resources.settings, "oauth")])
    async with scene.resources.read() as session:
        state = (await session.exec(select(OAuthState))).one()
    scene.keep(code_verifier=vault.open_verifier(scene.resources.keyring, state) or "")
    async with httpx.AsyncClient(trust_env=False) as elsewhere:
        back = (await elsewhere.post(address, data={"decision": "allow", "open_id": DAILY})).headers["location"]
    scene.keep(code=parse_qs(urlsplit(back).query)["code"][0])
    assert "tiktok_auth=success" in (await scene.call("GET", back)).headers["location"]
    assert "tiktok_auth=error" in (await scene.call("GET", back)).headers["location"]
    scene.keep_tokens("at first")
    account_id = str((await scene.call("GET", "/api/accounts")).json()["items"][0]["id"])
    await scene.call("PATCH", f"/api/accounts/{account_id}", json={"privacy_level": "SELF_ONLY"})
    return account_id


async def publish(scene: Scene) -> str:
    """Send an article and wait until TikTok has published it; return the post's id."""
    prefix = f"{scene.resources.settings.public_url}/media/"
    async with httpx.AsyncClient(base_url=scene.tiktok.url, trust_env=False) as control:
        await control.post("/_emulator/properties", json={"kind": "prefix", "value": prefix, "verified": True})
    source = {"name": "Newsroom", "kind": "generic"}
    made = (await scene.call("POST", "/api/sources", tells=True, json=source)).json()
    path, secret = urlsplit(made["webhook_url"]).path, made["secret"]
    scene.keep(webhook_secret=secret.removeprefix("whsec_"))
    scene.keep(webhook_key=base64.b64decode(secret.removeprefix("whsec_")).hex())
    body = json.dumps(article(scene)).encode()
    headers = sign_delivery(secret, "msg_1", int(time.time()), body)
    scene.keep(webhook_signature=headers["webhook-signature"].removeprefix("v1,"))
    await scene.call("POST", path, content=body + b" ", headers=headers)
    await scene.call("POST", path, content=b"{", headers=sign_delivery(secret, "msg_2", int(time.time()), b"{"))
    answer = await scene.call("POST", path, content=body, headers=headers)
    (post_id,) = answer.json()["post_ids"]
    for _ in range(300):
        post = (await scene.http.get(f"/api/posts/{post_id}")).json()
        if post["state"] == "published":
            return str(post_id)
        await asyncio.sleep(0.1)
    raise AssertionError(post)


def article(scene: Scene) -> dict[str, Any]:
    data = {
        "id": "a-1",
        "url": "https://news.example/a-1",
        "title": "Жаңалық",
        "images": [f"{scene.newsroom.url}/1.jpg"],
    }
    return {"type": "article.published", "data": data}


async def meet_failures(scene: Scene, account_id: str) -> None:
    """Refuse, cut off, time out: the answers that are logged most."""
    for fault in ({"code": "server_error"}, {"cut": True}, {"code": "invalid_grant"}):
        scene.tiktok.fail(endpoint="token", **fault)
        await scene.call("POST", "/api/tiktok/refresh-token", params={"account_id": account_id})
        scene.keep_tokens(f"after {fault}")
    scene.tiktok.fail(endpoint="creator_info", code="access_token_invalid")
    await scene.call("GET", f"/api/accounts/{account_id}/creator-info")
    scene.keep_tokens("later")
    new = {"client_key": "another-client-key", "client_secret": NEW_CLIENT_SECRET}
    scene.keep(new_client_secret=NEW_CLIENT_SECRET)
    await scene.call("PUT", "/api/settings/tiktok-app", json={**new, "redirect_uri": "nonsense"})
    await scene.call("PUT", "/api/settings/tiktok-app", json=new)
    await scene.call("POST", "/api/auth/password", json={"current_password": WRONG_PASSWORD, "new_password": "short"})
    await scene.call("GET", f"/api/posts?cursor={quote(scene.secrets['login_token'])}&limit=nonsense")
    structlog.get_logger("app.test").error("failed", exc_info=ValueError(f"token={scene.secrets['code']}"))


async def read_everything(scene: Scene, post_id: str, account_id: str) -> None:
    """Open whatever shows state: the API, every page, metrics."""
    for path in (
        "/api/accounts", f"/api/accounts/{account_id}", "/api/sources", "/api/articles", f"/api/posts/{post_id}",
        "/api/settings/tiktok-app", "/api/tiktok/status", "/api/auth/me", "/readyz", "/metrics", "/schema/openapi.json",
        "/admin/posts", f"/admin/posts/{post_id}", "/admin/settings/social-media", "/no/such/page",
    ):  # fmt: skip
        answer = await scene.call("GET", path)
        assert answer.status_code in {200, 404, 503}, path


def files_of(scene: Scene, database: Path) -> Iterator[tuple[str, bytes]]:
    """Give the database, as its files stand and as a dump, and all other files but the one that holds the key."""
    for path in database.parent.rglob("*"):
        if path.is_file() and path.name != "secret.key":
            yield path.name, path.read_bytes()
    connection = sqlite3.connect(database)
    yield "dump", "\n".join(connection.iterdump()).encode()
    connection.close()


def test_the_search_finds_what_is_there():
    assert list(hits({"password": PASSWORD}, {"log": f"said {PASSWORD}".encode()})) == ["password in log"]
    assert list(hits({"code": "a/b+c=d-long"}, {"log": b"?code=a%2Fb%2Bc%3Dd-long"})) == ["code in log"]


def hits(secrets: dict[str, str], places: dict[str, bytes]) -> Iterator[str]:
    for name, secret in secrets.items():
        forms = {secret.encode(), quote(secret, safe="").encode(), json.dumps(secret)[1:-1].encode()}
        yield from (f"{name} in {place}" for place, content in places.items() if any(form in content for form in forms))


async def test_no_secret_is_found_in_logs_answers_pages_metrics_traces_or_the_database(scene, sqlite_settings):
    await log_in(scene)
    account_id = await connect(scene)
    post_id = await publish(scene)
    await read_everything(scene, post_id, account_id)
    await meet_failures(scene, account_id)
    await read_everything(scene, post_id, account_id)
    findings = await examine(scene.resources)
    await scene.call("DELETE", f"/api/accounts/{account_id}")
    assert len(scene.secrets) > 15
    written = scene.log.getvalue()
    assert '"path": "/api/tiktok/callback"' in written
    assert "account_connected" in written
    traced = "\n".join(span.to_json() for span in scene.spans.get_finished_spans())
    assert '"name": "tiktok.photo_init"' in traced
    places = {"log": written.encode(), "doctor": str(findings).encode(), "traces": traced.encode()}
    database = Path(sqlite_settings.database_url.get_secret_value().removeprefix("sqlite+aiosqlite:///"))
    places |= dict(files_of(scene, database))
    for number, (call, text) in enumerate(scene.answers):
        places[f"answer {number} to {call.partition('?')[0]}"] = text.encode()
    assert list(hits(scene.secrets, places)) == []
