"""Many clients at once: connections opened, jobs enqueued, some dozens at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from itertools import count

from benchmarks.peers.peer import Work
from benchmarks.running.session import Session
from benchmarks.wire.http import ANSWER_SECONDS, HttpConnection
from benchmarks.wire.websocket import WebSocket

OPERATION = "s"  # each connection has but one

OPENED_AT_ONCE = 64
WATCHING_AT_ONCE = 16
ENQUEUED_AT_ONCE = 16

# A tag has the same length always, so that a request can be made by replacing it.
TAG_LENGTH = 12
_numbers = count()


class Refused(Exception):
    """A server did not do what it was asked to; the answer is in the message."""


def new_tag() -> str:
    """A name that no other job of this run has."""
    return f"j{next(_numbers):0{TAG_LENGTH - 1}d}"


class Requests:
    """Requests that enqueue the same work, each for a job of its own; cheap to make."""

    def __init__(self, session: Session, user: str, work: Work) -> None:
        self._mark = "@" * TAG_LENGTH
        self._template = session.peer.enqueue(session.port, self._mark, user, work)

    def __call__(self, tag: str) -> bytes:
        return self._template.replace(self._mark.encode(), tag.encode())


async def open_sockets(
    session: Session, users: Iterable[str], *, deflate: bool = False
) -> list[WebSocket]:
    """A connection for each of the users."""
    sockets: list[WebSocket] = []
    todo = iter(users)

    async def open_some(users: Iterator[str]) -> None:
        for user in users:
            socket = await session.peer.connect(session.port, user, deflate=deflate)
            sockets.append(socket)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(OPENED_AT_ONCE):
            tasks.create_task(open_some(todo))
    return sockets


async def enqueue(session: Session, jobs: Iterable[tuple[str, str]], work: Work) -> dict[str, str]:
    """Enqueue a job for each tag and user; their ids by tag.

    Raises:
        Refused: One was not accepted.
    """
    ids: dict[str, str] = {}
    todo = iter(jobs)

    async def enqueue_some(jobs: Iterator[tuple[str, str]]) -> None:
        connection = await HttpConnection.open(session.port)
        for tag, user in jobs:
            request = session.peer.enqueue(session.port, tag, user, work)
            status, body = await connection.call(request)
            if not session.peer.accepted(status, body):
                raise Refused(f"Enqueueing was answered with {status}: {body[:300]!r}")
            ids[tag] = session.peer.job_id(body)
        connection.close()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(ENQUEUED_AT_ONCE):
            tasks.create_task(enqueue_some(todo))
    return ids


async def watch(session: Session, watched: Iterable[tuple[WebSocket, str]]) -> None:
    """Each connection asks for the events of its job.

    Where a server says at once how the job stands, that is waited for, some dozens at a time;
    what comes later has to be listened for anew.

    Raises:
        Refused: It said something else.
    """
    peer = session.peer
    todo = iter(watched)

    async def watch_some(watched: Iterator[tuple[WebSocket, str]]) -> None:
        for socket, job in watched:
            if not peer.tells_at_once:
                peer.watch(socket, OPERATION, job)
                continue
            first: asyncio.Queue[bytes] = asyncio.Queue()
            socket.listen(first.put_nowait)
            peer.watch(socket, OPERATION, job)
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await first.get()
            if b'"next"' not in answer:
                raise Refused(f"A subscription was answered with {answer[:300]!r}")

    async with asyncio.TaskGroup() as tasks:
        for _ in range(WATCHING_AT_ONCE):
            tasks.create_task(watch_some(todo))
