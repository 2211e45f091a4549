"""A TCP proxy that stands between two parts and does to their bytes what bad networks do."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

_PIECE = 65_536
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happens to each connection. Sizes count bytes of the answer, times are seconds.

    `refuse`: reset at once. `silent`: taken, and nothing more happens. `latency`: before each piece, both ways.
    `slice_bytes`: the answer in pieces of this size. `cut_after`: so many bytes of the answer get through, then comes a
    reset; 0 loses the whole answer to a request that was passed on. `drop_request_after`: a reset before the request is
    whole.
    """

    refuse: bool = False
    silent: bool = False
    latency: float = 0.0
    slice_bytes: int | None = None
    cut_after: int | None = None
    drop_request_after: int | None = None


NONE = Trouble()


class TcpProxy:
    """Listens on a port of its own and passes on to `host:port`; `trouble` may be changed at any time."""

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.trouble = NONE
        self.connections = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._open())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut_all(self) -> None:
        """Reset every connection there is."""
        self._loop.call_soon_threadsafe(self._reset_all)

    def _reset_all(self) -> None:
        for writer in list(self._writers):
            _reset(writer)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        self._reset_all()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        trouble = self.trouble
        try:
            if trouble.silent:
                await asyncio.Event().wait()
            if trouble.refuse or await self._pass_on(reader, writer, trouble):
                _reset(writer)
        except OSError:
            _reset(writer)
        finally:
            writer.close()
            self._writers.discard(writer)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, trouble: Trouble) -> bool:
        """Copy both ways until the end; tell whether it was we who ended it."""
        far_reader, far_writer = await asyncio.open_connection(*self.target)
        there = asyncio.create_task(_pump(reader, far_writer, trouble.latency, trouble.drop_request_after, None))
        back = asyncio.create_task(_pump(far_reader, writer, trouble.latency, trouble.cut_after, trouble.slice_bytes))
        try:
            first, _ = await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
            # A client that has said all may still be waiting for its answer; one cut short by us is not.
            if there in first:
                return there.result() or await back
            return back.result()
        finally:
            for task in (there, back):
                task.cancel()
            await asyncio.gather(there, back, return_exceptions=True)
            _reset(far_writer)


async def _pump(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    latency: float,
    limit: int | None,
    slice_bytes: int | None,
) -> bool:
    """Copy until the end, or until `limit` bytes have passed; tell whether the limit ended it."""
    left = limit
    while piece := await reader.read(slice_bytes or _PIECE):
        if latency:
            await asyncio.sleep(latency)
        if left is not None:
            piece, is_over = piece[:left], len(piece) >= left
            left -= len(piece)
            writer.write(piece)
            await writer.drain()
            if is_over:
                return True
        else:
            writer.write(piece)
            await writer.drain()
    with contextlib.suppress(OSError, RuntimeError):
        writer.write_eof()
    return False


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST where bytes may be lost: that is how a network breaks."""
    sock = writer.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.close()
