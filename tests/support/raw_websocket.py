"""A WebSocket without a client: a socket on which a test writes what it likes."""

from __future__ import annotations

from socket import SO_RCVBUF, SOL_SOCKET, socket

from websockets.frames import Frame, Opcode

WAIT_SECONDS = 30.0

_HANDSHAKE = (
    b"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)


def raw_websocket(port: int, *, receive_bytes: int | None = None) -> socket:
    """A connection after its handshake; the system keeps `receive_bytes` of what is not read."""
    plain = socket()
    plain.settimeout(WAIT_SECONDS)
    if receive_bytes is not None:
        plain.setsockopt(SOL_SOCKET, SO_RCVBUF, receive_bytes)
    plain.connect(("127.0.0.1", port))
    plain.sendall(_HANDSHAKE)
    answer = plain.recv(4096)
    if b" 101 " not in answer:
        plain.close()
        raise ConnectionRefusedError(answer)
    return plain


def frame(opcode: Opcode, data: bytes, *, fin: bool = True) -> bytes:
    """As a client sends it."""
    return Frame(opcode, data, fin).serialize(mask=True)


def close_code(received: bytes) -> int:
    """That of the last frame, which closes."""
    begin = received.rindex(b"\x88")
    return int.from_bytes(received[begin + 2 : begin + 4])
