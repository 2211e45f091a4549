"""The manual's calls for reports of ads, run as they stand there."""

import re
import shutil
from pathlib import Path

import pytest

from tests.ads.conftest import ADVERTISER, TikTok
from tests.ads.reporting import open_desk
from tests.support.manual import MANUAL, snippets
from tests.support.whole_app import serve
from tests.test_docs_examples import run


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
async def test_every_call_of_the_manual_is_taken(
    tmp_path: Path, sqlite_url: str, tiktok: TikTok, monkeypatch: pytest.MonkeyPatch
):
    text = "\n".join(snippets("sh", MANUAL["ads-reports"]))
    calls = re.split(r"^(?=curl )", text, flags=re.MULTILINE)
    async with open_desk(tmp_path, sqlite_url, tiktok, monkeypatch) as desk, serve(desk.app) as port:
        token = desk.http.headers["authorization"].partition(" ")[2]
        for call in filter(None, calls):
            here = call.replace("https://YOUR-HOST", f"http://127.0.0.1:{port}")
            answer = await run("sh", "-euc", here, TOKEN=token, ADVERTISER=ADVERTISER)
            assert "status" not in answer, (call, answer)
