"""A client that watches jobs to their ends, and comes back with its cursors after every cut."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake

from broadcaster.events import Position
from schema.cursor import decode_cursor
from tests.support.graphql import WATCH, GraphQLClient, Socket

TERMINAL = {"SUCCEEDED", "FAILED", "CANCELLED"}
PAUSE_SECONDS = 0.05  # before it comes back


@dataclass
class Seen:
    """What a client saw of one job."""

    cursor: str | None = None
    offset: int = 0
    status: str = ""
    times: list[float] = field(default_factory=list)  # of each event, by time.time()
    events: int = 0
    gaps: int = 0  # offsets that never came
    doubled: int = 0  # offsets that came twice
    ends: int = 0  # terminal events
    resets: int = 0
    reasons: set[str] = field(default_factory=set)  # of the resets
    shown: dict[int, Position] = field(default_factory=dict)  # by offset, since the last reset
    gone: bool = False  # told that the job is no longer there
    ended: bool = False

    def note(self, event: dict[str, Any]) -> None:
        """Take an event as the client got it."""
        offset, kind, status = event["offset"], event["__typename"], event["job"]["status"]
        if kind == "JobReset":
            self.resets += 1
            self.reasons.add(event["reason"])
            self.ends = 0  # what was seen before is void
            self.shown.clear()
        elif kind == "JobSnapshot" and self.cursor is not None:
            self.gaps += 1  # it said where to go on
        elif kind != "JobSnapshot":
            first = offset - event.get("merged", 0)
            if offset <= self.offset:
                self.doubled += 1
            elif self.offset and first > self.offset + 1:
                self.gaps += first - self.offset - 1
            elif self.offset and first <= self.offset:
                self.doubled += 1
        self.events += 1
        self.ends += status in TERMINAL and kind != "JobSnapshot"
        self.times.append(time.time())
        self.cursor, self.offset, self.status = event["cursor"], offset, status
        self.shown[offset] = decode_cursor(event["cursor"]).position


class Watcher:
    """Watches jobs over one connection at a time, as a browser's client does."""

    def __init__(self, client: GraphQLClient, *, leave_after: int = 0) -> None:
        """`leave_after`: drop the connection by itself after so many events, and come back."""
        self.seen: dict[str, Seen] = {}
        self.connections = 0
        self.cuts = 0  # connections that ended without its doing
        self.close_codes: Counter[int] = Counter()  # with which the server closed
        self.delays: list[float] = []  # seconds from an event's time to its arrival
        self._client = client
        self._leave_after = leave_after

    async def watch(self, ids: Iterable[str]) -> None:
        """Watch these jobs until each has ended, or is said to be gone."""
        jobs = {id: self.seen.setdefault(id, Seen()) for id in ids}
        while any(not job.ended for job in jobs.values()):
            try:
                async with self._client.socket() as socket:
                    self.connections += 1
                    await self._follow(socket, jobs)
            except ConnectionClosed as closed:
                self.cuts += 1
                if closed.rcvd is not None:
                    self.close_codes[closed.rcvd.code] += 1
                await asyncio.sleep(PAUSE_SECONDS)
            except (OSError, InvalidHandshake, TimeoutError):
                await asyncio.sleep(PAUSE_SECONDS)

    async def _follow(self, socket: Socket, jobs: dict[str, Seen]) -> None:
        for id, job in jobs.items():
            if not job.ended:
                await self._subscribe(socket, id, job)
        left = self._leave_after
        while any(not job.ended for job in jobs.values()):
            message = await socket.receive()
            job = jobs[message["id"]]
            match message["type"]:
                case "next":
                    event = message["payload"]["data"]["job"]
                    job.note(event)
                    if job.events > 1:  # the first ones may be old
                        self.delays.append(time.time() - _seconds(event["at"]))
                    left -= 1
                    if left == 0:
                        socket.drop()
                        return
                case "complete":
                    job.ended = True
                case "error":
                    await self._refused(socket, message, job)

    async def _refused(self, socket: Socket, message: dict[str, Any], job: Seen) -> None:
        (error,) = message["payload"]
        code = error["extensions"]["code"]
        if code in {"NOT_FOUND", "JOB_GONE"}:
            job.gone = job.ended = True
            return
        assert code == "SERVICE_UNAVAILABLE", error
        await asyncio.sleep(PAUSE_SECONDS)
        await self._subscribe(socket, message["id"], job)

    async def _subscribe(self, socket: Socket, id: str, job: Seen) -> None:
        await socket.subscribe(WATCH, {"id": id, "after": job.cursor}, id=id)


def _seconds(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()
