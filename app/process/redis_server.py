"""The embedded Redis-compatible server: a real valkey on a Unix socket, shared by all processes of a data folder.

With `newsreel up` it is the supervisor's child (redis_child.py). Otherwise whoever finds it missing starts it. Whoever
leaves last stops it, and the kernel keeps count:

- `server.lock` is held by the server itself, through a descriptor that it inherits. So the lock is free exactly when no
  server is alive, even after `kill -9`, and the process id in the file is never that of a stranger.
- `users.lock` is held, shared, by each process that uses the server.
"""

import asyncio
import contextlib
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from app.kit.redis_socket import socket_path
from app.process.redis_binary import EmbeddedRedisError, server_command
from app.process.redis_folder import begin_log, last_lines, make_private, set_aside_damaged, write_pid
from app.process.supervisor import is_supervised

log = structlog.get_logger(__name__)

_START_SECONDS = 20.0
_STOP_SECONDS = 10.0
_PROBE_SECONDS = 0.5
SILENT_SECONDS = 15.0
"""So long a Redis that runs may say nothing; then it is killed and begun anew."""
_SUPERVISOR_STARTS_IN_SECONDS = 3.0
ANSWER_SECONDS = 2.0
"""For one question to it."""
_LONGEST_BACK_OFF = 10.0


@asynccontextmanager
async def keep_running(data_dir: Path) -> AsyncIterator["RedisServer"]:
    """Keep the embedded server running for the length of the block, whoever else uses it.

    Does not fail where the server cannot be started: the database holds the truth, so the process goes on without, and
    tries again and again.
    """
    server = RedisServer(data_dir, starts=not is_supervised())
    await server.join()
    try:
        await server.ensure()
    except (EmbeddedRedisError, OSError) as error:
        log.warning("embedded_redis_failed", error=str(error))
    watch = asyncio.create_task(server.watch())
    try:
        yield server
    finally:
        watch.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watch
        await server.leave()


class RedisServer:
    """One process's hand on the embedded server of a data folder."""

    def __init__(self, data_dir: Path, *, starts: bool = True) -> None:
        self.folder = data_dir.resolve() / "redis"
        self.socket = socket_path(data_dir)
        self._starts = starts
        self._child: subprocess.Popen[bytes] | None = None
        self._users: int | None = None

    async def join(self) -> None:
        """Become a user of the server. Waits while the last user is stopping it."""
        for folder in (self.folder.parent, self.folder):
            make_private(folder)
        descriptor = os.open(self.folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
        while not _lock(descriptor, fcntl.LOCK_SH):  # noqa: ASYNC110  (another process holds it; no event tells)
            await asyncio.sleep(0.05)
        self._users = descriptor

    async def leave(self) -> None:
        """Cease to be a user; the last one stops the server."""
        if self._users is None:
            return
        # The kernel drops the shared lock before it tries for the exclusive one, so of several that leave at once the
        # last one gets it.
        try:
            if _lock(self._users, fcntl.LOCK_EX):
                await self.stop()
        finally:
            os.close(self._users)
            self._users = None

    async def ensure(self) -> None:
        """Start the server unless it answers, or wait for who starts it. Raises EmbeddedRedisError."""
        if await self.answers():
            return
        if not self._starts:
            await self._wait_for_another()
            return
        lock = os.open(self.folder / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if _lock(lock, fcntl.LOCK_EX):
                await self._start(lock)
            else:
                await self._wait_for_another()
        finally:
            os.close(lock)

    async def answers(self) -> bool:
        """Tell whether the server answers PING."""
        return await self._ask(b"PING\r\n") == b"+PONG\r\n"

    async def watch(self) -> None:
        """Start the server again whenever it has gone; never ends."""
        pause = _PROBE_SECONDS
        while True:
            await asyncio.sleep(pause)
            try:
                await self.ensure()
            except (EmbeddedRedisError, OSError) as error:
                pause = min(pause * 2, _LONGEST_BACK_OFF)
                log.warning("embedded_redis_failed", error=str(error), again_in=pause)
            else:
                pause = _PROBE_SECONDS

    async def stop(self) -> None:
        """End the server, whoever started it; what it holds is written to disk first."""
        asked_at = time.monotonic()
        await self._ask(b"SHUTDOWN\r\n")
        while not self._is_gone():
            if time.monotonic() - asked_at > _STOP_SECONDS:
                self._kill()
            await asyncio.sleep(0.02)
        self.socket.unlink(missing_ok=True)
        if self.socket.parent != self.folder:
            with contextlib.suppress(OSError):
                self.socket.parent.rmdir()

    def pid(self) -> int | None:
        """Tell the process id of the server, if one is alive."""
        if self._is_gone():
            return None
        text = (self.folder / "server.lock").read_text(encoding="ascii")
        return int(text) if text.isdigit() else None

    async def _start(self, lock: int) -> None:
        try:
            await self._spawn(lock)
        except EmbeddedRedisError as error:
            kept = set_aside_damaged(self.folder, str(error))
            if kept is None:
                raise
            log.warning("embedded_redis_started_empty", reason=str(error), kept=kept.name)
            await self._spawn(lock)

    async def _spawn(self, lock: int) -> None:
        make_private(self.socket.parent)
        log_file = self.folder / "redis.log"
        written = begin_log(log_file)
        # A session of its own: Ctrl-C is for us, and the server outlives us while others use it.
        child = subprocess.Popen(  # noqa: ASYNC220, S603  (takes milliseconds; the command is ours alone)
            server_command(self.folder, self.socket, log_file), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, pass_fds=(lock,), start_new_session=True, cwd=self.folder,
        )  # fmt: skip
        write_pid(lock, child.pid)
        self._child = child
        deadline = time.monotonic() + _START_SECONDS
        while not await self.answers():
            if child.poll() is not None or time.monotonic() > deadline:
                child.kill()
                child.wait()
                raise EmbeddedRedisError(f"the embedded Redis did not start: {last_lines(log_file, written)}")
            await asyncio.sleep(0.01)
        log.info("embedded_redis_started", pid=child.pid, socket=str(self.socket))

    async def _wait_for_another(self) -> None:
        """Wait: another process is starting the server. One that is alive and stays silent is killed in the end."""
        began_at = time.monotonic()
        while not await self.answers():
            waited, is_gone = time.monotonic() - began_at, self._is_gone()
            if is_gone and self._starts:
                return  # the next probe starts it
            if is_gone and waited > _SUPERVISOR_STARTS_IN_SECONDS:
                raise EmbeddedRedisError("`newsreel up` has not started the embedded Redis")
            if not is_gone and waited > SILENT_SECONDS:
                log.warning("embedded_redis_killed", reason=f"silent for {SILENT_SECONDS:g} s")
                self._kill()
                return
            await asyncio.sleep(0.1)

    def _is_gone(self) -> bool:
        if self._child is not None and self._child.poll() is not None:
            self._child = None  # reaped
        try:
            # Only to read: a disk that takes no writes any more must not keep us from seeing that it has gone.
            lock = os.open(self.folder / "server.lock", os.O_RDONLY)
        except FileNotFoundError:
            return True
        try:
            return _lock(lock, fcntl.LOCK_SH)
        finally:
            os.close(lock)

    def _kill(self) -> None:
        pid = self.pid()
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    async def _ask(self, command: bytes) -> bytes:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                reader, writer = await asyncio.open_unix_connection(str(self.socket))
                try:
                    writer.write(command)
                    return await reader.readline()
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return b""


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
