"""A process's one pub/sub connection to Valkey, whatever the number of subscribers.

It speaks on a connection of redis-py's pool, not through its `PubSub`: that one reconnects by
itself in the middle of a call, and messages missed by it would go unnoticed.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict, deque
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from broadcaster.cancellation import raise_if_cancelled
from broadcaster.errors import in_words
from broadcaster.registry import Entry, Registry
from broadcaster.reminder import Reminder
from broadcaster.replies_protocol import RepliesProtocol
from broadcaster.sending import send

logger = logging.getLogger("jobcast.broadcaster")

# A dead peer that sends no reset is noticed after PING_SECONDS + SILENCE_SECONDS at most.
PING_SECONDS = 2.0
SILENCE_SECONDS = 4.0

# Subscribers are to see events again within 1 s of Valkey's return.
RECONNECT_SECONDS = 0.1
RECONNECT_CAP_SECONDS = 0.3

# Channel names in one write: about 40 KiB on the wire, so the server answers others between.
_NAMES_AT_ONCE = 500


class Hub:
    """Keeps Valkey's subscriptions equal to the registry's entries, over every reconnect.

    Each SUBSCRIBE is answered by one acknowledgement a channel, in order. An acknowledgement
    for an entry that had one before means a new connection: its receivers are disturbed.
    """

    def __init__(self, redis: Redis) -> None:
        self._pool: Any = redis.connection_pool  # its connections' methods are untyped
        self.registry = Registry(self._subscribe, self._unsubscribe)
        self._stopped = False
        self._outage = Reminder()
        self._commands: deque[tuple[str, Entry]] = deque()
        self._has_commands = asyncio.Event()
        self._unacknowledged: defaultdict[str, deque[Entry]] = defaultdict(deque)

    def stop(self) -> None:
        """Say that `run` will be cancelled: redis-py may drop that while it connects."""
        self._stopped = True

    async def run(self) -> None:
        """Stay connected until stopped and cancelled."""
        loop = asyncio.get_running_loop()
        wait = RECONNECT_SECONDS
        while True:
            try:
                # A server may take the connection and then say nothing.
                async with asyncio.timeout(SILENCE_SECONDS):
                    connection = await self._pool.get_connection()
            except (RedisError, OSError) as exc:
                self._tell("Cannot subscribe to Valkey yet: %s", exc)
                await asyncio.sleep(wait)
                wait = min(RECONNECT_CAP_SECONDS, wait * 2)
                continue
            connected = loop.time()
            try:
                if self._stopped:
                    return
                await self._serve(connection)
            except* (RedisError, OSError) as group:
                if loop.time() - connected >= PING_SECONDS:
                    self._outage.over()  # it was good: this is another one
                self._tell("Lost the subscription to Valkey: %s", group.exceptions[0])
            finally:
                await connection.disconnect(nowait=True)
                await self._pool.release(connection)
            if loop.time() - connected >= PING_SECONDS:
                wait = RECONNECT_SECONDS
            # A server may accept and refuse at once (no right to subscribe): do not hammer it.
            await asyncio.sleep(wait)
            wait = min(RECONNECT_CAP_SECONDS, wait * 2)

    def _tell(self, what: str, exc: BaseException) -> None:
        """Log it at the beginning of an outage, and now and then while it lasts."""
        if self._outage.is_due():
            logger.warning(what, in_words(exc))

    async def _serve(self, connection: Any) -> None:
        # All that is wanted is asked for anew; commands from before this connection are moot.
        self._commands.clear()
        self._unacknowledged.clear()
        for entry in self.registry.entries.values():
            self._subscribe(entry)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._write(connection))
            tasks.create_task(self._ping(connection))
            tasks.create_task(self._read(connection))

    async def _write(self, connection: Any) -> None:
        while True:
            await self._has_commands.wait()
            self._has_commands.clear()
            while self._commands:
                # One write for all, although clients come and go: each costs a system call.
                commands: list[tuple[str, ...]] = []
                room = _NAMES_AT_ONCE
                while self._commands and room:
                    commands.append(self._next_command(room))
                    room -= len(commands[-1]) - 1
                await _send(connection, *commands)

    def _next_command(self, most: int) -> tuple[str, ...]:
        """The next command, for as many channels as wanted it one after the other."""
        command = self._commands[0][0]
        names: list[str] = []
        while self._commands and self._commands[0][0] == command and len(names) < most:
            _, entry = self._commands.popleft()
            names.append(entry.name)
            if command == "SUBSCRIBE":
                self._unacknowledged[entry.name].append(entry)
        return (command, *names)

    async def _ping(self, connection: Any) -> None:
        while True:
            await _send(connection, ("PING",))
            await asyncio.sleep(PING_SECONDS)

    async def _read(self, connection: Any) -> None:
        protocol = RepliesProtocol(connection._writer.transport, self._take)  # noqa: SLF001
        began = protocol.heard_at
        await protocol.until_lost(SILENCE_SECONDS, lambda: began)  # there are pings

    def _take(self, reply: Any) -> None:
        if isinstance(reply, Exception):
            raise reply
        if not isinstance(reply, list):
            return  # a PING's answer
        if reply[0] == b"message":
            self.registry.dispatch(reply[1].decode(), reply[2])
        elif reply[0] == b"subscribe":
            self._acknowledged(reply[1].decode())

    def _acknowledged(self, name: str) -> None:
        waiting = self._unacknowledged.get(name)
        if waiting:
            self.registry.acknowledge(waiting.popleft())
        if not waiting:
            self._unacknowledged.pop(name, None)

    def _subscribe(self, entry: Entry) -> None:
        self._commands.append(("SUBSCRIBE", entry))
        self._has_commands.set()

    def _unsubscribe(self, entry: Entry) -> None:
        self._commands.append(("UNSUBSCRIBE", entry))
        self._has_commands.set()


async def _send(connection: Any, *commands: tuple[str, ...]) -> None:
    await send(connection, connection.pack_commands(commands), check_health=False)
    raise_if_cancelled()
