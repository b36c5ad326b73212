"""Clients that stop reading: what they cost, whom they disturb, and what they get in the end."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from statistics import median

import pytest

from tests.faults.conftest import FULL
from tests.faults.load import Load
from tests.faults.system import System, faulty_system
from tests.faults.watcher import TERMINAL, Seen
from tests.support.graphql import EVENT, Socket

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

SUBSCRIPTIONS = 20  # on each stalled connection
OUTPUTS = 3000 if FULL else 1200
OUTPUT_BYTES = 700
STALL_SECONDS = 3.0
CUT = 1006  # what a client says of a connection that ended without a word

_FLOOD = f"""subscription($id: ID!, $after: Cursor) {{
  job(id: $id, after: $after) {{ {EVENT} ... on FloodOutput {{ output }} }}
}}"""

# What may be held for 40 subscriptions: 256 KiB each, and as much again on the way out. Kept for
# them whole, it would be 40 × 3,000 × 1.2 KiB = 140 MiB, and 56 MiB of the bounded run.
MOST_MIB = 30


async def test_clients_that_read_nothing_cost_little_and_lose_nothing(
    tmp_path: Path, jobs: int
) -> None:
    async with faulty_system(tmp_path, client_stall_timeout=f"{STALL_SECONDS:g}s") as system:
        async with Load(system, jobs // 2, seconds=2) as load:
            await load.underway()
        alone = latency(load)
        before = resident_mib(system)

        client = system.client()
        async with (
            client.socket() as slow,
            client.socket() as deaf,
            Load(system, jobs, seconds=6) as load,
        ):
            await load.underway(0.1)
            flooding = await client.enqueue(
                "flood", f"outputs: {OUTPUTS}, bytesEach: {OUTPUT_BYTES}"
            )
            for socket in (slow, deaf):
                for n in range(SUBSCRIPTIONS):
                    await socket.subscribe(_FLOOD, {"id": flooding}, id=str(n))
            heard = [await deaf.receive() for _ in range(SUBSCRIPTIONS)][-1]
            last = heard["payload"]["data"]["job"]
            peak = await stall(system, flooding)
            seen = await read_on(slow)
            await jammed(deaf, 3 * STALL_SECONDS)
            code, _ = await deaf.closed()
        beside = latency(load)
        note = (
            f"{2 * SUBSCRIPTIONS} × {OUTPUTS} outputs not read: API {before:.0f} MiB, then at most "
            f"{peak:.0f}; median delivery to others {1000 * alone:.0f} ms without them, "
            f"{1000 * beside:.0f} ms beside them"
        )
        verdict = await load.verdict("clients that stop reading", note=note)
        back = await client.watch(flooding, after=last["cursor"])  # of the one that was closed

    assert peak - before < MOST_MIB, note
    assert code in {4408, CUT}  # cut where not even the close got through
    for job in seen:
        assert job.status in TERMINAL
        assert (job.gaps, job.doubled) == (0, 0)
        # From its first event on; what a history no longer keeps is one reset, or several.
        assert job.events > 1 or job.resets, job
    assert back[0]["__typename"] == "JobReset" or back[0]["offset"] == last["offset"] + 1
    assert back[-1]["job"]["status"] in TERMINAL
    verdict.check()


async def stall(system: System, id: str) -> float:
    """Let the job publish while nobody reads; the most memory that the API took, in MiB.

    Returns before the stalled connections are closed.
    """
    peak = 0.0
    until = time.monotonic() + 0.6 * STALL_SECONDS
    while time.monotonic() < until:
        peak = max(peak, resident_mib(system))
        await asyncio.sleep(0.02)
    newest = (await system.history(id))[-1].position.offset
    assert newest > OUTPUTS / 4, "hardly anything was published"
    return peak


async def read_on(socket: Socket) -> list[Seen]:
    """What each subscription of a connection is given, to its end."""
    seen = [Seen() for _ in range(SUBSCRIPTIONS)]
    ended = 0
    while ended < SUBSCRIPTIONS:
        message = await socket.receive()
        if message["type"] == "complete":
            ended += 1
        else:
            assert message["type"] == "next", message
            seen[int(message["id"])].note(message["payload"]["data"]["job"])
    return seen


async def jammed(socket: Socket, seconds: float) -> None:
    """Return when the network has taken nothing more for the client for so long."""
    unsent, since = 0, time.monotonic()
    async with asyncio.timeout(60):
        while not unsent or time.monotonic() - since < seconds:
            await asyncio.sleep(0.05)
            if (now := unsent_bytes(socket)) != unsent:
                unsent, since = now, time.monotonic()


def unsent_bytes(socket: Socket) -> int:
    """What the kernel holds at the server's end (proc_net_tcp: `tx_queue`)."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    queues = {(ours[-4:], theirs[-4:]): held for _, ours, theirs, _, held, *_ in rows}
    ends = (f"{socket.url_port:04X}", f"{socket.local_port:04X}")
    return int(queues.get(ends, "0").partition(":")[0], 16)


def resident_mib(system: System) -> float:
    pages = int(Path(f"/proc/{system.apis[0].process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def latency(load: Load) -> float:
    """Seconds from an event's time to its arrival at the clients that were there; the median."""
    return median(delay for watcher in load.watchers for delay in watcher.delays)
