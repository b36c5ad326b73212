"""A TCP proxy with the faults of a network: cuts, stalls, delays, half-open ends, lost replies."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

_CHUNK_BYTES = 64 * 1024

# Connections that wait to be taken: all come at once after an outage. One too many is not answered,
# and its system tries again after exactly a second.
_BACKLOG = 1024


@dataclass(eq=False)
class Line:
    """One connection through the proxy."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    pubsub: bool = False  # whether the client has subscribed to something
    loses_reply: bool = False  # the next bytes from the server end it instead of being passed on
    ended: bool = False  # nothing more is passed on to the client
    stranded: bool = False  # passes nothing on any more, and says nothing of it
    holds_reply: bool = False  # from the next bytes on, what the server says waits until `flow`
    replying: asyncio.Event = field(default_factory=asyncio.Event)
    flowing: asyncio.Event = field(default_factory=asyncio.Event)

    def reset(self) -> None:
        """End it on both sides, without a closing handshake."""
        self.client.transport.abort()
        self.server.transport.abort()


Which = Callable[[Line], bool]


def every(line: Line) -> bool:
    """All connections."""
    return True


def pubsub(line: Line) -> bool:
    """Those that carry published messages."""
    return line.pubsub


def commands(line: Line) -> bool:
    """Those that carry commands and their replies."""
    return not line.pubsub


class FaultProxy:
    """Forwards bytes to `targets` on loopback, to any of them, and does to them what it is told.

    Attributes:
        port: Where it listens.
        targets: Ports to forward new connections to; a dead one is skipped.
        accepted: Connections so far.
        slowed: Chunks that were passed on late, or in pieces.
    """

    def __init__(self, targets: Sequence[int]) -> None:
        self.targets = list(targets)
        self.port = 0
        self.accepted = 0
        self.slowed = 0
        self._slow: tuple[Which, float, int] | None = None
        self._lines: set[Line] = set()
        self._stalled: Which | None = None
        self._refuses = False
        self._reply_loss: tuple[bytes, asyncio.Event] | None = None
        self._reply_held: tuple[bytes, asyncio.Event] | None = None
        self._chance = random.Random(0)

    def lines(self, which: Which = every) -> Iterator[Line]:
        """The open connections."""
        return filter(which, tuple(self._lines))

    def cut(self, which: Which = every) -> int:
        """Reset connections; how many there were."""
        lines = list(self.lines(which))
        for line in lines:
            line.reset()
        return len(lines)

    def slow_down(
        self, which: Which = every, *, delay: float = 0.0, piece_bytes: int = _CHUNK_BYTES
    ) -> None:
        """From now on let each chunk wait `delay` seconds, each way, and pass it on in pieces."""
        self._slow = (which, delay, piece_bytes)

    def half_close(self, which: Which = every) -> int:
        """End what comes from the server, as if it had said its last word; how many ended."""
        lines = list(self.lines(which))
        for line in lines:
            line.ended = True
            line.client.write_eof()
        return len(lines)

    def stall(self, which: Which = every) -> None:
        """Pass nothing on, either way, until `flow`; connections stay open, new ones too."""
        self._stalled = which
        for line in self.lines(which):
            line.flowing.clear()

    def refuse(self) -> None:
        """Reset every connection, and each new one, until `flow`."""
        self._refuses = True
        self.cut()

    def flow(self) -> None:
        """End a stall or refusal; what was held back arrives."""
        self._stalled = None
        self._refuses = False
        for line in self._lines:
            if not line.stranded:
                line.flowing.set()
                line.replying.set()

    def strand(self, which: Which = every) -> int:
        """Leave open connections half-open for good; how many. New ones are as they should be."""
        lines = list(self.lines(which))
        for line in lines:
            line.stranded = True
            line.flowing.clear()
        return len(lines)

    def lose_reply_to(self, request: bytes) -> asyncio.Event:
        """Cut the connection that next sends `request`, when the reply comes; set once done."""
        lost = asyncio.Event()
        self._reply_loss = (request, lost)
        return lost

    def hold_reply_to(self, request: bytes) -> asyncio.Event:
        """Pass on no reply any more, until `flow`, where next a client sends `request`.

        Set once that reply is there. Requests go on.
        """
        held = asyncio.Event()
        self._reply_held = (request, held)
        return held

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward one connection until either side closes."""
        self.accepted += 1
        line: Line | None = None
        try:
            from_server, to_server = await self._connect()
            line = Line(writer, to_server)
            line.flowing.set()
            line.replying.set()
            self._lines.add(line)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._requests(line, reader))
                tasks.create_task(self._replies(line, from_server))
        except* OSError:
            pass  # the far side is gone: so is this one
        finally:
            writer.transport.abort()
            if line is not None:
                self._lines.discard(line)
                line.reset()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        targets = [] if self._refuses else self.targets
        for port in self._chance.sample(targets, len(targets)):
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
        raise ConnectionRefusedError

    async def _requests(self, line: Line, reader: asyncio.StreamReader) -> None:
        while chunk := await reader.read(_CHUNK_BYTES):
            if b"SUBSCRIBE" in chunk:
                line.pubsub = True
            if self._reply_loss and self._reply_loss[0] in chunk:
                line.loses_reply = True
            if self._reply_held and self._reply_held[0] in chunk:
                line.holds_reply = True
            await self._pass_on(line, line.server, chunk)
        line.reset()

    async def _replies(self, line: Line, reader: asyncio.StreamReader) -> None:
        while chunk := await reader.read(_CHUNK_BYTES):
            if line.loses_reply:
                if self._reply_loss:
                    self._reply_loss[1].set()
                    self._reply_loss = None
                break
            if line.holds_reply:
                line.replying.clear()
                line.holds_reply = False
                if self._reply_held:
                    self._reply_held[1].set()
                    self._reply_held = None
            await line.replying.wait()
            await self._pass_on(line, line.client, chunk)
        line.reset()

    async def _pass_on(self, line: Line, to: asyncio.StreamWriter, chunk: bytes) -> None:
        if self._stalled is not None and self._stalled(line):
            line.flowing.clear()
        await line.flowing.wait()
        if to is line.client and line.ended:
            return
        if self._slow is None or not self._slow[0](line):
            to.write(chunk)
            await to.drain()
            return
        _, delay, size = self._slow
        self.slowed += 1
        await asyncio.sleep(delay)
        for start in range(0, len(chunk), size):
            to.write(chunk[start : start + size])
            await asyncio.sleep(0)  # each piece leaves by itself
        await to.drain()


@asynccontextmanager
async def fault_proxy(*targets: int) -> AsyncIterator[FaultProxy]:
    """A proxy to `targets` on a port of its own (`proxy.port`)."""
    proxy = FaultProxy(targets)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, backlog=_BACKLOG)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await server.wait_closed()
