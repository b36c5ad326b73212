"""Many jobs: a thousand subscribers, each of a job of its own."""

from __future__ import annotations

from benchmarks.measures.measure import Measure, Row, Scale, Values, percentile
from benchmarks.measures.round import play
from benchmarks.peers.peer import Peer, Work
from benchmarks.running.crowd import open_sockets
from benchmarks.running.session import running

STEPS = 10
PACE_MS = 25  # 50 jobs at a time: 2,000 events a second


async def run(peer: Peer, scale: Scale) -> Values:
    """All jobs wait in the queue, and one worker runs them, fifty at a time."""
    async with running(peer, pinned=True) as session:
        users = [f"user{number}" for number in range(scale.of(1000, 100))]
        sockets = await open_sockets(session, users)
        await play(session, sockets, Work(steps=3), together=False)
        burst = await play(session, sockets, Work(STEPS), together=False)
        paced = await play(session, sockets, Work(STEPS, PACE_MS), together=False)
    return {
        "burst_rate": burst.messages / burst.seconds,
        "burst_us": burst.server_us,
        "burst_p99": percentile(burst.delays_ms, 0.99),
        "paced_us": paced.server_us,
        "paced_p99": percentile(paced.delays_ms, 0.99),
    }


MEASURE = Measure(
    "many-jobs",
    "1,000 subscribers of 1,000 jobs, 10 events each; in a burst, and 2,000 events/s",
    run,
    (
        Row("burst_rate", "burst: events/s"),
        Row("burst_us", "burst: server CPU µs per event", "{:.1f}"),
        Row("burst_p99", "burst: delay p99 ms", "{:.0f}"),
        Row("paced_us", "paced: server CPU µs per event", "{:.1f}"),
        Row("paced_p99", "paced: delay p99 ms", "{:.1f}"),
    ),
    seconds=17,
)
