"""Calls of one moment, sent to Valkey together, on one connection.

What a call costs is mostly redis-py's work per command and per round trip. Calls made while
an earlier batch is under way wait for it and then leave as one pipeline.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import (
    BusyLoadingError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)

from broadcaster.cancellation import raise_if_cancelled
from broadcaster.errors import BackendFull, BackendUnavailable, in_words
from broadcaster.patience import Patience
from broadcaster.refusals import Refusals
from broadcaster.scripts import Script
from broadcaster.sending import send

# A batch holds up Valkey's other clients for about 256 × 20 µs = 5 ms at most.
_BATCH = 256
# About a second's worth of what one process can send; beyond it, callers are told to back off.
_WAITING = 20_000


# A connection that went silent without a word is given up after this; as the hub's.
_SILENCE = Patience(timedelta(seconds=4))

_SCRIPTS = frozenset({"EVAL", "EVALSHA"})

_CLOSED = "The connection to Valkey is closed."

# Replies that speak of the server's state just now, not of the call.
_NOT_NOW = ("BUSY", "LOADING", "MASTERDOWN", "MISCONF", "CLUSTERDOWN", "TRYAGAIN")


@dataclass(slots=True)
class _Call:
    script: Script | None
    arguments: tuple[Any, ...]
    reply: asyncio.Future[Any]

    @property
    def name(self) -> str:
        """The script's, or the command's."""
        return self.script.name if self.script is not None else str(self.arguments[0])

    def command(self, *, whole: bool) -> tuple[Any, ...]:
        """The command to send; `whole`: with the script's text, not its digest."""
        if self.script is None:
            return self.arguments
        if whole:
            return ("EVAL", self.script.source, *self.arguments)
        return ("EVALSHA", self.script.sha, *self.arguments)


class ValkeyPipeline:
    """Runs scripts and commands on one Valkey, in batches. An async context manager."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis  # its raw command methods are untyped
        self._waiting: deque[_Call] = deque()
        self._work = asyncio.Event()
        self._tasks = asyncio.TaskGroup()
        self._closed = False
        self._refusals = Refusals()
        self._loop_task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> ValkeyPipeline:
        await self._tasks.__aenter__()
        self._loop_task = self._tasks.create_task(self._send_batches(), name="script-pipeline")
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closed = True
        if self._loop_task is not None:
            self._loop_task.cancel()
        await self._tasks.__aexit__(None, None, None)
        while self._waiting:
            _fail(self._waiting.popleft(), BackendUnavailable(_CLOSED))

    async def call(self, script: Script, keys: Sequence[str], *arguments: Any) -> Any:
        """Run `script` with `keys` as KEYS and `arguments` as ARGV.

        Calls of one task keep their order. Cancelling the caller does not take back a call
        that was already sent.

        Raises:
            BackendUnavailable: No answer; the script may or may not have run.
            BackendFull: Valkey is out of memory and ran nothing.
        """
        return await self._queue(script, (len(keys), *keys, *arguments))

    async def command(self, *arguments: Any) -> Any:
        """Run one command that does not block. Order and errors are those of `call`."""
        return await self._queue(None, arguments)

    async def commands(self, commands: Iterable[Sequence[Any]]) -> list[Any]:
        """`command` for each of them; they share their round trip. Raises the first error."""
        replies = [self._queue(None, tuple(command)) for command in commands]
        if not replies:
            return []
        try:
            await asyncio.wait(replies)
        except asyncio.CancelledError:
            for reply in replies:  # nobody will ask for what became of them
                reply.cancel()
            raise
        errors = [error for reply in replies if (error := reply.exception())]
        if errors:
            raise errors[0]
        return [reply.result() for reply in replies]

    def _queue(self, script: Script | None, arguments: tuple[Any, ...]) -> asyncio.Future[Any]:
        if self._closed:
            raise BackendUnavailable(_CLOSED)
        if len(self._waiting) >= _WAITING:
            raise BackendUnavailable("Too many calls wait for Valkey; try again later.")
        reply: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Call(script, arguments, reply))
        self._work.set()
        return reply

    async def _send_batches(self) -> None:
        while True:
            await self._work.wait()
            while self._waiting:
                size = min(_BATCH, len(self._waiting))
                await self._send([self._waiting.popleft() for _ in range(size)])
                raise_if_cancelled()
            self._work.clear()

    async def _send(self, batch: list[_Call]) -> None:
        batch = [call for call in batch if not call.reply.cancelled()]
        try:
            with _SILENCE.limit():
                replies = await self._execute(batch)
            unknown = [i for i, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
            if unknown:
                # A restart or a failover empties the script cache; EVAL fills it again.
                again = await self._execute([batch[i] for i in unknown], whole=True)
                for i, reply in zip(unknown, again, strict=True):
                    replies[i] = reply
        except (RedisError, OSError, asyncio.CancelledError) as exc:
            for call in batch:
                _fail(call, self._no_answer(call, exc), cause=exc)
            if isinstance(exc, asyncio.CancelledError):
                raise
            return
        for call, reply in zip(batch, replies, strict=True):
            self._settle(call, reply)

    async def _execute(self, batch: list[_Call], *, whole: bool = False) -> list[Any]:
        commands = [call.command(whole=whole) for call in batch]
        # Not by redis-py's own pipeline, whose bookkeeping takes 60 µs of each round trip.
        pool = self._redis.connection_pool
        connection = await pool.get_connection()
        try:

            async def round_trip() -> list[Any]:
                await send(connection, connection.pack_commands(commands))
                return [await self._reply(connection, command[0]) for command in commands]

            async def start_over(_: Exception) -> None:
                await connection.disconnect()

            replies: list[Any] = await connection.retry.call_with_retry(round_trip, start_over)
            return replies
        finally:
            await pool.release(connection)

    async def _reply(self, connection: Any, name: str) -> Any:
        try:
            if name in _SCRIPTS:
                return await connection.read_response()
            return await self._redis.parse_response(connection, name)  # in redis-py's types
        except ResponseError as exc:
            return exc

    def _settle(self, call: _Call, reply: Any) -> None:
        if isinstance(reply, OutOfMemoryError):
            _fail(call, BackendFull("Valkey is out of memory; nothing was stored."), cause=reply)
        elif isinstance(reply, BusyLoadingError | ReadOnlyError) or (
            isinstance(reply, ResponseError) and str(reply).startswith(_NOT_NOW)
        ):
            _fail(call, BackendUnavailable("Valkey cannot serve just now."), cause=reply)
        elif isinstance(reply, Exception):
            refusal = self._refusals.found_in(reply, call.name)
            _fail(call, refusal or reply, cause=reply if refusal else None)
        elif not call.reply.done():
            call.reply.set_result(reply)

    def _no_answer(self, call: _Call, exc: BaseException) -> BackendUnavailable:
        refusal = self._refusals.found_in(exc, call.name)
        return refusal or BackendUnavailable(f"Valkey did not answer ({in_words(exc)}).")


def _fail(call: _Call, error: Exception, cause: BaseException | None = None) -> None:
    if not call.reply.done():
        error.__cause__ = cause
        call.reply.set_exception(error)
