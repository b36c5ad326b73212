"""`WebSocket`: a client's connection, as cheap as Python has it."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import cast

from benchmarks.wire.frames import CLOSE, PING, PONG, FrameReader, client_frame
from benchmarks.wire.http import request

# A thousand handshakes wait for one another; the slowest server needs 4 ms for each.
OPEN_SECONDS = 60.0

_NORMAL_CLOSURE = (1000).to_bytes(2, "big")


class WebSocket(asyncio.Protocol):
    """A connection. Answers pings."""

    def __init__(self, handshake: bytes, on_text: Callable[[WebSocket, bytes], None]) -> None:
        self.closed = False
        self.close_reason = ""  # the code and what the server said, once it has closed
        self.compressed = False  # whether permessage-deflate was agreed on
        # What it is used for, kept here since a dict by socket costs more for each message.
        self.user = ""
        self.job = ""
        self.arrivals: list[int] = []  # of each step: nanoseconds on the monotonic clock
        self._handshake = handshake
        self._head = b""
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._frames = FrameReader(partial(on_text, self), self._control)
        self._receive = self._shake_hands

    @classmethod
    async def open(
        cls,
        port: int,
        path: str,
        on_text: Callable[[WebSocket, bytes], None],
        *,
        subprotocol: str = "",
        deflate: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> WebSocket:
        """Connect to a server on this machine; `on_text` hears it from the first message on.

        Raises:
            ConnectionError: It refused.
        """
        fields = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            **({"Sec-WebSocket-Protocol": subprotocol} if subprotocol else {}),
            **(headers or {}),
        }
        if deflate:  # as every browser does
            fields["Sec-WebSocket-Extensions"] = "permessage-deflate; client_max_window_bits"
        handshake = request("GET", path, port, headers=fields)
        _, socket = await asyncio.get_running_loop().create_connection(
            lambda: cls(handshake, on_text), "127.0.0.1", port
        )
        async with asyncio.timeout(OPEN_SECONDS):
            await socket._opened
        return socket

    def listen(self, on_text: Callable[[bytes], None]) -> None:
        """From now on, call this with each message's payload."""
        self._frames.on_text = on_text

    def send(self, payload: bytes) -> None:
        """Send a text message."""
        self._transport.write(client_frame(payload))

    def close(self) -> None:
        """Say goodbye, and close."""
        if not self._transport.is_closing():
            self._transport.write(client_frame(_NORMAL_CLOSURE, CLOSE))
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._handshake)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        if not self._opened.done():
            self._opened.set_exception(ConnectionError("closed during the handshake"))

    def data_received(self, data: bytes) -> None:
        self._receive(data)

    def _shake_hands(self, data: bytes) -> None:
        head, found, rest = (self._head + data).partition(b"\r\n\r\n")
        if not found:
            self._head = head
            return
        if not head.startswith(b"HTTP/1.1 101"):
            self._opened.set_exception(ConnectionError(head.split(b"\r\n")[0].decode()))
            self._transport.close()
            return
        if b"permessage-deflate" in head.lower():
            self.compressed = True
            self._frames.expect_deflate()
        self._opened.set_result(None)
        self._receive = self._frames.feed
        if rest:
            self._receive(rest)

    def _control(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self._transport.write(client_frame(payload, PONG))
        elif opcode == CLOSE:
            code = int.from_bytes(payload[:2], "big")
            self.close_reason = f"{code} {payload[2:].decode(errors='replace')}"
            self._transport.close()
