"""Closed loop: a hundred clients, each of which enqueues the next job when the last has ended."""

from __future__ import annotations

import asyncio

from benchmarks.measures.measure import Measure, Row, Scale, Values
from benchmarks.peers.peer import Peer
from benchmarks.running.desk import Desk, working
from benchmarks.running.meter import Usage
from benchmarks.running.session import Session
from benchmarks.running.tally import Miscounted
from benchmarks.wire.websocket import WebSocket

OUTSTANDING = 100

# Where clients subscribe first, nobody tells them when that has taken effect.
SUBSCRIBED_SECONDS = 0.3


class Loop:
    """The clients, as long as it is not stopped."""

    def __init__(self, desk: Desk) -> None:
        self.done = 0
        self.lost = 0
        self._desk = desk
        self._running = True

    async def client(self, socket: WebSocket) -> None:
        """Jobs, one after another; the next is watched before the last is asked for."""
        ahead = self._desk.watch_ahead(socket)
        await asyncio.sleep(SUBSCRIBED_SECONDS)
        while self._running:
            tag, ahead = ahead, self._desk.watch_ahead(socket)
            if await self._desk.run_job(socket, tag) is None:
                self.lost += 1
            else:
                self.done += 1

    def stop(self) -> None:
        """Each client ends with the job that it waits for."""
        self._running = False


async def loop_for(session: Session, *, warm_seconds: float, seconds: float) -> tuple[int, Usage]:
    """Jobs that ended in so many seconds, and what they cost.

    Raises:
        Miscounted: The end of one was not delivered.
    """
    desk = Desk(session)
    await desk.open(OUTSTANDING)
    loop = Loop(desk)
    async with asyncio.TaskGroup() as clients:
        for socket in desk.sockets:
            clients.create_task(loop.client(socket))
        await asyncio.sleep(SUBSCRIBED_SECONDS + warm_seconds)
        before, meter = loop.done, session.meter()
        await asyncio.sleep(seconds)
        usage, done = meter.stop(), loop.done - before
        loop.stop()
    desk.close()
    if loop.lost:
        raise Miscounted(f"The ends of {loop.lost} jobs of {loop.done + loop.lost} never came")
    return done, usage


async def run(peer: Peer, scale: Scale) -> Values:
    """All processes share the machine's cores, as the scheduler likes."""
    async with working(peer, pinned=False) as session:
        done, usage = await loop_for(session, warm_seconds=2, seconds=scale.of(5, 1))
    return {
        "rate": done / usage.wall,
        "server_us": usage.server / done * 1e6,
        "worker_us": usage.worker / done * 1e6,
        "valkey_us": usage.valkey / done * 1e6,
        "load": usage.load_cores,
    }


MEASURE = Measure(
    "closed-loop",
    "Mutation to delivered end, 100 outstanding; not pinned",
    run,
    (
        Row("rate", "jobs/s"),
        Row("server_us", "server CPU µs per job"),
        Row("worker_us", "worker CPU µs per job"),
        Row("valkey_us", "Valkey CPU µs per job"),
        Row("load", "the load generator's own CPU, in cores", "{:.2f}"),
    ),
    seconds=10,
)
