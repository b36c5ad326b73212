"""Memory: what an idle connection costs the server, subscribed to a job of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from benchmarks.measures.measure import Measure, Row, Scale, Values
from benchmarks.peers.peer import Peer, Work
from benchmarks.running.crowd import enqueue, new_tag, open_sockets, watch
from benchmarks.running.session import Session, running
from benchmarks.running.tally import Miscounted
from benchmarks.wire.websocket import WebSocket

# They stay: what they cost at first is not counted, nor is what they would leave free.
WARM_CONNECTIONS = 300
SETTLE_SECONDS = 1.0  # for what is freed late


async def subscribe(
    session: Session, tags: Sequence[str], ids: dict[str, str], *, deflate: bool
) -> list[WebSocket]:
    """A connection for each job, subscribed."""
    sockets = await open_sockets(session, [f"user-{tag}" for tag in tags], deflate=deflate)
    await watch(session, zip(sockets, (ids[tag] for tag in tags), strict=True))
    for socket in sockets:
        socket.listen(_ignore)
    await session.calm()
    return sockets


async def run(peer: Peer, scale: Scale) -> Values:
    """5,000 as a program connects; then, with a new server, 2,000 as browsers do."""
    plain = await _grown(peer, scale.of(5000, 500), deflate=False)
    deflating = await _grown(peer, scale.of(2000, 200), deflate=True)
    return {"kib": plain, "deflate_kib": deflating}


async def _grown(peer: Peer, connections: int, *, deflate: bool) -> float:
    """KiB by which the server grew for each."""
    async with running(peer, pinned=True, worker=False) as session:
        warm = [new_tag() for _ in range(WARM_CONNECTIONS)]
        tags = [new_tag() for _ in range(connections)]
        ids = {tag: tag for tag in (*warm, *tags)}
        if not peer.names_jobs:  # a job has to be there to be watched
            ids = await enqueue(session, ((tag, "ada") for tag in ids), Work())
        await subscribe(session, warm, ids, deflate=deflate)
        await asyncio.sleep(SETTLE_SECONDS)
        assert session.server is not None
        before = session.server.resident_kib()
        sockets = await subscribe(session, tags, ids, deflate=deflate)
        await asyncio.sleep(SETTLE_SECONDS)
        if lost := sum(socket.closed for socket in sockets):
            raise Miscounted(f"{lost} of {connections} connections were closed")
        return (session.server.resident_kib() - before) / connections


def _ignore(payload: bytes) -> None:
    """Nothing that matters comes: the jobs wait."""


MEASURE = Measure(
    "memory",
    "An idle connection subscribed to a job of its own",
    run,
    (
        Row("kib", "KiB each, of 5,000", "{:.1f}"),
        Row("deflate_kib", "KiB each, of 2,000 that offer permessage-deflate", "{:.1f}"),
    ),
    seconds=22,
    once=True,
)
