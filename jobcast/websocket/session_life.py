"""`SessionLife`: what runs for one connection, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from jobcast.auth.authenticator import Authenticator
from jobcast.connection_limits import ConnectionLimits
from jobcast.execution import Executor
from jobcast.live.subscriptions import LiveSubscriptions
from jobcast.request_errors import masked_fault
from jobcast.websocket.connection import Connection
from jobcast.websocket.protocol import ClientLeft, CloseCode, ConnectionClosed
from jobcast.websocket.session_tasks import SessionTasks
from resolvers.context import Context, Viewer
from tasks.watch_links import WatchLink

MakeContext = Callable[[Viewer, str | None, Mapping[str, str]], Context]
Revoked = Callable[[WatchLink], Awaitable[None]]  # returns once the link is
Later = Callable[[], Awaitable[None]]  # the rest of what a message asks for


class Running(Protocol):
    """What runs for the client, and ends by itself, or when it is cancelled."""

    def cancel(self) -> object:
        """Send nothing more, and give back what it holds."""


@dataclass(frozen=True, slots=True)
class ConnectionRules:
    """What a connection may do, from the settings."""

    init_timeout: timedelta
    subscriptions: int
    messages_per_second: int


@dataclass(frozen=True, slots=True)
class SessionParts:
    """What all sessions share. What they start runs in `tasks`."""

    executor: Executor
    live: LiveSubscriptions
    authenticator: Authenticator
    revoked: Revoked
    make_context: MakeContext
    limits: ConnectionLimits
    rules: ConnectionRules
    tasks: SessionTasks


class SessionLife:
    """Whatever is started here ends with the connection, or ends it by failing."""

    __slots__ = (
        "_connection",
        "_operations",
        "_over",
        "_parts",
        "_revocation",
        "_step",
        "_timer",
        "_viewer",
    )

    def __init__(self, connection: Connection, parts: SessionParts) -> None:
        self._connection = connection
        self._parts = parts
        self._viewer: Viewer | None = None  # counted in the limits while it is set
        self._operations: dict[str, Running] = {}  # by the client's ids
        self._step: Running | None = None  # what the last message waits for
        self._revocation: Running | None = None  # of the viewer's watch link
        self._timer: asyncio.TimerHandle | None = None
        self._over = False

    def _start(self, work: Later) -> Running:
        """Run `work` until it ends, or the connection does.

        Raises:
            ClientLeft: It has ended already.
            ConnectionClosed: The process is about to end.
        """
        if self._over:
            raise ClientLeft
        return self._parts.tasks.start(self._guarded(work))

    async def _guarded(self, work: Later) -> None:
        try:
            await work()
        except Exception as exc:  # noqa: BLE001 - logged there, under the reference
            self._close_because_of(exc)

    def _set_timer(self, seconds: float | None, call: Callable[[], None] | None = None) -> None:
        """Have `call` called; nothing else that was to be called will be."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds is not None and call is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, call)

    def _close_because_of(self, exc: Exception) -> None:
        match exc:
            case ConnectionClosed():
                self._close(exc.code, exc.reason)
            case ClientLeft():
                pass  # the connection says so itself
            case _:
                reference = masked_fault(exc)["extensions"].get("correlationId", "unavailable")
                self._close(
                    CloseCode.INTERNAL_ERROR, f"Internal server error, reference {reference}"
                )

    def _close(self, code: CloseCode, reason: str) -> None:
        """End, and tell the client why."""
        self._end()
        self._connection.close(code, reason)

    def _end(self) -> None:
        """End all that was started, and give back what it held."""
        if self._over:
            return
        self._over = True
        self._set_timer(None)
        for running in (self._step, self._revocation, *self._operations.values()):
            if running is not None:
                running.cancel()
        self._operations.clear()
        if self._viewer is not None:
            self._parts.limits.leave(self._viewer.id)
