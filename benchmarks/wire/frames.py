"""WebSocket frames as a client writes and reads them (RFC 6455, 5.2)."""

from __future__ import annotations

import zlib
from collections.abc import Callable

CONTINUATION, TEXT, CLOSE, PING, PONG = 0, 1, 8, 9, 10

# A client has to mask; by zero, the masked payload is the payload, and costs nothing.
_MASK = b"\0\0\0\0"
_MASKED = 0x80
_FINAL = 0x80
_WHOLE_TEXT = _FINAL | TEXT
_COMPRESSED = 0x40  # RSV1 of the first frame (RFC 7692, 6)

# What a sender leaves off the end of a compressed message (RFC 7692, 7.2.1).
_FLUSH = b"\0\0\xff\xff"


def client_frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """A whole message, or a control frame, of a client."""
    size = len(payload)
    if size < 126:
        head = bytes((_FINAL | opcode, _MASKED | size))
    elif size < 65536:
        head = bytes((_FINAL | opcode, _MASKED | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((_FINAL | opcode, _MASKED | 127)) + size.to_bytes(8, "big")
    return head + _MASK + payload


class FrameReader:
    """Splits what a server sends into messages, however it comes in pieces."""

    def __init__(self, on_text: Callable[[bytes], None], on_control: Callable[[int, bytes], None]):
        self.on_text = on_text
        self._on_control = on_control
        self._buffer = b""
        self._parts: list[bytes] = []
        self._inflate: zlib._Decompress | None = None  # that of the message which has begun
        self._window: zlib._Decompress | None = None

    def expect_deflate(self) -> None:
        """permessage-deflate was agreed on: messages may be compressed."""
        self._window = zlib.decompressobj(-zlib.MAX_WBITS)

    def feed(self, data: bytes) -> None:
        """Take bytes; calls back for each message that is whole now, in order."""
        if self._buffer:
            data = self._buffer + data
        elif len(data) > 2 and data[0] == _WHOLE_TEXT and len(data) - 2 == data[1] < 126:
            self.on_text(data[2:])  # one small message, as mostly
            return
        position, available = 0, len(data)
        while available - position >= 2:
            size, start = data[position + 1], position + 2
            if size == 126:
                if available < start + 2:
                    break
                size, start = int.from_bytes(data[start : start + 2], "big"), start + 2
            elif size == 127:
                if available < start + 8:
                    break
                size, start = int.from_bytes(data[start : start + 8], "big"), start + 8
            end = start + size
            if available < end:
                break
            if data[position] == _WHOLE_TEXT:
                self.on_text(data[start:end])
            else:
                self._take(data[position], data[start:end])
            position = end
        self._buffer = data[position:]

    def _take(self, head: int, payload: bytes) -> None:
        opcode = head & 0x0F
        if opcode >= CLOSE:
            self._on_control(opcode, payload)
            return
        if opcode != CONTINUATION:
            self._parts = []
            self._inflate = self._window if head & _COMPRESSED else None
        self._parts.append(payload)
        if head & _FINAL:
            whole = b"".join(self._parts)
            if self._inflate is not None:
                whole = self._inflate.decompress(whole + _FLUSH)
            self.on_text(whole)
