"""A round: jobs run while everyone watches; what it cost the server, and when each step came."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.peers.peer import Work
from benchmarks.running.crowd import OPERATION, enqueue, new_tag, watch
from benchmarks.running.meter import Usage
from benchmarks.running.session import Session
from benchmarks.running.tally import Tally
from benchmarks.wire.websocket import WebSocket


@dataclass(frozen=True, slots=True)
class Round:
    """What came of it."""

    usage: Usage
    steps: int  # delivered, all together
    messages: int  # with the events of starting and ending
    seconds: float  # from the first step's arrival to the last one's
    delays_ms: list[float]  # of each step: from its publishing to its last arrival

    @property
    def server_us(self) -> float:
        """CPU of the server for each message, in microseconds."""
        return self.usage.server / self.messages * 1e6


async def play(
    session: Session, sockets: Sequence[WebSocket], work: Work, *, together: bool
) -> Round:
    """Play a round: all watch one job `together`, or each its own.

    Jobs that have to be there before they can be watched are held back until all watch; so are
    many jobs, so that they run at once. Then the meter starts.

    Raises:
        Miscounted: Not everyone got everything.
    """
    peer = session.peer
    one = new_tag()
    for socket in sockets:
        socket.job = one if together else new_tag()
    jobs = {socket.job: socket.user for socket in sockets}
    held = peer.has_worker and not (together and peer.names_jobs)
    ids = {tag: tag for tag in jobs}
    if held:
        session.hold_jobs()
        enqueued = await enqueue(session, jobs.items(), work)
        ids = ids if peer.names_jobs else enqueued
    await watch(session, ((socket, ids[socket.job]) for socket in sockets))
    tally = Tally(peer, sockets, work.steps)
    await session.calm()
    tally.begin()
    meter = session.meter()
    if held:
        session.release_jobs()
    else:
        await enqueue(session, jobs.items(), work)
    await tally.complete()
    usage = meter.stop()
    for socket in sockets:
        peer.unwatch(socket, OPERATION)
    await session.calm()
    tally.check()  # nor came anything twice afterwards
    return Round(usage, tally.steps, tally.messages, tally.seconds, _delays(session, sockets))


def _delays(session: Session, sockets: Sequence[WebSocket]) -> list[float]:
    """By job and step: milliseconds until the last who watched had it."""
    last: dict[str, list[int]] = {}
    for socket in sockets:
        known = last.get(socket.job)
        arrivals = socket.arrivals
        last[socket.job] = list(map(max, known, arrivals)) if known else arrivals
    delays = []
    stamps = session.redis.mget([f"bench:stamps:{job}" for job in last])
    for arrivals, published in zip(last.values(), stamps, strict=True):
        times = json.loads(published)
        delays += [(a - p) / 1e6 for a, p in zip(arrivals, times, strict=True)]
    return delays
