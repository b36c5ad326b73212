"""`Desk`: clients that enqueue a job, watch it, and wait for its end."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from benchmarks.peers.peer import Peer, Work
from benchmarks.running.crowd import TAG_LENGTH, Refused, Requests, new_tag, open_sockets
from benchmarks.running.session import START_SECONDS, Session, running
from benchmarks.wire.http import HttpConnection
from benchmarks.wire.websocket import WebSocket

# An end that has not come by then is counted as lost.
LOST_AFTER_SECONDS = 5.0

# Every event names its job's tag: as its operation's id, or as the file that it works on.
_TAG = re.compile(rb"j\d{%d}" % (TAG_LENGTH - 1))


class Desk:
    """As many live connections as plain ones, which are taken in turn."""

    def __init__(self, session: Session) -> None:
        self.sockets: list[WebSocket] = []
        self._session = session
        self._peer = session.peer
        self._expected: dict[bytes, asyncio.Future[int]] = {}
        self._free: asyncio.Queue[HttpConnection] = asyncio.Queue()
        self._requests: dict[str, Requests] = {}

    async def open(self, clients: int) -> None:
        """Open so many connections of either kind."""
        users = [f"user{number}" for number in range(clients)]
        self.sockets = await open_sockets(self._session, users)
        for user, socket in zip(users, self.sockets, strict=True):
            socket.listen(partial(self._receive, socket))
            self._requests[user] = Requests(self._session, user, Work())
            self._free.put_nowait(await HttpConnection.open(self._session.port))

    def watch_ahead(self, socket: WebSocket) -> str:
        """A tag for the next job; it is watched already where clients name jobs."""
        tag = new_tag()
        if self._peer.names_jobs:
            self._expect(tag)
            self._peer.watch(socket, tag, tag)
        return tag

    async def run_job(self, socket: WebSocket, tag: str) -> int | None:
        """Enqueue the job, and wait; when its end came, in nanoseconds of the monotonic clock.

        None: it did not come.

        Raises:
            Refused: The job was not accepted.
        """
        body = await self._post(self._requests[socket.user](tag))
        if not self._peer.names_jobs:
            self._expect(tag)
            self._peer.watch(socket, tag, self._peer.job_id(body))
        try:
            async with asyncio.timeout(LOST_AFTER_SECONDS):
                return await self._expected[tag.encode()]
        except TimeoutError:
            return None
        finally:
            del self._expected[tag.encode()]
            self._peer.unwatch(socket, tag)

    def close(self) -> None:
        """Close the live connections; the plain ones end with the server."""
        for socket in self.sockets:
            socket.close()

    def _expect(self, tag: str) -> None:
        self._expected[tag.encode()] = asyncio.get_running_loop().create_future()

    async def _post(self, request: bytes) -> bytes:
        connection = await self._free.get()
        if connection.closed:  # the server kept it alive for as long as it wanted
            connection = await HttpConnection.open(self._session.port)
        status, body = await connection.call(request)
        self._free.put_nowait(connection)
        if not self._peer.accepted(status, body):
            raise Refused(f"A mutation was answered with {status}: {body[:300]!r}")
        return body

    def _receive(self, socket: WebSocket, payload: bytes) -> None:
        if self._peer.end in payload:
            tag = _TAG.search(payload)
            expected = self._expected.get(tag[0]) if tag else None
            if expected is not None and not expected.done():
                expected.set_result(time.monotonic_ns())
        else:
            self._peer.answer(socket, payload)


@asynccontextmanager
async def working(peer: Peer, *, pinned: bool) -> AsyncIterator[Session]:
    """A peer that runs for the block, and has run a job already."""
    async with running(peer, pinned=pinned) as session:
        desk = Desk(session)
        await desk.open(1)
        async with asyncio.timeout(START_SECONDS):
            while await desk.run_job(desk.sockets[0], desk.watch_ahead(desk.sockets[0])) is None:
                pass  # one that was done before the subscription took effect
        desk.close()
        yield session
