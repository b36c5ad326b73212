"""Latency: from the sending of a mutation to the arrival of its job's end."""

from __future__ import annotations

import asyncio
import time

from benchmarks.measures.measure import Measure, Row, Scale, Values, percentile
from benchmarks.peers.peer import Peer
from benchmarks.running.desk import Desk, working
from benchmarks.running.tally import Miscounted
from benchmarks.wire.websocket import WebSocket

CLIENTS = 64
RATE = 200  # jobs a second
WARM_JOBS = 200
LEAD_SECONDS = 0.015  # for a subscription made ahead to take effect
LEAD_UNDER_LOAD_SECONDS = 0.1


async def timed(
    desk: Desk, socket: WebSocket, *, lead: float, at: float | None = None
) -> float | None:
    """Milliseconds from the sending (or from when it should have been sent) to the end.

    None when the end did not come.
    """
    tag = desk.watch_ahead(socket)
    await asyncio.sleep(lead)
    if at is not None:
        await asyncio.sleep(max(0.0, at - time.monotonic()))
    sent = at if at is not None else time.monotonic()
    ended = await desk.run_job(socket, tag)
    return None if ended is None else ended / 1e6 - sent * 1e3


async def scheduled(desk: Desk, number: int, start: float, into: list[float | None]) -> None:
    """A job that is sent at its time, whatever became of those before it."""
    at = start + number / RATE
    lead = LEAD_UNDER_LOAD_SECONDS
    await asyncio.sleep(max(0.0, at - 1.5 * lead - time.monotonic()))
    socket = desk.sockets[number % len(desk.sockets)]
    into.append(await timed(desk, socket, lead=lead, at=at))


async def run(peer: Peer, scale: Scale) -> Values:
    """One at a time; then as they come, 200 a second, timed from when each was due."""
    async with working(peer, pinned=False) as session:
        desk = Desk(session)
        await desk.open(CLIENTS)
        for number in range(scale.of(WARM_JOBS, 20)):
            await timed(desk, desk.sockets[number % CLIENTS], lead=0.002)
        idle: list[float | None] = []
        for number in range(scale.of(200, 50)):
            await asyncio.sleep(0.003)  # so that nothing of the last job goes on
            idle.append(await timed(desk, desk.sockets[number % CLIENTS], lead=LEAD_SECONDS))
        loaded: list[float | None] = []
        start = time.monotonic() + 0.3
        async with asyncio.TaskGroup() as jobs:
            for number in range(RATE * scale.of(5, 1)):
                jobs.create_task(scheduled(desk, number, start, loaded))
        desk.close()
    return {
        **_percentiles("idle", idle, peer),
        **_percentiles("loaded", loaded, peer),
    }


def _percentiles(name: str, times: list[float | None], peer: Peer) -> Values:
    came = [time for time in times if time is not None]
    if len(came) < len(times):
        if peer.is_slow:  # more than it can do: there is nothing to report
            return {}
        raise Miscounted(f"The ends of {len(times) - len(came)} jobs of {len(times)} never came")
    return {f"{name}_p50": percentile(came, 0.5), f"{name}_p99": percentile(came, 0.99)}


MEASURE = Measure(
    "latency",
    "Mutation to delivered end; idle, and at 200 jobs/s timed from when each was due; not pinned",
    run,
    (
        Row("idle_p50", "idle: p50 ms", "{:.2f}"),
        Row("idle_p99", "idle: p99 ms", "{:.2f}"),
        Row("loaded_p50", "200 jobs/s: p50 ms", "{:.2f}"),
        Row("loaded_p99", "200 jobs/s: p99 ms", "{:.2f}"),
    ),
    seconds=14,
)
