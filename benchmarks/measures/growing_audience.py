"""Growing audience: the same events a second, from ever more jobs to ever more subscribers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from math import ceil
from statistics import median

from benchmarks.measures.measure import Measure, Row, Scale, Values, spread
from benchmarks.peers.peer import Peer, Work
from benchmarks.running.crowd import enqueue, new_tag, open_sockets, watch
from benchmarks.running.session import Session, running
from benchmarks.running.tally import Miscounted, Tally
from benchmarks.wire.websocket import WebSocket

AUDIENCES = (10, 100, 1000, 10_000)
EVENTS_PER_SECOND = 2000
JOBS_PER_WORKER = 1000  # what a worker may run at a time
WINDOWS = 3
WINDOW_SECONDS = 4

# More steps than the measurement takes: the jobs end with their worker.
STEPS = 1_000_000
MOST_SECONDS = 60.0  # until all jobs have told something


async def run(peer: Peer, scale: Scale) -> Values:
    """Each subscriber watches a job of its own; all jobs run, and tell a step in turn."""
    audiences = AUDIENCES[: scale.of(4, 2)]
    values = {f"us_{n}": await _cost(peer, n, windows=scale.of(WINDOWS, 1)) for n in audiences}
    return {**values, "spread": spread(list(values.values()))}


async def _cost(peer: Peer, audience: int, *, windows: int) -> float:
    """CPU µs of the server for each event delivered."""
    work = Work(STEPS, pause_ms=1000 * audience // EVENTS_PER_SECOND, spread=True)
    async with running(peer, pinned=True, worker=False) as session:
        tags = [new_tag() for _ in range(audience)]
        ids = await enqueue(session, ((tag, "ada") for tag in tags), work)
        sockets = await open_sockets(session, tags)
        await watch(session, zip(sockets, (ids[tag] for tag in tags), strict=True))
        tally = Tally(peer, sockets, STEPS)
        await session.calm()
        per_worker = min(audience, JOBS_PER_WORKER)
        session.start_more_workers(per_worker, ceil(audience / per_worker))
        await _until_all_tell(tally, sockets)
        return median([await _window(session, tally) for _ in range(windows)])


async def _until_all_tell(tally: Tally, sockets: Sequence[WebSocket]) -> None:
    async with asyncio.timeout(MOST_SECONDS):
        while not (tally.steps and all(socket.arrivals for socket in sockets)):
            await asyncio.sleep(0.1)


async def _window(session: Session, tally: Tally) -> float:
    tally.begin()
    meter = session.meter()
    await asyncio.sleep(WINDOW_SECONDS)
    usage, messages = meter.stop(), tally.messages
    if tally.out_of_order:
        raise Miscounted(f"{tally.out_of_order} events of {tally.steps} were out of order")
    return usage.server / messages * 1e6


MEASURE = Measure(
    "audience",
    "2,000 events/s from as many jobs as subscribers",
    run,
    (
        *(
            Row(f"us_{n}", f"{n:,} subscribers: server CPU µs per event", "{:.1f}")
            for n in AUDIENCES
        ),
        Row("spread", "± % around the middle", "{:.0f}"),
    ),
    seconds=110,
    only=("jobcast",),
    once=True,
)
