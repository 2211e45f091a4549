"""What CMSes that run on Node need: their packages from npm, kept from run to run, a MariaDB, and a process."""

import os
import platform
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from tests.functional.stack import until
from tests.functional.wordpress import start_database

KEPT = Path(__file__).parents[2] / "var" / "cms"
"""Where what was installed stays: to get it takes minutes."""
_DONE = ".installed"
_INSTALL = ["--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev", "--legacy-peer-deps", "--loglevel=error"]
# Scripts would compile databases that nobody needs here: MariaDB's client is JavaScript alone.
_SLOW_SECONDS = 1200
_MACHINES = {"x86_64": "x64", "aarch64": "arm64"}


class NotToBeHad(Exception):
    """What is lacking, in a few words."""


def lacking() -> str:
    """Say which programs are not installed here, or ""."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    wanted = ("node", "npm", "mariadbd", "mariadb-install-db", "mariadb")
    return ", ".join(name for name in wanted if shutil.which(name, path=path) is None)


def npm(folder: Path, *arguments: str) -> str:
    """Call npm in a folder. Raises NotToBeHad."""
    call = ["npm", *arguments]
    try:
        done = subprocess.run(
            call, cwd=folder, capture_output=True, text=True, check=False, timeout=_SLOW_SECONDS,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NotToBeHad(f"npm {arguments[0]} did not end within {_SLOW_SECONDS} s") from None
    if done.returncode:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("npm error")]
        raise NotToBeHad(f"npm {arguments[0]}: {' '.join(said)[:500] or done.returncode}")
    return done.stdout


@contextmanager
def once(name: str) -> Iterator[Path | None]:
    """Give a folder to install into, or None where that was done before. What fails is begun anew."""
    folder = KEPT / name
    if (folder / _DONE).exists():
        yield None
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    yield folder
    (folder / _DONE).touch()


def install(folder: Path, *packages: str) -> None:
    """Install packages, or what a folder's own package.json wants."""
    npm(folder, "install", *packages, *_INSTALL)


def node_of_npm(version: str) -> Path:
    """Get a Node of its own for what needs another than this machine has: the binary that npm's `node` installs.

    Raises NotToBeHad.
    """
    machine = _MACHINES.get(platform.machine())
    if machine is None or platform.system() != "Linux":
        raise NotToBeHad(f"Node {version} is not to be had from npm for {platform.system()} on {platform.machine()}")
    package = f"node-linux-{machine}"
    with once(f"node-{version}") as folder:
        if folder is not None:
            (folder / "package.json").write_text('{"private": true}')
            install(folder, f"{package}@{version}")
    return KEPT / f"node-{version}" / "node_modules" / package / "bin" / "node"


@contextmanager
def running(
    folder: Path, script: Path, *, database: str, cwd: Path, environment: Mapping[str, str], health: str,
    node: str | Path = "node",
) -> Iterator[None]:  # fmt: skip
    """Run a script of Node's beside an empty database, until it answers at `health`; `{socket}` is the database's."""
    socket = folder / "db.sock"
    server = start_database(folder, socket, database)
    try:
        own = {name: value.replace("{socket}", str(socket)) for name, value in environment.items()}
        with (folder / f"{database}.log").open("wb") as log:
            process = subprocess.Popen(
                [str(node), str(script)], cwd=cwd, env={"PATH": os.environ["PATH"], "HOME": str(folder), **own},
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        try:
            until(lambda: _answers(health) or process.poll() is not None, seconds=600, what=database)
            if process.poll() is not None:
                raise RuntimeError((folder / f"{database}.log").read_text(errors="replace")[-1500:])
            yield
        finally:
            with suppress(ProcessLookupError):  # It may have ended by itself, and said why.
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)
    finally:
        server.terminate()
        server.wait(30)


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, trust_env=False, timeout=60).is_success
    except httpx.HTTPError:
        return False
