"""Calls that the parts of a process make on Valkey, in one stream on one connection.

A write is a system call here and one there: those made in one turn of the event loop share it, and
those made while it is under way share the next. But as long as that one waits for all replies, this
process and Valkey work in turns. So a long queue does not wait, nor does an eager process.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any

import hiredis
from redis.asyncio import Redis
from redis.exceptions import DataError, NoScriptError, ReadOnlyError, RedisError

from broadcaster.call import Call
from broadcaster.call_errors import CallErrors
from broadcaster.cancellation import raise_if_cancelled
from broadcaster.errors import BackendUnavailable
from broadcaster.patience import Patience
from broadcaster.replies_protocol import RepliesProtocol
from broadcaster.scripts import Script

# So many calls wait for nothing, not even the end of the turn: by then a write is little beside
# them, and Valkey can begin.
_ENOUGH = 8
# Under way at most: about 1,000 × 40 µs = 40 ms of Valkey's time.
_UNDER_WAY = 1_000
# What Valkey has not taken yet of what was written: more is written once it has.
_UNTAKEN_BYTES = 1024 * 1024
# About a second's worth of what one process can send; beyond it, callers are told to back off.
_WAITING = 20_000

# A connection that went silent without a word is given up after this; as the hub's.
_SILENCE = Patience(timedelta(seconds=4))

# A call is sent once more when its connection is lost: a server that restarts closes them all.
_SENDINGS = 2

_CLOSED = "The connection to Valkey is closed."


class ValkeyPipeline:
    """Runs scripts and commands on one Valkey. An async context manager."""

    def __init__(self, redis: Redis, *, eager: bool = False) -> None:
        """`eager`: send each call as it is made, for a process that has little to do without."""
        self._eager = eager
        self._pool: Any = redis.connection_pool  # its connections' methods are untyped
        self._in_their_types = redis.response_callbacks  # redis-py's, by command
        self._waiting: deque[Call] = deque()
        self._under_way: deque[Call] = deque()
        self._connection: Any = None  # the one that is open
        self._transport: Any = None
        self._protocol: RepliesProtocol | None = None
        self._asked_at = 0.0  # loop time when the oldest under way was sent, at the latest
        self._wanted = asyncio.Event()  # a connection is
        self._will_send = False
        self._tasks = asyncio.TaskGroup()
        self._closed = False
        self._errors = CallErrors()
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> ValkeyPipeline:
        await self._tasks.__aenter__()
        self._loop = asyncio.get_running_loop()
        self._running = self._tasks.create_task(self._run(), name="script-pipeline")
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closed = True
        if self._running is not None:
            self._running.cancel()
        await self._tasks.__aexit__(None, None, None)
        for call in (*self._under_way, *self._waiting):
            call.fail(BackendUnavailable(_CLOSED))

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
        call = Call(script, arguments, self._loop.create_future())
        self._waiting.append(call)
        self._send_soon()
        return call.reply

    def _send_soon(self) -> None:
        """Send what waits: now, at the end of this turn of the loop, or once that is possible."""
        if self._connection is None:
            self._wanted.set()
        elif self._eager or len(self._waiting) >= _ENOUGH:
            self._send()
        elif not self._will_send and not self._under_way:
            self._will_send = True
            self._loop.call_soon(self._send_in_turn)

    def _send_in_turn(self) -> None:
        self._will_send = False
        if self._connection is not None:
            self._send()

    def _send(self) -> None:
        if not self._under_way:
            self._asked_at = self._loop.time()
        elif self._transport.get_write_buffer_size() > _UNTAKEN_BYTES:
            return
        commands: list[bytes] = []
        while self._waiting and len(self._under_way) < _UNDER_WAY:
            call = self._waiting.popleft()
            if call.reply.cancelled():
                continue
            try:
                commands += self._connection.pack_command(*call.command())
            except DataError as exc:  # what cannot be sent
                call.fail(exc)
                continue
            call.sendings += 1
            self._under_way.append(call)
        if commands:
            self._transport.write(b"".join(commands))

    async def _run(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                with _SILENCE.limit():
                    connection = await self._pool.get_connection()
            except (RedisError, OSError) as exc:
                self._fail_all(exc)
                raise_if_cancelled()
                continue
            try:
                raise_if_cancelled()
                await self._serve(connection)
            except TimeoutError as exc:
                self._fail_all(exc)
            except (RedisError, OSError) as exc:
                self._start_over(exc)
            finally:
                self._connection = self._transport = self._protocol = None
                await connection.disconnect(nowait=True)
                await self._pool.release(connection)
            if self._waiting:
                self._wanted.set()

    async def _serve(self, connection: Any) -> None:
        """Send and receive until the connection is lost, and raise why."""
        self._transport = connection._writer.transport  # noqa: SLF001
        self._protocol = protocol = RepliesProtocol(self._transport, self._take)
        self._connection = connection
        self._send()
        await protocol.until_lost(
            _SILENCE.seconds, lambda: self._asked_at if self._under_way else None
        )

    def _take(self, reply: Any) -> None:
        if isinstance(reply, hiredis.PushNotification):
            return  # nobody's answer
        call = self._under_way.popleft()
        if isinstance(reply, Exception):
            self._take_error(call, reply)
        elif not call.reply.done():
            if call.script is None and (convert := self._in_their_types.get(call.name)):
                reply = convert(reply)
            call.reply.set_result(reply)
        if self._waiting:
            self._send_soon()

    def _take_error(self, call: Call, error: Exception) -> None:
        if isinstance(error, NoScriptError) and not call.whole:
            # A restart or a failover empties the script cache; EVAL fills it again.
            call.whole = True
            self._waiting.appendleft(call)
        elif isinstance(error, ReadOnlyError) and call.sendings < _SENDINGS:
            # No primary any more: who is will be asked when connecting.
            self._under_way.appendleft(call)
            if self._protocol is not None:
                self._protocol.fail(error)
        else:
            call.fail(self._errors.of_reply(error, call.name))

    def _start_over(self, exc: Exception) -> None:
        """Let what was under way be sent again, before all else; but not for ever."""
        while self._under_way:
            call = self._under_way.pop()
            if call.sendings < _SENDINGS:
                self._waiting.appendleft(call)
            else:
                call.fail(self._errors.of_silence(exc, call.name))

    def _fail_all(self, exc: Exception) -> None:
        for calls in (self._under_way, self._waiting):
            while calls:
                call = calls.popleft()
                call.fail(self._errors.of_silence(exc, call.name))
