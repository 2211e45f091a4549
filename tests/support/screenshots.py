"""The pictures of README and of the help: `make screenshots` takes them of the demo, with a real Chromium.

The demo runs with a data folder and ports of its own, and fills its desk; each picture is a page as an editor sees it.
"""

import io
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from app.config import ROOT
from tests.admin.live import ARGUMENTS, find_chromium, free_port

FOLDER = ROOT / "public" / "static" / "help"
MOST_BYTES = 60 * 1024
_PAGES = {"desk": "/admin/posts", "overview": "/admin/", "approval": "/admin/approvals", "calendar": "/admin/calendar"}
_LOGIN = re.compile(r"log in with\s+(\S+)\s+/\s+(\S+)")
_START_SECONDS = 300.0
_FILLS_SECONDS = 90.0


@contextmanager
def demo() -> Iterator[tuple[str, str, str]]:
    """Run the demo; give its address, and the login."""
    port, emulator = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        log = Path(folder) / "demo.log"
        command = [sys.executable, "-m", "app", "demo", "--port", str(port), "--emulator-port", str(emulator)]
        with log.open("wb") as out:
            environment = {**kept, "NEWSREEL_DATA_DIR": str(Path(folder) / "data")}
            child = subprocess.Popen(command, stdout=out, stderr=out, env=environment, cwd=ROOT)
        try:
            yield f"http://127.0.0.1:{port}", *_wait_for_login(child, log)
        finally:
            child.send_signal(signal.SIGINT)
            child.wait(60)


def _wait_for_login(child: "subprocess.Popen[bytes]", log: Path) -> tuple[str, str]:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and child.poll() is None:
        said = log.read_text(encoding="utf-8")
        if (found := _LOGIN.search(said)) and "Serving until" in said:
            return found[1], found[2]
        time.sleep(0.5)
    raise RuntimeError(f"the demo did not start:\n{log.read_text(encoding='utf-8')[-2000:]}")


def keep(page: Page, name: str) -> int:
    """Take a picture of what is on the screen, as small as its page allows; give its bytes."""
    with Image.open(io.BytesIO(page.screenshot())) as shot:
        picture = shot.convert("RGB")
    for quality in (80, 65, 50, 35, 20):
        out = io.BytesIO()
        picture.save(out, "WEBP", quality=quality, method=6)
        if out.tell() <= MOST_BYTES:
            (FOLDER / f"{name}.webp").write_bytes(out.getvalue())
            return out.tell()
    raise RuntimeError(f"the picture of {name} does not fit into {MOST_BYTES} bytes")


def take_all() -> None:
    """Take every picture."""
    with demo() as (url, email, password), sync_playwright() as playwright:
        path = find_chromium(playwright)
        if path is None:
            raise RuntimeError("no Chromium here: install the package `chromium-headless-shell`")
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        context = browser.new_context(viewport={"width": 1280, "height": 860}, locale="en", base_url=url)
        page = context.new_page()
        page.goto("/admin/login")
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password").fill(password)
        page.get_by_role("main").get_by_role("button", name="Log in").click()
        page.wait_for_url("**/admin/")
        # Posts go out by and by: a desk with some in every state is the one that there is most of the time.
        page.wait_for_timeout(_FILLS_SECONDS * 1000)
        for name, address in _PAGES.items():
            answer = page.goto(address)
            if answer is None or answer.status != 200:
                raise RuntimeError(f"{address} is answered with {answer and answer.status}")
            page.wait_for_load_state("load")
            page.wait_for_timeout(2500)
            print(name, keep(page, name))  # noqa: T201 - whoever runs it wants to know
        browser.close()


if __name__ == "__main__":
    take_all()
