"""Fan-out: a thousand subscribers of one job."""

from __future__ import annotations

from benchmarks.measures.measure import Measure, Row, Scale, Values, percentile
from benchmarks.measures.round import play
from benchmarks.peers.peer import Peer, Work
from benchmarks.running.crowd import open_sockets
from benchmarks.running.session import running

PACE_MS = 100  # people see no more


async def run(peer: Peer, scale: Scale) -> Values:
    """A burst, and then at the pace of what people watch; after a round that warms all up."""
    async with running(peer, pinned=True) as session:
        sockets = await open_sockets(session, ["room"] * scale.of(1000, 200))
        await play(session, sockets, Work(steps=20), together=True)
        burst = await play(session, sockets, Work(steps=scale.of(200, 40)), together=True)
        paced = await play(session, sockets, Work(scale.of(30, 10), PACE_MS), together=True)
    return {
        "burst_rate": burst.steps / burst.seconds,
        "burst_us": burst.server_us,
        "paced_us": paced.server_us,
        "paced_p99": percentile(paced.delays_ms, 0.99),
        # Of the time of delivery alone: some workers are started first, and that takes longer.
        "burst_load": burst.usage.load / burst.seconds,
    }


MEASURE = Measure(
    "fan-out",
    "1,000 subscribers of one job; 200 events in a burst, 30 at 10 a second",
    run,
    (
        Row("burst_rate", "burst: messages/s"),
        Row("burst_us", "burst: server CPU µs per message", "{:.1f}"),
        Row("burst_load", "burst: the load generator's own CPU, in cores", "{:.2f}"),
        Row("paced_us", "paced: server CPU µs per message", "{:.1f}"),
        Row("paced_p99", "paced: last of the 1,000 deliveries, p99 ms", "{:.0f}"),
    ),
    seconds=13,
)
