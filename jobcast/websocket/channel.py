"""A WebSocket as a channel of JSON messages."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from jobcast.client_json import NotJson, read_json
from jobcast.websocket.protocol import ClientLeft, CloseCode, ConnectionClosed

# An ASGI extension of our server (jobcast.server); under another one, closing has to do.
ABORT = "jobcast.abort"

# A close reason may have 123 bytes of UTF-8 (RFC 6455, section 5.5).
REASON_BYTES = 123

# What a close may wait for a client that has read nothing for the stall time as it is.
CLOSE_SECONDS = 1.0


class MessageChannel:
    """Sends and receives messages; a client that reads nothing for too long is given up."""

    def __init__(self, websocket: WebSocket, *, message_bytes: int, stall: timedelta) -> None:
        self._websocket = websocket
        self._message_bytes = message_bytes
        self._stall_seconds = stall.total_seconds()

    async def receive(self) -> dict[str, Any]:
        """The next message.

        Raises:
            ConnectionClosed: It is not a JSON object, or too large.
            ClientLeft: There will be none.
        """
        event = await self._websocket.receive()
        if event["type"] == "websocket.disconnect":
            raise ClientLeft
        text = event.get("text")
        if text is None:
            raise ConnectionClosed(CloseCode.BAD_REQUEST, "Messages must be text")
        # Every character takes at least a byte, so the cheap check comes first.
        if len(text) > self._message_bytes or len(text.encode()) > self._message_bytes:
            raise ConnectionClosed(CloseCode.BAD_REQUEST, "The message is too large")
        try:
            message = read_json(text)
        except NotJson as exc:
            raise ConnectionClosed(CloseCode.BAD_REQUEST, f"Messages must be JSON. {exc}") from exc
        if not isinstance(message, dict):
            raise ConnectionClosed(CloseCode.BAD_REQUEST, "Messages must be JSON objects")
        return message

    async def send(self, message: Mapping[str, Any]) -> None:
        """Send a message; waits while the client does not read.

        Raises:
            ConnectionClosed: It read nothing for the stall time.
            ClientLeft: It is gone.
        """
        try:
            async with asyncio.timeout(self._stall_seconds):
                await self._websocket.send_text(orjson.dumps(message).decode())
        except TimeoutError:
            raise ConnectionClosed(CloseCode.TIMEOUT, "The client reads nothing") from None
        except (WebSocketDisconnect, RuntimeError, OSError) as exc:
            raise ClientLeft from exc  # starlette and uvicorn each say it in their way

    async def close(self, code: CloseCode, reason: str) -> None:
        """Close with a code; a client that does not even read that is cut off."""
        cut = reason.encode()[:REASON_BYTES].decode(errors="ignore")
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._websocket.close(code, cut)
        except TimeoutError:
            # Not even the close gets through. Without this the socket would stay until TCP
            # gives up, a quarter of an hour later.
            abort = (self._websocket.scope.get("extensions") or {}).get(ABORT)
            if abort is not None:
                abort["abort"]()
        except (WebSocketDisconnect, RuntimeError, OSError):
            pass  # it is gone already
