"""Fail points: they kill once, where they are told to, and only if they are armed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from app.kit import failpoints

_STEPS = """
from app.kit.failpoints import reach
print("begin", flush=True)
reach("one")
reach("two")
print("end", flush=True)
"""


def run(file: Path | None) -> subprocess.CompletedProcess[str]:
    named = {} if file is None else {failpoints.ENVIRONMENT: str(file)}
    environment = {name: value for name, value in os.environ.items() if name != failpoints.ENVIRONMENT} | named
    return subprocess.run(
        [sys.executable, "-c", _STEPS], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_process_dies_at_the_armed_point_and_only_once(tmp_path: Path):
    file = tmp_path / "armed"
    file.write_text("two")

    died, lived = run(file), run(file)

    assert (died.returncode, died.stdout.split()) == (-signal.SIGKILL, ["begin"])
    assert (lived.returncode, lived.stdout.split()) == (0, ["begin", "end"])


def test_another_point_than_the_armed_one_does_nothing(tmp_path: Path):
    file = tmp_path / "armed"
    file.write_text("three")

    assert run(file).returncode == 0
    assert file.exists()


def test_without_the_variable_nothing_is_armed(tmp_path: Path):
    (tmp_path / "armed").write_text("one")

    assert run(None).stdout.split() == ["begin", "end"]


def test_a_process_can_be_made_to_stand_still(tmp_path: Path):
    file = tmp_path / "armed"
    file.write_text("one stop")
    environment = os.environ | {failpoints.ENVIRONMENT: str(file)}

    with subprocess.Popen([sys.executable, "-c", _STEPS], env=environment, stdout=subprocess.PIPE) as process:
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        stopped = os.WIFSTOPPED(status)
        os.kill(process.pid, signal.SIGCONT)
        output, _ = process.communicate(timeout=60)

    assert stopped
    assert output.decode().split() == ["begin", "end"]
