"""`Session`: one peer that runs: a Valkey of its own, its server, and its worker."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from benchmarks.peers.peer import Hold, Peer, Program
from benchmarks.running.meter import Meter
from benchmarks.running.processes import Process, ProcessEnded
from jobcast.embedded import find_server

START_SECONDS = 30.0
POLL_SECONDS = 0.005

# So many jobs at a time are more than a worker on one core can keep busy.
CONCURRENCY = 50

# The same for all: what is accepted is on disk within a second. The log is not rewritten, since
# a measurement should not meet that by chance.
PERSISTENCE = ("--save", "", "--appendonly", "yes", "--appendfsync", "everysec")
_NO_REWRITE = ("--auto-aof-rewrite-percentage", "0")
_ROOM = ("--maxclients", "15000", "--tcp-backlog", "4096")


class Session:
    """The processes, and what there is to do with them."""

    def __init__(self, peer: Peer, *, pinned: bool, folder: Path) -> None:
        """Pinned: the server has a core to itself, and all the others share another one."""
        self.peer = peer
        self.port = free_port()
        self.valkey_port = free_port()
        self.redis_url = f"redis://127.0.0.1:{self.valkey_port}"
        self.redis: Any = Redis(port=self.valkey_port)
        self.server: Process | None = None
        self.worker: Process | None = None
        self.valkey: Process | None = None
        self.ready_seconds = 0.0  # from the server's start to its first answer
        self._folder = folder
        self._server_cores, self._other_cores = cores() if pinned else EVERYWHERE
        self._more_workers: list[Process] = []

    def meter(self) -> Meter:
        """A meter of the processes that run now."""
        return Meter(self.server, self.worker, self.valkey)

    async def start_valkey(self) -> None:
        """Start it, and wait until it answers."""
        address = ("--port", str(self.valkey_port), "--bind", "127.0.0.1")
        argv = (str(find_server()), *address, *PERSISTENCE, *_NO_REWRITE, *_ROOM)
        self.valkey = self._start("valkey", Program(argv, self._folder), self._other_cores)
        async with asyncio.timeout(START_SECONDS):
            while not self._valkey_answers():
                self.valkey.check()
                await asyncio.sleep(POLL_SECONDS)

    async def start_server(self) -> None:
        """Start it, and wait until it answers with 200."""
        program = self.peer.server(self.port, self.redis_url)
        self.server = self._start("server", program, self._server_cores)
        ready = self.peer.ready(self.port)
        async with asyncio.timeout(START_SECONDS):
            while not self._server_answers(ready):
                self.server.check()
                await asyncio.sleep(POLL_SECONDS)
        self.ready_seconds = time.monotonic() - self.server.started_at

    def start_worker(self) -> None:
        """Start it; jobs that are enqueued meanwhile wait for it."""
        if self.peer.has_worker:
            self.worker = self._start_worker("worker", CONCURRENCY)

    def start_more_workers(self, concurrency: int, processes: int) -> None:
        """Start some that run so many jobs each, and that no meter counts."""
        for number in range(processes):
            self._more_workers.append(self._start_worker(f"worker-{number}", concurrency))

    async def run_lone_worker(self, program: Program) -> dict[str, float]:
        """What a worker of that kind says of itself at the end."""
        worker = self._start("lone-worker", program, self._server_cores)
        try:
            async with asyncio.timeout(120):
                while (report := self.redis.get("bench:lone")) is None:
                    with suppress(ProcessEnded):  # some end as soon as they have told
                        worker.check()
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise ProcessEnded(f"The worker did not finish.\n{worker.last_words()}") from None
        finally:
            worker.end()
        told: dict[str, float] = json.loads(report)
        return told

    def used_bytes(self) -> int:
        """What Valkey has allocated."""
        return int(self.redis.info("memory")["used_memory"])

    def hold_jobs(self) -> None:
        """From now on no job starts, until `release_jobs`."""
        if self.worker is None:
            return
        if self.peer.hold is Hold.SUSPEND:
            self.worker.suspend()
        else:
            self.worker.end()
            self.worker = None

    def release_jobs(self) -> None:
        """What was enqueued starts."""
        if self.worker is None:
            self.start_worker()
        else:
            self.worker.resume()

    async def calm(self, most_seconds: float = 30.0) -> None:
        """Wait until the server and the worker do next to nothing: all is received and done."""
        until, quiet = time.monotonic() + most_seconds, 0
        while quiet < 2 and time.monotonic() < until:
            before = self._cpu_seconds()
            await asyncio.sleep(0.2)
            # Timers and pings of a thousand connections take less; a burst takes all.
            quiet = quiet + 1 if self._cpu_seconds() - before <= 0.01 else 0

    def end(self) -> None:
        """End all of them."""
        self.redis.close()
        for process in (*self._more_workers, self.worker, self.server, self.valkey):
            if process is not None:
                process.end()

    def last_words(self) -> str:
        """The ends of their logs."""
        running = [p for p in (self.server, self.worker, self.valkey) if p is not None]
        return "\n".join(f"--- {p.name}\n{p.last_words()}" for p in running[:2])

    def _start_worker(self, name: str, concurrency: int) -> Process:
        program = self.peer.worker(self.redis_url, concurrency)
        return self._start(name, program, self._other_cores)

    def _start(self, name: str, program: Program, on: set[int] | None) -> Process:
        return Process(f"{self.peer.name}-{name}", program, self._folder, on)

    def _cpu_seconds(self) -> float:
        return sum(p.cpu_seconds() for p in (self.server, self.worker) if p is not None)

    def _valkey_answers(self) -> bool:
        with suppress(RedisError, OSError):
            return bool(self.redis.ping())
        return False

    def _server_answers(self, request: bytes) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 5) as connection:
            connection.sendall(request)
            return connection.recv(12).startswith(b"HTTP/1.1 200")
        return False


@asynccontextmanager
async def running(peer: Peer, *, pinned: bool, worker: bool = True) -> AsyncIterator[Session]:
    """A peer that runs for the block, from an empty Valkey."""
    with tempfile.TemporaryDirectory() as folder:
        session = Session(peer, pinned=pinned, folder=Path(folder))
        try:
            if pinned:
                os.sched_setaffinity(0, cores()[1])
            await session.start_valkey()
            await session.start_server()
            if worker:
                session.start_worker()
            yield session
        except Exception as exc:
            exc.add_note(session.last_words())
            raise
        finally:
            session.end()
            os.sched_setaffinity(0, _ALLOWED)


def cores() -> tuple[set[int], set[int]]:
    """The server's core, and that of everyone else; the same one where there is but one."""
    first, *others = _ALLOWED
    return {first}, set(others[:1]) or {first}


# Wherever the scheduler likes.
EVERYWHERE: tuple[set[int] | None, set[int] | None] = None, None

# What this process may use, before it pins itself.
_ALLOWED = sorted(os.sched_getaffinity(0))


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
