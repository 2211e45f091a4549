"""What the benchmarks share: a folder, processes, figures."""

import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.config import ROOT

_ANSWER_SECONDS = 30.0
_END_SECONDS = 30.0


def report(bench: str, **figures: Any) -> None:
    """Print one line of JSON."""
    sys.stdout.write(json.dumps({"bench": bench, **figures}) + "\n")
    sys.stdout.flush()


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that `percent` of all do not exceed."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * percent // 100) - 1)]


@contextmanager
def work_folder() -> Iterator[Path]:
    """A folder on the disk that an installation here would use: `/tmp` may be memory, where fsync is free."""
    (ROOT / "var").mkdir(mode=0o700, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "var"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(
    command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process for the length of the block."""
    with log.open("ab") as file:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file, cwd=ROOT
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def plain_environment() -> dict[str, str]:
    """The environment without settings of ours, so that a figure does not depend on who runs it."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}


def until_answer(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return as soon as `url` is answered with 200."""
    parts = urlsplit(url)
    deadline = time.monotonic() + _ANSWER_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_ANSWER_SECONDS)
        try:
            connection.request("GET", parts.path)
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.005)
    raise RuntimeError(f"{url} does not answer:\n{log.read_text(errors='replace')[-4000:]}")


def median_ms(seconds: Sequence[float]) -> float:
    return round(statistics.median(seconds) * 1000, 1)


def photograph() -> bytes:
    """A JPEG of 12 megapixels and about 4 MB, as a camera writes them: large shapes, and noise."""
    from PIL import Image

    width, height = 4000, 3000
    shade = Image.linear_gradient("L").resize((width, height))
    noise = Image.effect_noise((width, height), 14)
    picture = Image.merge("RGB", (Image.blend(shade, noise, 0.4), noise, Image.blend(shade.rotate(180), noise, 0.6)))
    file = BytesIO()
    picture.save(file, "JPEG", quality=88)
    return file.getvalue()
