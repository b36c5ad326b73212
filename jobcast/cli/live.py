"""`follow`: one job's events over a WebSocket, resumed by cursor when the connection drops."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from jobcast.cli.api import EXIT_UNREACHABLE
from jobcast.errors import ClientError

SUBPROTOCOL = Subprotocol("graphql-transport-ws")

# Close codes of graphql-transport-ws after which the same attempt would end the same way.
_REFUSALS = {
    4400: "It did not understand the command line's message.",
    4401: "It wants a valid token: --token or JOBCAST_TOKEN.",
    4403: "The token is not valid, or no longer.",
    4406: "It does not speak graphql-transport-ws.",
}

_FIRST_PAUSE = 0.1  # seconds; doubles
_LONGEST_PAUSE = 5.0
_ANSWER_TIMEOUT = 10.0  # seconds for the handshake, and for the acknowledgement


async def follow(
    url: str,
    token: str | None,
    document: str,
    job_id: str,
    *,
    after: str | None,
    patience: timedelta,
    on_drop: Callable[[str], None],
) -> AsyncIterator[dict[str, Any]]:
    """Yield the job's events until the server completes the subscription.

    After a dropped connection it goes on behind the last event that was yielded, so that none
    is missed or given twice.

    Args:
        url: The API's address; `http` becomes `ws`.
        token: Presented in `connection_init`.
        document: A subscription with the variables `$id` and `$after`.
        job_id: The job.
        after: The cursor to start behind; None starts with a snapshot.
        patience: How long to try to come back.
        on_drop: Told the reason of each dropped connection.

    Raises:
        ClientError: The server refuses, or could not be reached for `patience`.
    """
    clock = asyncio.get_running_loop().time
    alive_at, pause = clock(), _FIRST_PAUSE
    while True:
        reason = ""
        try:
            async with connect(
                _websocket_url(url),
                subprotocols=[SUBPROTOCOL],
                open_timeout=_ANSWER_TIMEOUT,
                additional_headers={"Authorization": f"Bearer {token}"} if token else None,
                max_size=None,  # the server is trusted to keep its results within reason
            ) as socket:
                await _sign_in(socket, token)
                variables = {"id": job_id, "after": after}
                await _send(
                    socket, "subscribe", {"query": document, "variables": variables}, id="1"
                )
                async for message in _messages(socket):
                    if message["type"] == "complete":
                        return
                    event = _event(message)
                    alive_at, pause, after = clock(), _FIRST_PAUSE, event["cursor"]
                    yield event
        except ConnectionClosed as exc:
            code = exc.rcvd.code if exc.rcvd else None
            if code in _REFUSALS:
                raise ClientError(f"{url} refuses. {_REFUSALS[code]}", 2) from exc
            reason = f"closed with {code}" if code else "connection lost"
        except InvalidStatus as exc:
            status = exc.response.status_code
            if status < 500:
                raise ClientError(f"{url} refuses the WebSocket: HTTP {status}.", 2) from exc
            reason = f"HTTP {status}"
        except (OSError, InvalidHandshake, TimeoutError) as exc:
            reason = str(exc) or type(exc).__name__
        if clock() - alive_at > patience.total_seconds():
            raise ClientError(
                f"Cannot reach {url}: {reason}. The job goes on; watch it again with "
                f"jobcast watch {job_id}",
                EXIT_UNREACHABLE,
            )
        on_drop(reason)
        await asyncio.sleep(pause * random.uniform(0.5, 1))
        pause = min(pause * 2, _LONGEST_PAUSE)


async def _sign_in(socket: ClientConnection, token: str | None) -> None:
    await _send(socket, "connection_init", {"authorization": f"Bearer {token}"} if token else {})
    async with asyncio.timeout(_ANSWER_TIMEOUT):
        async for message in _messages(socket):
            if message["type"] == "connection_ack":
                return


async def _messages(socket: ClientConnection) -> AsyncIterator[dict[str, Any]]:
    while True:
        message = json.loads(await socket.recv())
        if message["type"] == "ping":
            await _send(socket, "pong", message.get("payload"))
        elif message["type"] != "pong":
            yield message


async def _send(
    socket: ClientConnection, kind: str, payload: Any = None, *, id: str | None = None
) -> None:
    message: dict[str, Any] = {"type": kind}
    if id is not None:
        message["id"] = id
    if payload is not None:
        message["payload"] = payload
    await socket.send(json.dumps(message))


def _event(message: dict[str, Any]) -> dict[str, Any]:
    errors = message["payload"] if message["type"] == "error" else message["payload"].get("errors")
    if errors:
        raise ClientError("\n".join(str(error.get("message")) for error in errors))
    event: dict[str, Any] = message["payload"]["data"]["job"]
    return event


def _websocket_url(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(scheme="wss" if parts.scheme == "https" else "ws"))
