"""What an honest client feels while a hostile one does its worst: delivery and answers, p99.

One API process, one worker, a real Valkey; the honest client, and each flood, are processes of
their own. All share the machine's cores, so a flood's own work is in the figures too. Run it by
`python -m benchmarks.beside_floods [names of floods]`.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from statistics import quantiles

from benchmarks.floods import FLOODS
from tests.support.graphql import WATCH, GraphQLClient
from tests.support.http_client import http_client
from tests.support.killable_valkey import killable_valkey
from tests.support.stack import ROOT, running_stack

SECONDS = 8.0  # of each flood; the honest client then has some 400 answers and events
WARM_UP_SECONDS = 1.0  # of a flood, before anything is counted
PAUSE_MS = 20  # between two events, and between two questions


async def honest(port: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each answer, and from each event's making to its arrival."""
    client = GraphQLClient(port, "ada")
    count = int(SECONDS * 1000 / PAUSE_MS)
    answers: list[float] = []
    events: list[float] = []
    job = await client.enqueue("count", f"to: {count}, pauseMs: {PAUSE_MS}")

    async def watch() -> None:
        async with client.socket() as socket:
            await socket.subscribe(WATCH, {"id": job})
            async for result in socket.results():
                event = result["data"]["job"]
                made = datetime.fromisoformat(event["at"]).timestamp()
                events.append(1000 * (time.time() - made))

    async def ask() -> None:
        async with http_client(headers=client.headers, timeout=30) as http:
            while time.monotonic() < until:
                started = time.monotonic()
                response = await http.post(client.url, json={"query": "{ viewer { id } }"})
                response.raise_for_status()
                answers.append(1000 * (time.monotonic() - started))
                await asyncio.sleep(PAUSE_MS / 1000)

    until = time.monotonic() + SECONDS
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(watch())
        tasks.create_task(ask())
    return answers, events[1:]  # the snapshot may be old


@asynccontextmanager
async def flood(name: str, port: int):  # type: ignore[no-untyped-def]
    """The flood runs for the block."""
    command = (sys.executable, "-m", "benchmarks.floods", name, str(port))
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    await asyncio.sleep(WARM_UP_SECONDS)
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def measure(names: Sequence[str]) -> None:
    """Print a table."""
    print("| beside | answers ms, p50 / p99 | events ms, p50 / p99 |\n|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        async with (
            killable_valkey(Path(folder) / "valkey") as valkey,
            running_stack(valkey.port, Path(folder)) as stack,
        ):
            await honest(stack.port)  # everything is loaded and warm
            print(row("nobody", *await honest(stack.port)), flush=True)
            for name in names:
                async with flood(name, stack.port):
                    print(row(FLOODS[name].__doc__ or name, *await honest(stack.port)), flush=True)


def row(name: str, answers: list[float], events: list[float]) -> str:
    """A line of the table."""
    cells = (
        f"{cuts[49]:.1f} / {cuts[98]:.1f}"
        for cuts in (quantiles(answers, n=100), quantiles(events, n=100))
    )
    return f"| {name.rstrip('.')} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    asyncio.run(measure(sys.argv[1:] or list(FLOODS)))
