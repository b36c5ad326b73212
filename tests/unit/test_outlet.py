"""What is sent to one client: in one piece, bounded, and told when the client does not read."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from jobcast.websocket.connection import Connection
from jobcast.websocket.cork import CORK_BYTES, Cork
from jobcast.websocket.corked_outlet import ConnectionParts
from jobcast.websocket.frames import text_head
from jobcast.websocket.keepalive import Keepalive
from jobcast.websocket.live_connection import LiveConnection
from jobcast.websocket.outlet import SharedPayload
from jobcast.websocket.protocol import ClientLeft, CloseCode, ConnectionClosed

pytestmark = pytest.mark.anyio

MORE_THAN_SYSTEMS_KEEP = 32 * 2**20  # bytes
PATIENCE_SECONDS = 20.0
STALL_SECONDS = 0.2


class Told:
    """Notes what a connection tells."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.lost = 0

    def on_text(self, text: str) -> None:
        self.texts.append(text)

    def on_bytes(self) -> None:
        raise AssertionError("nothing sends bytes here")

    def on_lost(self) -> None:
        self.lost += 1


class CountedWrites:
    """A transport that notes what is written to it, and how often."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.writes: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        self.writes.append(data)
        self._transport.write(data)


class Served:
    """A connection, its transport, what it told, and the client's end."""

    def __init__(
        self, outlet: LiveConnection, transport: CountedWrites, told: Told, client: socket.socket
    ) -> None:
        self.outlet = outlet
        self.transport = transport
        self.told = told
        self.client = client


@pytest.fixture(params=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": request.param == "uvloop"}


async def test_all_of_a_turn_goes_out_in_one_piece() -> None:
    async with served() as one:
        one.outlet.send(b'{"n":1}')
        one.outlet.send_payload(SharedPayload(b'{"data":2}'), b',"id":"x"}')
        assert one.transport.writes == []
        await asyncio.sleep(0)
        await asyncio.sleep(0)

        wanted = [b'{"n":1}', b'{"type":"next","payload":{"data":2},"id":"x"}']
        assert one.transport.writes == [b"".join(text_head(len(x)) + x for x in wanted)]


async def test_a_payload_is_framed_once_for_all_whose_tails_are_of_one_length() -> None:
    payload = SharedPayload(b"{}")
    tail, longer = b',"id":"1"}', b',"id":"11"}'

    assert payload.framed(len(tail)) is payload.framed(len(tail))
    for end in (tail, longer):
        whole = payload.framed(len(end)) + end
        assert whole == text_head(len(payload.message(end))) + payload.message(end)


async def test_who_sends_much_in_one_turn_learns_in_it_that_the_client_does_not_read() -> None:
    piece = b"x" * (CORK_BYTES // 4)
    async with served() as one:
        sent = 0
        while one.outlet.writable and sent < MORE_THAN_SYSTEMS_KEEP:
            one.outlet.send(piece)
            sent += len(piece)

        assert not one.outlet.writable


async def test_one_waits_until_the_client_reads() -> None:
    async with served(stall_seconds=PATIENCE_SECONDS) as one, asyncio.TaskGroup() as tasks:
        fill(one.outlet)
        waiting = [tasks.create_task(one.outlet.until_writable()) for _ in range(2)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in waiting)
        tasks.create_task(read_all(one.client))

        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.wait(waiting)
        assert one.outlet.writable
        one.outlet.shutdown()


async def test_a_client_that_reads_nothing_is_given_up() -> None:
    async with served(stall_seconds=STALL_SECONDS) as one:
        fill(one.outlet)

        with pytest.raises(ConnectionClosed) as closed:
            await one.outlet.until_writable()
        one.outlet.close(closed.value.code, closed.value.reason)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not one.told.lost:
                await asyncio.sleep(0.01)

        assert closed.value.code is CloseCode.TIMEOUT
        assert one.told.lost == 1


async def test_who_waits_is_told_that_the_client_has_left() -> None:
    async with served(stall_seconds=PATIENCE_SECONDS) as one, asyncio.TaskGroup() as tasks:
        fill(one.outlet)
        waiting = tasks.create_task(left(one.outlet))
        await asyncio.sleep(0)
        one.transport.abort()

        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await waiting
        one.outlet.send(b"{}")  # goes nowhere, and is no fault
        one.outlet.close(CloseCode.FORBIDDEN, "too late")
        assert not one.outlet.writable


async def left(outlet: Connection) -> bool:
    try:
        await outlet.until_writable()
    except ClientLeft:
        return True
    return False


def fill(outlet: LiveConnection) -> None:
    """Send more than anything holds, so that the client has to read."""
    outlet.send(b"x" * MORE_THAN_SYSTEMS_KEEP)
    outlet.flush()
    assert not outlet.writable


async def read_all(client: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    while await loop.sock_recv(client, 2**20):
        pass


@asynccontextmanager
async def served(*, stall_seconds: float = PATIENCE_SECONDS) -> AsyncIterator[Served]:
    loop = asyncio.get_running_loop()
    ours, client = socket.socketpair()
    client.setblocking(False)  # noqa: FBT003
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
    counted, told = CountedWrites(transport), Told()
    parts = ConnectionParts(
        loop=loop,
        connections=set(),
        cork=Cork(loop),
        keepalive=Keepalive(PATIENCE_SECONDS, PATIENCE_SECONDS),
        message_bytes=1000,
        stall_seconds=stall_seconds,
    )
    outlet = LiveConnection(counted, parts, lambda _: told)  # type: ignore[arg-type]
    with client:
        yield Served(outlet, counted, told, client)
        transport.abort()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while parts.connections:
                await asyncio.sleep(0)
