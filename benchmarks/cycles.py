"""Clients that come, subscribe and go, for ever: what is left of them in the API's memory.

`python -m benchmarks.cycles [cycles, 100000 unless told]` prints the API's resident memory as it
goes on. Half of the clients leave with a close, half are cut off; every fifth cycle is one by
server-sent events.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.support.cycles import Cycles
from tests.support.killable_valkey import killable_valkey
from tests.support.processes import resident_bytes
from tests.support.stack import running_stack

CYCLES = 100_000
AT_ONCE = 20  # clients; more would only wait for the one that runs them
ROWS = 20
MIB = 1024**2


async def measure(cycles: int) -> None:
    """Print a table."""
    print("| cycles | resident MiB | KiB a cycle since the first row |\n|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        async with (
            killable_valkey(Path(folder) / "valkey") as valkey,
            running_stack(
                valkey.port,
                Path(folder),
                operations_per_second="100000",
                connections_per_viewer="1000",
            ) as stack,
        ):
            clients = await Cycles.of(stack)
            step = max(1, cycles // ROWS)
            first = 0
            for row in range(1, ROWS + 1):
                await clients.run(step, at_once=AT_ONCE)
                resident = resident_bytes(stack.servers[0].pid)
                first = first or resident
                grown = (resident - first) / 1024 / max(1, step * (row - 1))
                print(f"| {step * row} | {resident / MIB:.1f} | {grown:.3f} |", flush=True)


if __name__ == "__main__":
    asyncio.run(measure(int(sys.argv[1]) if sys.argv[1:] else CYCLES))
