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


def run(folder: Path | None) -> subprocess.CompletedProcess[str]:
    named = {} if folder is None else {failpoints.ENVIRONMENT: str(folder)}
    environment = {name: value for name, value in os.environ.items() if name != failpoints.ENVIRONMENT} | named
    return subprocess.run(
        [sys.executable, "-c", _STEPS], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_process_dies_at_the_armed_point_and_only_once(tmp_path: Path):
    (tmp_path / "two").touch()

    died, lived = run(tmp_path), run(tmp_path)

    assert (died.returncode, died.stdout.split()) == (-signal.SIGKILL, ["begin"])
    assert (lived.returncode, lived.stdout.split()) == (0, ["begin", "end"])


def test_of_several_armed_points_each_takes_one_process(tmp_path: Path):
    (tmp_path / "one").touch()
    (tmp_path / "two").touch()

    codes = [run(tmp_path).returncode for _ in range(3)]

    assert codes == [-signal.SIGKILL, -signal.SIGKILL, 0]
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["one", "two"]


def test_another_point_than_the_armed_one_does_nothing(tmp_path: Path):
    file = tmp_path / "three"
    file.touch()

    assert run(tmp_path).returncode == 0
    assert file.exists()


def test_without_the_variable_nothing_is_armed(tmp_path: Path):
    (tmp_path / "one").touch()

    assert run(None).stdout.split() == ["begin", "end"]


def test_a_process_can_be_made_to_stand_still(tmp_path: Path):
    (tmp_path / "one").write_text("stop")
    environment = os.environ | {failpoints.ENVIRONMENT: str(tmp_path)}

    with subprocess.Popen([sys.executable, "-c", _STEPS], env=environment, stdout=subprocess.PIPE) as process:
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        stopped = os.WIFSTOPPED(status)
        os.kill(process.pid, signal.SIGCONT)
        output, _ = process.communicate(timeout=60)

    assert stopped
    assert output.decode().split() == ["begin", "end"]
