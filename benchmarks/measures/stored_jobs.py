"""Stored jobs: what a job costs when ever more that have ended are kept."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from benchmarks.measures.closed_loop import loop_for
from benchmarks.measures.measure import Measure, Row, Scale, Values, spread
from benchmarks.peers.graphql_peer import GraphQLPeer
from benchmarks.peers.peer import Peer, Work
from benchmarks.running.crowd import Refused, enqueue, new_tag
from benchmarks.running.desk import working
from benchmarks.running.session import START_SECONDS, Session
from benchmarks.wire.http import HttpConnection

LEVELS = (1_000, 10_000, 100_000, 1_000_000)
PARTS = ("server", "worker", "valkey")

# Valkey does nothing else meanwhile; so many take some 10 ms.
COPIED_AT_ONCE = 1000


class Store:
    """Copies a job that has ended, whatever keys and places in sorted sets it has."""

    def __init__(self, session: Session, id: str) -> None:
        """Take this job as the model."""
        redis, named = session.redis, id.encode()
        self._copy = redis.register_script(Path(__file__).with_name("clone.lua").read_text())
        self._id = id
        keys = list(redis.scan_iter(b"*"))
        self._own = [key for key in keys if named in key]
        self._places = [
            (key, member, score)
            for key in keys
            if redis.type(key) == b"zset"
            for member, score in redis.zrange(key, 0, -1, withscores=True)
            if named in member
        ]
        self.size = 1
        self.newest = id

    def grow_to(self, size: int) -> None:
        """Copy until so many are there."""
        keys = [*self._own, *(key for key, _, _ in self._places)]
        places = [text for _, member, score in self._places for text in (member, score)]
        while self.size < size:
            count = min(COPIED_AT_ONCE, size - self.size)
            arguments = (self._id, len(self._own), self.size, count, *places)
            self.newest = self._copy(keys, arguments).decode()
            self.size += count


async def ended_job(session: Session) -> str:
    """The id of a job that has succeeded."""
    (id,) = (await enqueue(session, [(new_tag(), "ada")], Work())).values()
    async with asyncio.timeout(START_SECONDS):
        while await status_of(session, id) != "SUCCEEDED":
            await asyncio.sleep(0.05)
    return id


async def status_of(session: Session, id: str) -> str | None:
    """What the API says of a job; None when it knows of none."""
    peer = session.peer
    assert isinstance(peer, GraphQLPeer)
    connection = await HttpConnection.open(session.port)
    query = "query($id: ID!) { job(id: $id) { status } }"
    _, body = await connection.call(peer.post(session.port, query, {"id": id}))
    connection.close()
    job = (json.loads(body).get("data") or {}).get("job")
    return job and job["status"]


async def run(peer: Peer, scale: Scale) -> Values:
    """The closed loop, beside ever more stored jobs; not pinned."""
    values: Values = {}
    async with working(peer, pinned=False) as session:
        store, empty = Store(session, await ended_job(session)), session.used_bytes()
        for level in LEVELS[: scale.of(4, 2)]:
            store.grow_to(level)
            stored_bytes = (session.used_bytes() - empty) / store.size
            done, usage = await loop_for(session, warm_seconds=1, seconds=scale.of(5, 1))
            for part in PARTS:
                values[f"{part}_{level}"] = getattr(usage, part) / done * 1e6
            values[f"all_{level}"] = sum(values[f"{part}_{level}"] for part in PARTS)
            values["bytes"] = stored_bytes
        if await status_of(session, store.newest) != "SUCCEEDED":
            raise Refused(f"The API does not know the copied job {store.newest}.")
    totals = [value for key, value in values.items() if key.startswith("all_")]
    return {**values, "spread": spread(totals)}


MEASURE = Measure(
    "stored-jobs",
    "The closed loop beside stored jobs",
    run,
    (
        *(
            Row(
                " ".join(f"{part}_{level}" for part in PARTS),
                f"{level:,} stored: CPU µs per job of server / worker / Valkey",
            )
            for level in LEVELS
        ),
        Row("spread", "± % around the middle of all three together", "{:.0f}"),
        Row("bytes", "Valkey bytes per stored job"),
    ),
    seconds=90,
    only=("jobcast",),
    once=True,
)
