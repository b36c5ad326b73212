"""`Outlet`: where the messages for one client go, and payloads that many of them share."""

from __future__ import annotations

from abc import ABC, abstractmethod

import orjson

from jobcast.websocket.frames import text_head

# What a close may wait for a client that has read nothing for the stall time as it is.
CLOSE_SECONDS = 1.0

_BEGIN = b'{"type":"next","payload":'


def tail_of(id: str) -> bytes:
    """The end of an operation's `next` messages (see `SharedPayload`)."""
    return b',"id":%b}' % orjson.dumps(id)


class SharedPayload:
    """The payload of a `next` message, made once for all who are to have it.

    What differs between them is the message's end, its *tail*: `,"id":"…"}`, made once an
    operation. All before the tail, the frame's head included, is the same bytes object for all
    whose tails are of one length.
    """

    __slots__ = ("_begin", "_framed")

    def __init__(self, payload: bytes) -> None:
        """Take the payload as JSON."""
        self._begin = _BEGIN + payload
        self._framed: dict[int, bytes] = {}  # by the tail's length

    def __len__(self) -> int:
        return len(self._begin)

    @property
    def json(self) -> bytes:
        """The payload alone."""
        return self._begin[len(_BEGIN) :]

    def message(self, tail: bytes) -> bytes:
        """The whole message, not framed."""
        return self._begin + tail

    def framed(self, tail_bytes: int) -> bytes:
        """A WebSocket frame, but for its last `tail_bytes` bytes."""
        framed = self._framed.get(tail_bytes)
        if framed is None:
            framed = text_head(len(self._begin) + tail_bytes) + self._begin
            self._framed[tail_bytes] = framed
        return framed


class Outlet(ABC):
    """One connection, as those see it who have something for its client.

    Messages arrive in the order in which they were sent. What is sent once the connection closes
    goes nowhere: whoever has to know is told by `until_writable`, or cancelled.

    Attributes:
        writable: False while the client has to read first, or when it is gone. Sending goes on
            working, but what is sent then has to be kept in memory.
    """

    __slots__ = ()

    writable: bool

    @abstractmethod
    def send(self, message: bytes) -> None:
        """Send one message, which is JSON. Never blocks."""

    @abstractmethod
    def send_payload(self, payload: SharedPayload, tail: bytes) -> None:
        """Send a `next` message; `tail` is as `SharedPayload` has it. Never blocks."""

    @abstractmethod
    async def until_writable(self) -> None:
        """Return when the client has read what waited for it; at once if nothing does.

        Raises:
            ConnectionClosed: It read nothing for the stall time; close with that.
            ClientLeft: The connection is closed, or about to be.
        """

    @abstractmethod
    def close(self, code: int, reason: str) -> None:
        """Close after all that was sent; a client that does not read the close is cut off.

        Closing again does nothing.
        """
