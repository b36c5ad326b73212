"""`Peer`: how a server that is measured is started, and how clients speak to it."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from benchmarks.wire.websocket import WebSocket

ROOT = Path(__file__).parents[2]
PEERS = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Program:
    """A process to start."""

    argv: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Work:
    """What a job is to do: tell so many steps, with a pause after each. None: nothing.

    `spread` lets jobs that start at once take turns; Jobcast's alone can.
    """

    steps: int = 0
    pause_ms: int = 0
    spread: bool = False


class Hold(Enum):
    """How a worker is kept from starting jobs, until everyone watches."""

    SUSPEND = "SIGSTOP: it stays warm"
    RESTART = "it is started only then: its client would take the pause for a dead connection"


class Peer(ABC):
    """A server with its worker, and the dialect that clients speak to it."""

    name: str
    title: str
    step: re.Pattern[bytes]  # a message that tells of a step, whose number is its first group
    end: bytes  # what is in a message that tells of a job's end, and in no other
    names_jobs = True  # the client names a job, and can watch it before it is there
    watches_users = False  # a connection gets all of one user's jobs, unasked
    tells_at_once = False  # who subscribes is told at once how the job stands
    hold = Hold.SUSPEND
    has_worker = True
    is_slow = False  # measured once, however often the others are

    @abstractmethod
    def server(self, port: int, redis_url: str) -> Program:
        """The server on this port."""

    @abstractmethod
    def worker(self, redis_url: str, concurrency: int) -> Program:
        """The worker that runs so many jobs at a time."""

    def lone_worker(self, redis_url: str, concurrency: int, jobs: int) -> Program | None:
        """A worker that runs so many jobs that do nothing, and then says how long it took.

        It stores `{"jobs", "seconds", "cpu"}` as JSON in `bench:lone`. None: the queue is one
        that another peer has as well.
        """
        return None

    @abstractmethod
    def ready(self, port: int) -> bytes:
        """A request that is answered with 200 once the server can do its work."""

    @abstractmethod
    def enqueue(self, port: int, tag: str, user: str, work: Work) -> bytes:
        """A request that enqueues a job; `tag` is its id where clients name them."""

    @abstractmethod
    def accepted(self, status: int, body: bytes) -> bool:
        """Whether the answer says that the job is enqueued."""

    @abstractmethod
    def job_id(self, body: bytes) -> str:
        """The id in the answer."""

    @abstractmethod
    async def connect(self, port: int, user: str, *, deflate: bool = False) -> WebSocket:
        """A live connection of this user, acknowledged."""

    @abstractmethod
    def watch(self, socket: WebSocket, operation: str, job: str) -> None:
        """Ask for the events of a job."""

    @abstractmethod
    def unwatch(self, socket: WebSocket, operation: str) -> None:
        """Ask for no more of them; after the job's end as well, where the server does not."""

    @abstractmethod
    def answer(self, socket: WebSocket, payload: bytes) -> None:
        """Answer what the dialect wants answered: its pings."""
