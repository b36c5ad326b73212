"""`jobcast dev` as a process, as a shell would run it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from tests.support.processes import descendants, runs

ROOT = Path(__file__).parents[2]


class Dev:
    """A `jobcast dev` that answers."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, output: list[str]) -> None:
        self.process = process
        self.url = url
        self.output = output
        self.children = descendants(process.pid)

    async def query(self, document: str, **variables: Any) -> dict[str, Any]:
        """Execute an operation, and return its data."""
        async with httpx.AsyncClient(timeout=10) as client:
            response = await client.post(self.url, json={"query": document, "variables": variables})
        body = response.json()
        assert "errors" not in body, body
        data: dict[str, Any] = body["data"]
        return data

    async def end(self, number: signal.Signals) -> int:
        """Send it a signal; its exit code."""
        self.process.send_signal(number)
        async with asyncio.timeout(30):
            return await self.process.wait()

    async def all_gone(self) -> bool:
        """Wait until every process that it had has ended; False if one stays."""
        with suppress(TimeoutError):
            async with asyncio.timeout(15):
                while any(map(runs, self.children)):
                    await asyncio.sleep(0.02)
                return True
        return False


@asynccontextmanager
async def running_dev(
    directory: Path,
    *arguments: str,
    command: Sequence[str] = (sys.executable, "-m", "jobcast"),
    **environment: str,
) -> AsyncIterator[Dev]:
    """Run `jobcast dev` in `directory`, on a free port, from when it says that it runs."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("JOBCAST_")}
    if command[0] == sys.executable:
        clean["PYTHONPATH"] = str(ROOT)
    process = await asyncio.create_subprocess_exec(
        *command, "dev", "--port", "0", *arguments,
        cwd=directory,
        env={**clean, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip
    output: list[str] = []
    assert process.stdout is not None
    async with asyncio.TaskGroup() as group:
        try:
            async with asyncio.timeout(30):
                url = await _address(process.stdout, output)
            group.create_task(_drain(process.stdout, output))
            yield Dev(process, url, output)
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()


async def _address(stdout: asyncio.StreamReader, output: list[str]) -> str:
    while line := await stdout.readline():
        output.append(line.decode())
        if "GraphiQL" in output[-1]:
            return output[-1].split()[-1]
    raise AssertionError("jobcast dev ended:\n" + "".join(output))


async def _drain(stdout: asyncio.StreamReader, output: list[str]) -> None:
    # Read on, so that it never waits for us.
    while line := await stdout.readline():
        output.append(line.decode())
