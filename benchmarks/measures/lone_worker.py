"""Worker alone: jobs that do nothing, enqueued before it starts."""

from __future__ import annotations

from benchmarks.measures.measure import Measure, Row, Scale, Values
from benchmarks.peers.peer import Peer, Work
from benchmarks.running.crowd import enqueue, new_tag
from benchmarks.running.session import running


async def run(peer: Peer, scale: Scale) -> Values:
    """The worker has a core to itself; its first tenth of the jobs is not counted."""
    values: Values = {}
    for concurrency in (10, 100):
        jobs = scale.of(6000, 1000)
        async with running(peer, pinned=True, worker=False) as session:
            if not peer.names_jobs:  # the others enqueue by their library, in the worker itself
                await enqueue(session, ((new_tag(), "ada") for _ in range(jobs)), Work())
            program = peer.lone_worker(session.redis_url, concurrency, jobs)
            assert program is not None
            told = await session.run_lone_worker(program)
        values[f"rate_{concurrency}"] = told["jobs"] / told["seconds"]
        values[f"cpu_{concurrency}"] = told["cpu"] / told["jobs"] * 1e6
    return values


MEASURE = Measure(
    "worker",
    "A worker alone, jobs that do nothing, 10 and 100 at a time",
    run,
    (
        Row("rate_10", "10 at a time: jobs/s"),
        Row("cpu_10", "10 at a time: CPU µs per job"),
        Row("rate_100", "100 at a time: jobs/s"),
        Row("cpu_100", "100 at a time: CPU µs per job"),
    ),
    seconds=9,
    only=("jobcast", "socketio", "yoga", "strawberry"),  # mercurius has the same queue as yoga
)
