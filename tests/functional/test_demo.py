"""The demo, as a newcomer runs it."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests.functional.stack import free_port, until

DEMO = [sys.executable, "-m", "app", "demo"]


@pytest.fixture
def environment(tmp_path):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "NEWSREEL_DATA_DIR": str(tmp_path / "demo"), "NEWSREEL_PORT": str(free_port())}


def test_the_demo_publishes_a_post_and_does_so_again_on_the_same_data(environment):
    for _ in range(2):
        done = subprocess.run(
            [*DEMO, "--once"], env=environment, capture_output=True, text=True, timeout=110, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Post published" in done.stdout
        assert "/admin/posts/" in done.stdout


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
