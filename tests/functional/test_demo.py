"""The demo, as a newcomer runs it."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack, closing

import psutil
import pytest

from app.ops.demo import stage
from app.process.ports import open_listener
from tests.functional.stack import free_port, until

DEMO = [sys.executable, "-m", "app", "demo"]
COUNTED = ("sources", "verification_files", "articles")


@pytest.fixture
def environment(tmp_path):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "NEWSREEL_DATA_DIR": str(tmp_path / "demo"), "NEWSREEL_PORT": str(free_port())}


def test_the_demo_publishes_a_post_and_does_so_again_on_the_same_data_at_other_ports(environment, tmp_path):
    pages, emulator = free_port(), free_port()
    wish = environment["NEWSREEL_PORT"]
    for options, url in (([], f":{wish}"), (["--port", f"{pages}", "--emulator-port", f"{emulator}"], f":{pages}")):
        done = subprocess.run(
            [*DEMO, "--once", *options], env=environment, capture_output=True, text=True, timeout=110, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Post published" in done.stdout
        assert f"http://127.0.0.1{url}/admin/posts/" in done.stdout
    assert f"TikTok (emulated)  http://127.0.0.1:{emulator}/_emulator/" in done.stdout
    with closing(sqlite3.connect(tmp_path / "demo/newsreel.db")) as database:
        counts = [database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in COUNTED]
    assert dict(zip(COUNTED, counts, strict=True)) == {"sources": 1, "verification_files": 1, "articles": 2}


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


def test_the_demo_ends_everything_it_started(environment):
    process = subprocess.Popen(DEMO, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    children = until(lambda: len(found := psutil.Process(process.pid).children(recursive=True)) >= 3 and found)
    process.send_signal(signal.SIGTERM)
    assert process.wait(40) == 0
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and any(child.is_running() for child in children):
        time.sleep(0.1)
    assert [child for child in children if child.is_running()] == []


def test_the_demo_says_why_it_failed(environment, tmp_path):
    a_folder = f"sqlite+aiosqlite:///{tmp_path}"
    broken = {**environment, "NEWSREEL_DATABASE_URL": a_folder}
    done = subprocess.run([*DEMO, "--once"], env=broken, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 1
    assert "The demo failed" in done.stdout
