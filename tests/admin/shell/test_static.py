import hashlib
import re

import pytest

from app.admin.shell.templating import STATIC_DIR
from tests.admin.support import Editor

LISTED = dict(
    re.findall(
        r"^\| `static/(\S+)` \|.*\| `([0-9a-f]{64})` \|$",
        (STATIC_DIR.parent / "VENDORED.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
)


def test_vendored_files_are_listed() -> None:
    assert set(LISTED) == {"htmx.min.js"}


@pytest.mark.parametrize(("name", "digest"), LISTED.items())
def test_vendored_file_is_what_its_package_holds(name: str, digest: str) -> None:
    assert hashlib.sha256((STATIC_DIR / name).read_bytes()).hexdigest() == digest


def test_our_own_files_ask_no_other_host() -> None:
    for name in ("newsreel.css", "pages.css", "newsreel.js", "reference.css", "favicon.svg"):
        text = (STATIC_DIR / name).read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "://" not in text, name
        assert "@import" not in text, name


async def test_static_files_need_no_login(stranger: Editor) -> None:
    for name in ("newsreel.css", "pages.css", "newsreel.js", "htmx.min.js", "favicon.svg"):
        answer = await stranger.client.get(f"/static/{name}")
        assert answer.status_code == 200
        assert answer.headers["x-content-type-options"] == "nosniff"
