"""What is sent to one client: in one piece, bounded, and told when the client does not read."""

from __future__ import annotations

import asyncio
import socket

import pytest

from jobcast.websocket.connection import Connection
from jobcast.websocket.cork import CORK_BYTES
from jobcast.websocket.frames import text_head
from jobcast.websocket.live_connection import LiveConnection
from jobcast.websocket.outlet import SharedPayload
from jobcast.websocket.protocol import ClientLeft, CloseCode, ConnectionClosed
from tests.support.live_connections import PATIENCE_SECONDS, Told, live_connection

pytestmark = pytest.mark.anyio

MORE_THAN_SYSTEMS_KEEP = 32 * 2**20  # bytes
STALL_SECONDS = 0.2


@pytest.fixture(params=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": request.param == "uvloop"}


async def test_all_of_a_turn_goes_out_in_one_piece() -> None:
    told = Told()
    async with live_connection(lambda _: told) as one:
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
    told = Told()
    async with live_connection(lambda _: told) as one:
        sent = 0
        while one.outlet.writable and sent < MORE_THAN_SYSTEMS_KEEP:
            one.outlet.send(piece)
            sent += len(piece)

        assert not one.outlet.writable


async def test_one_waits_until_the_client_reads() -> None:
    told = Told()
    async with (
        live_connection(lambda _: told, stall_seconds=PATIENCE_SECONDS) as one,
        asyncio.TaskGroup() as tasks,
    ):
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
    told = Told()
    async with live_connection(lambda _: told, stall_seconds=STALL_SECONDS) as one:
        fill(one.outlet)

        with pytest.raises(ConnectionClosed) as closed:
            await one.outlet.until_writable()
        one.outlet.close(closed.value.code, closed.value.reason)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not told.lost:
                await asyncio.sleep(0.01)

        assert closed.value.code is CloseCode.TIMEOUT
        assert told.lost == 1


async def test_who_waits_is_told_that_the_client_has_left() -> None:
    told = Told()
    async with (
        live_connection(lambda _: told, stall_seconds=PATIENCE_SECONDS) as one,
        asyncio.TaskGroup() as tasks,
    ):
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
