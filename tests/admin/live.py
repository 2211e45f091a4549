"""The real app and an emulated TikTok on real sockets, each in a thread of its own, and a Chromium to look at them."""

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Playwright

from app.config import Settings
from app.main import create_app
from tests.support.threads import served

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP violation: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


def find_chromium(playwright: Playwright) -> str | None:
    """The system's Chromium, or the one that playwright brought.

    First the one without windows: the same engine, which takes two thirds of the processor time.
    """
    for name in ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve(settings: Settings) -> Iterator[str]:
    """Serve the app as its settings say; give its address."""
    config = uvicorn.Config(
        create_app(settings), host="127.0.0.1", port=settings.port, log_level="warning", access_log=False
    )
    with served(uvicorn.Server(config)):
        yield settings.public_url


class Watched:
    """A browser window that remembers everything that should not have happened."""

    def __init__(self, browser: Browser, url: str, *, width: int = 1280, height: int = 900) -> None:
        self.url = url
        self.trouble: list[str] = []
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": height}, locale="en", base_url=url
        )
        self.context.add_init_script(_TELL_VIOLATIONS)
        self.context.set_default_timeout(60_000)
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.trouble.append(f"error: {error}"))
        self.page.on("dialog", self._on_dialog)
        self.page.on("request", lambda request: self._on_request(request.url))
        self.expected_dialogs = 0
        self.elsewhere: tuple[str, ...] = ()

    def _note(self, kind: str, text: str) -> None:
        if kind == "error" or "CSP" in text or "Content Security Policy" in text:
            self.trouble.append(f"console: {text}")

    def _on_dialog(self, dialog: Dialog) -> None:
        if self.expected_dialogs:
            self.expected_dialogs -= 1
            dialog.accept()
        else:
            self.trouble.append(f"dialog: {dialog.message}")
            dialog.dismiss()

    def _on_request(self, url: str) -> None:
        if not url.startswith((self.url, "data:", "blob:", *self.elsewhere)):
            self.trouble.append(f"request: {url}")

    def log_in(self, email: str, password: str) -> None:
        self.page.goto("/admin/")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("main").get_by_role("button", name="Log in").click()
        self.page.wait_for_url("**/admin/")

    def close(self) -> None:
        self.context.close()
