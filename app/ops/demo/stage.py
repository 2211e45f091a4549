"""Where the demo plays: ports, data folder, and login."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console

from app.config import Settings, load_settings
from app.emulator.world.settings import EmulatorSettings
from app.process.ports import CannotListen, find_free_port, open_listener
from app.process.startup import claim_data_folder, require_writable

PORT, EMULATOR_PORT = 8000, 8090
_LOGIN = "demo-login.json"


class DemoFailed(Exception):
    """A step of the demo did not do what it must. The message says which and why."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Those that were asked for; None is any."""

    pages: int | None
    emulator: int | None


@dataclass(frozen=True, slots=True)
class Stage:
    """Where everything runs, and who may log in."""

    settings: Settings
    emulator_url: str
    newsroom_url: str
    email: str
    password: str

    @property
    def url(self) -> str:
        return self.settings.public_url


def set_stage(console: Console, newsroom_url: str, ports: Ports) -> Stage:
    """Choose ports and data folder. What the environment sets, stays; the rest goes into `var/demo`."""
    data_dir = Path(os.environ.get("NEWSREEL_DATA_DIR", "var/demo"))
    require_writable(data_dir)
    port, emulator_port = choose_ports(ports)
    claim_data_folder(data_dir, f"a demo at http://127.0.0.1:{port}", name="demo.lock")
    emulator_url = f"http://127.0.0.1:{emulator_port}"
    email, password = _login(data_dir)
    app = EmulatorSettings()
    os.environ.update(
        {
            "NEWSREEL_HOST": "127.0.0.1",
            "NEWSREEL_PORT": str(port),
            "NEWSREEL_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "NEWSREEL_DATA_DIR": str(data_dir),
            "NEWSREEL_DATABASE_URL": os.environ.get(
                "NEWSREEL_DATABASE_URL", f"sqlite+aiosqlite:///{data_dir / 'newsreel.db'}"
            ),
            "NEWSREEL_ADMIN_EMAIL": email,
            "NEWSREEL_ADMIN_PASSWORD": password,
            "NEWSREEL_FETCH_ALLOW_HOSTS": urlsplit(newsroom_url).netloc,
            "TIKTOK_CLIENT_KEY": app.client_key,
            "TIKTOK_CLIENT_SECRET": app.client_secret,
            "TIKTOK_REDIRECT_URI": "",
            "TIKTOK_API_BASE_URL": emulator_url,
            "TIKTOK_AUTHORIZE_URL": f"{emulator_url}/v2/auth/authorize/",
        }
    )
    settings = load_settings()
    database = settings.database_url.get_secret_value()
    redis = "an external Redis" if settings.redis_url.get_secret_value() else "an embedded Redis-compatible server"
    kind = "SQLite" if database.startswith("sqlite") else "PostgreSQL"
    console.print(f"  {kind}, {redis}, data in {data_dir}/, TikTok emulated at {emulator_url}", highlight=False)
    return Stage(settings, emulator_url, newsroom_url, email, password)


def _login(data_dir: Path) -> tuple[str, str]:
    """The demo's own admin, kept so that a second run on the same folder prints the same login."""
    path = data_dir / _LOGIN
    email = os.environ.get("NEWSREEL_ADMIN_EMAIL") or "editor@newsreel.example"
    password = os.environ.get("NEWSREEL_ADMIN_PASSWORD") or f"demo-{secrets.token_urlsafe(9)}"
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return str(kept["email"]), str(kept["password"])
    except (OSError, ValueError, KeyError):
        path.touch(mode=0o600)
        path.write_text(json.dumps({"email": email, "password": password}), encoding="utf-8")
        return email, password


def choose_ports(ports: Ports) -> tuple[int, int]:
    """Give the pages' port and the emulator's. Raises DemoFailed where one that was asked for is taken."""
    given = {"--port": ports.pages, "--emulator-port": ports.emulator}
    for option, port in given.items():
        try:
            if port is not None:
                open_listener("127.0.0.1", port).close()
        except CannotListen as error:
            raise DemoFailed(f"{error} Choose another port with {option}, or leave it to the demo.") from None
    if ports.pages is not None and ports.pages == ports.emulator:
        raise DemoFailed("--port and --emulator-port must differ.")
    wish = int(os.environ.get("NEWSREEL_PORT") or PORT)
    pages = ports.pages or find_free_port(wish, without=ports.emulator)
    return pages, ports.emulator or find_free_port(EMULATOR_PORT, without=pages)
