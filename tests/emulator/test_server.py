"""The emulator as a process serves it."""

import asyncio
import socket

import httpx

from app.emulator import EmulatorSettings
from app.emulator.server import build_server
from tests.support.waiting import eventually


async def test_serves_its_settings_over_a_socket_and_ends_when_told_to():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = build_server("127.0.0.1", port, EmulatorSettings(audited=False))
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        assert (await client.get("/_emulator/health")).json() == {"ok": True}
        assert (await client.get("/_emulator/settings")).json()["audited"] is False
    server.should_exit = True
    await asyncio.wait_for(serving, timeout=10)
