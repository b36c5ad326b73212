"""`OneWriteCycle`: a request whose answer leaves in one piece, head and body together."""

from __future__ import annotations

from functools import lru_cache

from uvicorn._types import ASGISendEvent, HTTPResponseStartEvent
from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    RequestResponseCycle,
)

_Headers = tuple[tuple[bytes, bytes], ...]

# Answers of a moment have the same date, and one of a few sizes. About 256 KiB.
_HEADS_KEPT = 256


class OneWriteCycle(RequestResponseCycle):
    """uvicorn's, but the head waits for the first piece of the body.

    ASGI leaves that to the server ("Response Start"). Written apart, the two are two system calls
    of 8 µs; to look at each header anew takes another 8 of an answer.
    """

    _start: HTTPResponseStartEvent | None = None  # what was not written yet

    async def send(self, message: ASGISendEvent) -> None:
        """Write what there is to write; ASGI's `send`.

        Raises:
            RuntimeError: The application's answer is none that HTTP allows.
        """
        if message["type"] == "http.response.start" and not self.response_started:
            self._start = message
            return
        start, self._start = self._start, None
        if start is not None:
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                body = message.get("body", b"")
                head = self._head(start, len(body))
                if head is not None:
                    self._answer(head + body)
                    return
            await super().send(start)
        await super().send(message)

    def _head(self, start: HTTPResponseStartEvent, body_bytes: int) -> bytes | None:
        """The whole head; None: uvicorn has to see to this answer."""
        if (
            self.flow.write_paused
            or self.disconnected
            or not self.keep_alive
            or self.access_log
            or self.scope["method"] == "HEAD"
        ):
            return None
        headers: _Headers = (*self.default_headers, *start.get("headers", ()))
        head, announced = _plain_head(start["status"], headers)
        return head if announced == body_bytes else None

    def _answer(self, whole: bytes) -> None:
        """As uvicorn does it, from the first to the last message."""
        self.response_started = True
        self.waiting_for_100_continue = False
        self.transport.write(whole)
        self.response_complete = True
        self.message_event.set()
        self.on_response()


@lru_cache(maxsize=_HEADS_KEPT)
def _plain_head(status: int, headers: _Headers) -> tuple[bytes, int | None]:
    """The head's bytes, and the size of the body that follows; None: more is to be considered."""
    sizes = []
    lines = [STATUS_LINE[status]]
    for given, value in headers:
        name = given.lower()
        if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
            return b"", None
        if name in {b"connection", b"transfer-encoding"}:
            return b"", None
        if name == b"content-length":
            sizes.append(int(value))
        lines += [name, b": ", value, b"\r\n"]
    return b"".join([*lines, b"\r\n"]), sizes[0] if len(sizes) == 1 else None
