"""The broadcaster on Valkey or Redis: history in lists, delivery by pub/sub."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, nullcontext
from functools import cache
from types import TracebackType
from typing import Any, Self

from redis.asyncio import Redis

from broadcaster.broadcaster import ANSWER, Broadcaster
from broadcaster.errors import BackendUnavailable, ChannelNotFound
from broadcaster.events import Event, History, Kind, Position, ResetReason
from broadcaster.feed import Changes, FeedWatch
from broadcaster.hub import Hub
from broadcaster.lua import source
from broadcaster.pipeline import ValkeyPipeline
from broadcaster.scripts import Script, compose
from broadcaster.silence import SilenceWatch

# A page of history: what one slow subscriber makes the process hold while it reads on.
PAGE_EVENTS = 200
PAGE_BYTES = 256 * 1024


class ValkeyBroadcaster(Broadcaster):
    """One pub/sub connection for the process; reads and writes on the client's pool."""

    def __init__(self, redis: Redis, pipeline: ValkeyPipeline | None = None) -> None:
        """Take part in an open `pipeline`, so that calls of a moment are one write; or have one."""
        self._pipeline = pipeline or ValkeyPipeline(redis)
        self._opened: Any = self._pipeline if pipeline is None else nullcontext()
        self._hub = Hub(redis)
        super().__init__(self._hub.registry)
        self._tasks = asyncio.TaskGroup()
        self._running: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self._opened.__aenter__()
        await self._tasks.__aenter__()
        silence = SilenceWatch(self.registry, self)
        self._running = [
            self._tasks.create_task(self._hub.run(), name="broadcaster-hub"),
            self._tasks.create_task(silence.run(), name="broadcaster-silence"),
        ]
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._hub.stop()
        for task in self._running:
            task.cancel()
        await self._tasks.__aexit__(None, None, None)
        await self._opened.__aexit__(None, None, None)

    async def publish(
        self,
        channel: str,
        payload: bytes,
        *,
        kind: Kind = Kind.NORMAL,
        feeds: Sequence[str] = (),
    ) -> Position:
        # 32 bits tell two histories of one channel apart.
        raw = await self._run("publish", [channel, *feeds], secrets.token_hex(4), kind, payload)
        return Event.decode(raw).position

    async def read(self, channel: str, after: Position | None = None) -> History:
        asked = (after.epoch, after.offset, after.stamp) if after else ("", 0, "")
        reply = await self._run("read", [channel], *asked, PAGE_EVENTS, PAGE_BYTES)
        if reply is None:
            raise ChannelNotFound(channel)
        reason, newest, *events = reply
        latest = Event.decode(newest, channel)
        return History(
            position=latest.position,
            events=tuple(Event.decode(event, channel) for event in events),
            latest=latest,
            reset=ResetReason(reason.decode()) if reason else None,
        )

    @asynccontextmanager
    async def watch(self, feeds: Sequence[str]) -> AsyncIterator[AsyncIterator[Event]]:
        watch = FeedWatch(self._changes)
        async with self.registry.joined_all(feeds, watch, patience=ANSWER):
            await watch.start(feeds)
            async with aclosing(watch.events()) as events:
                yield events

    async def _changes(
        self, feed: str, era: str, after: int, most: int, known: Event | None = None
    ) -> Changes:
        keys, marks = [feed], [era, secrets.token_hex(8)]  # 64 bits: never given twice
        if known is not None:
            keys.append(known.channel)
            marks += [str(known.position.offset), known.position.stamp]
        now, revision, reached, begun, *flat = await self._run("changed", keys, after, most, *marks)
        rows = [
            (int(flat[i]), Event.decode(flat[i + 2], flat[i + 1].decode()))
            for i in range(0, len(flat), 3)
        ]
        return Changes(int(revision), int(reached), rows, int(begun), now.decode())

    async def _run(self, name: str, keys: Sequence[str], *arguments: Any) -> Any:
        try:
            with ANSWER.limit():
                return await self._pipeline.call(_script(name), keys, *arguments)
        except TimeoutError as exc:
            raise BackendUnavailable("Valkey did not answer in time.") from exc


@cache
def _script(name: str) -> Script:
    return compose(name, source(name))
