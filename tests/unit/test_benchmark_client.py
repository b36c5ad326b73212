"""What the benchmarks' load generator reads and counts is what was sent."""

from __future__ import annotations

import asyncio

import pytest
from websockets.asyncio.server import ServerConnection, serve

from benchmarks.peers.registry import RawPeer
from benchmarks.running.tally import Miscounted, Tally
from benchmarks.wire.frames import PING, FrameReader
from benchmarks.wire.http import parse_answer
from benchmarks.wire.websocket import WebSocket

pytestmark = pytest.mark.anyio

# Sizes on both sides of each form of a frame's length.
SIZES = (0, 1, 125, 126, 65_535, 65_536)


@pytest.mark.parametrize("deflate", [False, True])
async def test_messages_of_every_size_come_back_from_another_servers_frames(deflate: bool) -> None:
    async def echo(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message, text=True)
            await connection.ping()

    sent = [b"x" * size for size in SIZES]
    received: list[bytes] = []
    all_there = asyncio.Event()

    def on_text(_: WebSocket, payload: bytes) -> None:
        received.append(payload)
        if len(received) == len(sent):
            all_there.set()

    async with serve(echo, "127.0.0.1", 0, compression="deflate", max_size=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        socket = await WebSocket.open(port, "/", on_text, deflate=deflate)
        for payload in sent:
            socket.send(payload)
        async with asyncio.timeout(30):
            await all_there.wait()
        socket.close()

    assert received == sent
    assert socket.compressed is deflate


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 1000])
def test_frames_are_read_however_they_are_cut(piece: int) -> None:
    texts: list[bytes] = []
    controls: list[tuple[int, bytes]] = []
    reader = FrameReader(texts.append, lambda opcode, payload: controls.append((opcode, payload)))
    whole = frame(0x81, b"one") + frame(0x81, b"2" * 200)
    in_parts = frame(0x01, b"th") + frame(0x89, b"ping") + frame(0x80, b"ree")
    stream = whole + in_parts + frame(0x81, b"four")

    for start in range(0, len(stream), piece):
        reader.feed(stream[start : start + piece])

    assert texts == [b"one", b"2" * 200, b"three", b"four"]
    assert controls == [(PING, b"ping")]


def test_an_answer_is_read_once_it_is_whole() -> None:
    sized = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    chunked = (
        b"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
    )

    for answer, status in ((sized, 200), (chunked, 400)):
        assert {parse_answer(answer[:size]) for size in range(len(answer))} == {None}
        assert parse_answer(answer) == (status, b"hello")


async def test_a_tally_of_all_steps_in_order_is_complete() -> None:
    tally = tally_of(step(1), step(2), step(3), END)

    await tally.complete()

    assert (tally.steps, tally.messages) == (3, 4)


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param(("1", "3", "end"), id="missing"),
        pytest.param(("1", "2", "2", "3", "end"), id="doubled"),
        pytest.param(("2", "1", "3", "end"), id="out of order"),
        pytest.param(("1", "2", "3"), id="no end"),
        pytest.param(("1", "2", "3", "end", "end"), id="two ends"),
    ],
)
async def test_a_tally_refuses_what_is_not_every_step_once_in_order_and_one_end(
    messages: tuple[str, ...],
) -> None:
    tally = tally_of(*(END if message == "end" else step(int(message)) for message in messages))

    with pytest.raises(Miscounted):
        tally.check()


def frame(head: int, payload: bytes) -> bytes:
    """A server's frame."""
    size = len(payload)
    length = bytes((size,)) if size < 126 else b"\x7e" + size.to_bytes(2, "big")
    return bytes((head,)) + length + payload


def step(number: int) -> bytes:
    event = b'{"id":"a","status":"active","progress":%d,"result":null}' % number
    return b'{"id":"s","type":"next","payload":{"data":{"job":%s}}}' % event


END = (
    b'{"id":"s","type":"next","payload":{"data":{"job":'
    b'{"id":"a","status":"completed","progress":3,"result":"done"}}}}'
)


def tally_of(*messages: bytes) -> Tally:
    """A tally that wants three steps of one subscriber, and has got these messages."""
    socket = WebSocket(b"", lambda *_: None)
    tally = Tally(RawPeer(), [socket], 3)
    socket.data_received(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
    for message in messages:
        socket.data_received(frame(0x81, message))
    return tally
