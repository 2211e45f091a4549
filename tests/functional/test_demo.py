"""The demo, as a newcomer runs it."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing
from html import unescape
from io import BytesIO
from pathlib import Path

import httpx
import psutil
import pytest
from PIL import Image

from app.ops.demo import stage
from app.ops.demo.newsroom import newsroom, read_articles
from app.process.ports import open_listener
from tests.functional.stack import free_port, until

DEMO = [sys.executable, "-m", "app", "demo"]
COUNTED = ("sources", "verification_files", "articles")


@pytest.fixture
def environment(tmp_path):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "NEWSREEL_DATA_DIR": str(tmp_path / "demo"), "NEWSREEL_PORT": str(free_port())}


def test_the_demo_publishes_a_post_and_fills_the_desk_on_the_same_data_at_other_ports(environment, tmp_path):
    wish, pages, emulator = environment["NEWSREEL_PORT"], free_port(), free_port()
    done = subprocess.run([*DEMO, "--once"], env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Post published" in done.stdout
    assert f"http://127.0.0.1:{wish}/admin/posts/" in done.stdout
    assert count(tmp_path, *COUNTED, "accounts") == [1, 1, 1, 1]

    log = tmp_path / "log"
    with log.open("wb") as output:
        ports = ["--port", f"{pages}", "--emulator-port", f"{emulator}"]
        process = subprocess.Popen([*DEMO, *ports], env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        until(lambda: "The desk is" in log.read_text(encoding="utf-8"), seconds=300, what="a desk with life in it")
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) >= 3
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(40) == 0
    psutil.wait_procs(children, timeout=15)
    assert [child for child in children if child.is_running()] == []
    said = log.read_text(encoding="utf-8")
    assert "The desk is filled" in said, said
    assert f"http://127.0.0.1:{pages}/admin/posts/" in said
    assert f"TikTok (emulated)  http://127.0.0.1:{emulator}/_emulator/" in said
    # Neither a second source nor a second file.
    assert count(tmp_path, *COUNTED, "accounts") == [1, 1, 42, 3]
    assert count(tmp_path, "(SELECT DISTINCT language FROM articles)") == [3]
    assert count(tmp_path, "posts")[0] >= 3 * 39


def count(folder: Path, *tables: str) -> list[int]:
    with closing(sqlite3.connect(folder / "demo/newsreel.db")) as database:
        return [database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]


def test_the_demo_gives_way_to_whoever_has_its_usual_ports(monkeypatch):
    with ExitStack() as place:
        taken = [place.enter_context(open_listener("127.0.0.1", 0)).getsockname()[1] for _ in range(2)]
        monkeypatch.setenv("NEWSREEL_PORT", str(taken[0]))
        monkeypatch.setattr(stage, "EMULATOR_PORT", taken[1])
        chosen = stage.choose_ports(stage.Ports(None, None))
        assert not {*chosen} & {*taken}
        # One that is named is not given to the other.
        assert stage.choose_ports(stage.Ports(None, chosen[0])) != (chosen[0], chosen[0])
        with pytest.raises(stage.DemoFailed, match="--port and --emulator-port must differ"):
            stage.choose_ports(stage.Ports(chosen[0], chosen[0]))


def test_the_newsroom_has_a_page_and_pictures_for_each_article_and_nothing_else():
    with newsroom() as url:
        for number, article in enumerate(read_articles()):
            page = httpx.get(f"{url}/{article['language']}/{number}", trust_env=False)
            assert article["title"] in unescape(page.text)
        first = httpx.get(f"{url}/scenes/10.jpg", trust_env=False)
        assert Image.open(BytesIO(first.content)).format == "JPEG"
        assert first.content == httpx.get(f"{url}/scenes/10.jpg", trust_env=False).content
        assert httpx.get(f"{url}/gone/1.jpg", trust_env=False).status_code == 404


def test_the_demo_says_why_it_failed(environment, tmp_path):
    a_folder = f"sqlite+aiosqlite:///{tmp_path}"
    broken = {**environment, "NEWSREEL_DATABASE_URL": a_folder}
    done = subprocess.run([*DEMO, "--once"], env=broken, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1
    assert "The demo failed" in done.stdout
