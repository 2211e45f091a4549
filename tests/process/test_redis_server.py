"""The embedded Redis-compatible server, started for real."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from app.kit.redis_socket import socket_path
from app.process.redis_binary import EmbeddedRedisError, server_command
from app.process.redis_server import RedisServer, keep_running
from app.process.supervisor import python_command, python_environment
from tests.support.waiting import eventually

HOLD = textwrap.dedent(
    """
    import asyncio, sys
    from pathlib import Path
    from app.process.redis_server import keep_running

    async def main():
        async with keep_running(Path(sys.argv[1])) as server:
            print(server.pid(), flush=True)
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)

    asyncio.run(main())
    """
)


@pytest.fixture
async def data_dir(tmp_path: Path) -> AsyncIterator[Path]:
    folder = tmp_path / "var"
    yield folder
    if (folder / "redis").exists():
        await RedisServer(folder).stop()


def client(data_dir: Path) -> Redis:
    return Redis(unix_socket_path=str(socket_path(data_dir)))


def start_user(data_dir: Path) -> subprocess.Popen[str]:
    """Another process that uses the server until a line, or the end of its input, is read."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data_dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def start_child(data_dir: Path, lifeline: int) -> subprocess.Popen[bytes]:
    """The server as the supervisor starts it."""
    command = python_command("app.process.redis_child", str(data_dir))
    environment = python_environment(NEWSREEL_LIFELINE=str(lifeline))
    return subprocess.Popen(command, env=environment, pass_fds=(lifeline,))


def read_pid(user: subprocess.Popen[str]) -> int:
    assert user.stdout is not None
    return int(next(line for line in user.stdout if line.strip().isdigit()))


async def test_runs_for_the_length_of_the_block(data_dir):
    async with keep_running(data_dir) as server:
        async with client(data_dir) as redis:
            assert await redis.ping()
        assert server.pid() is not None
    assert server.pid() is None
    assert not server.socket.exists()


async def test_listens_on_no_tcp_port_and_lets_nobody_else_in(data_dir):
    async with keep_running(data_dir) as server, client(data_dir) as redis:
        assert (await redis.config_get("port"))["port"] == "0"
        assert (await redis.config_get("maxmemory-policy"))["maxmemory-policy"] == "noeviction"
        assert (await redis.config_get("appendfsync"))["appendfsync"] == "everysec"
        assert stat.S_IMODE(server.socket.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700


async def test_keeps_what_it_holds_over_a_restart(data_dir):
    async with keep_running(data_dir), client(data_dir) as redis:
        await redis.set("kept", "yes")
    async with keep_running(data_dir), client(data_dir) as redis:
        assert await redis.get("kept") == b"yes"


async def test_is_started_again_with_its_data_when_it_is_killed(data_dir):
    async with keep_running(data_dir) as server:
        async with client(data_dir) as redis:
            await redis.set("kept", "yes")
            assert await redis.execute_command("WAITAOF", 1, 0, 0) == [1, 0]  # it is written through every second
        killed = server.pid()
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        await eventually(server.answers)
        assert server.pid() != killed
        async with client(data_dir) as redis:
            assert await redis.get("kept") == b"yes"


async def test_several_processes_share_one_server(data_dir):
    users = [start_user(data_dir) for _ in range(4)]
    pids = {await asyncio.to_thread(read_pid, user) for user in users}
    for user in users[:3]:
        user.communicate("\n", timeout=20)
    assert await RedisServer(data_dir).answers()
    users[3].communicate("\n", timeout=20)
    assert len(pids) == 1
    assert RedisServer(data_dir).pid() is None


async def test_is_stopped_when_all_users_leave_at_once(data_dir):
    users = [start_user(data_dir) for _ in range(4)]
    for user in users:
        await asyncio.to_thread(read_pid, user)
    for user in users:
        assert user.stdin is not None
        user.stdin.write("\n")
        user.stdin.flush()
    for user in users:
        assert await asyncio.to_thread(user.wait, 20) == 0
        user.communicate()
    assert RedisServer(data_dir).pid() is None


async def test_adopts_the_server_of_a_process_that_was_killed(data_dir):
    user = start_user(data_dir)
    pid = await asyncio.to_thread(read_pid, user)
    user.kill()
    user.communicate()
    async with keep_running(data_dir) as server:
        assert server.pid() == pid
    assert server.pid() is None


async def test_another_user_starts_it_again_when_its_starter_and_it_are_killed(data_dir):
    user = start_user(data_dir)
    pid = await asyncio.to_thread(read_pid, user)
    async with keep_running(data_dir) as server:
        user.kill()
        user.communicate()
        os.kill(pid, signal.SIGKILL)
        await eventually(server.answers)
        assert server.pid() not in {None, pid}


async def test_kills_and_replaces_a_server_that_stays_silent(data_dir, monkeypatch):
    monkeypatch.setattr("app.process.redis_server.SILENT_SECONDS", 0.5)
    monkeypatch.setattr("app.process.redis_server.ANSWER_SECONDS", 0.2)
    async with keep_running(data_dir) as server:
        frozen = server.pid()
        assert frozen is not None
        os.kill(frozen, signal.SIGSTOP)

        async def replaced() -> bool:
            return server.pid() not in {None, frozen} and await server.answers()

        await eventually(replaced)


async def test_starts_when_the_append_only_file_ends_in_the_middle(data_dir):
    async with keep_running(data_dir), client(data_dir) as redis:
        await redis.set("first", "yes")
        await redis.set("second", "x" * 1000)
    (log,) = (data_dir / "redis" / "appendonlydir").glob("*.incr.aof")
    os.truncate(log, log.stat().st_size - 500)
    async with keep_running(data_dir), client(data_dir) as redis:
        assert await redis.get("first") == b"yes"
        assert await redis.get("second") is None


async def test_starts_empty_and_keeps_the_file_when_the_append_only_file_is_damaged(data_dir):
    async with keep_running(data_dir), client(data_dir) as redis:
        await redis.set("first", "yes")
    (log,) = (data_dir / "redis" / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(b"this is no append only file\n" + log.read_bytes())
    async with keep_running(data_dir), client(data_dir) as redis:
        assert await redis.dbsize() == 0
    assert list((data_dir / "redis").glob("appendonlydir.damaged-*"))


async def test_the_supervisors_child_starts_empty_after_it_ended_for_a_damaged_file(data_dir):
    async with keep_running(data_dir), client(data_dir) as redis:
        await redis.set("first", "yes")
    (log,) = (data_dir / "redis" / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(b"this is no append only file\n" + log.read_bytes())
    lifeline, held = os.pipe()
    assert await asyncio.to_thread(start_child(data_dir, lifeline).wait, 30) == 1
    second = start_child(data_dir, lifeline)
    server = RedisServer(data_dir, starts=False)
    await server.ensure()
    assert server.pid() == second.pid
    await server.stop()
    assert await asyncio.to_thread(second.wait, 30) == 0
    assert list((data_dir / "redis").glob("appendonlydir.damaged-*"))
    os.close(lifeline)
    os.close(held)


async def test_goes_on_without_it_when_it_cannot_be_started(data_dir, monkeypatch):
    monkeypatch.setattr("app.process.redis_server.server_command", lambda *_paths: ["/bin/false"])
    async with keep_running(data_dir) as server:
        assert not await server.answers()
        with pytest.raises(EmbeddedRedisError, match="did not start"):
            await server.ensure()
        monkeypatch.setattr("app.process.redis_server.server_command", server_command)
        await eventually(server.answers)


def test_socket_path_is_the_same_for_every_way_to_name_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert socket_path(Path("var")) == socket_path(tmp_path / "x" / ".." / "var")


async def test_a_folder_too_deep_for_a_socket_gets_one_in_a_private_temporary_folder(tmp_path):
    deep = tmp_path / ("deep" * 30) / "var"
    assert socket_path(deep) != socket_path(deep.with_name("other"))
    async with keep_running(deep) as server:
        assert len(os.fsencode(server.socket)) < 108
        assert stat.S_IMODE(server.socket.parent.stat().st_mode) == 0o700
        assert await server.answers()
    assert not server.socket.parent.exists()
