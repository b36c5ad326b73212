"""`jobcast dev` as a process, as a shell would run it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from tests.support.http_client import http_client
from tests.support.processes import descendants, runs

ROOT = Path(__file__).parents[2]


class Dev:
    """A `jobcast dev` that answers."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, log: Path) -> None:
        self.process = process
        self.url = url
        self.children = descendants(process.pid)
        self._log = log

    @property
    def output(self) -> str:
        """All that it has written so far."""
        return self._log.read_text()

    async def query(self, document: str, **variables: Any) -> dict[str, Any]:
        """Execute an operation, and return its data."""
        async with http_client(timeout=10) as client:
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
    with NamedTemporaryFile(dir=directory, suffix=".log", delete=False) as output:
        process = await asyncio.create_subprocess_exec(
            *command, "dev", "--port", "0", *arguments,
            cwd=directory,
            env={**clean, **environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        try:
            log = Path(output.name)
            yield Dev(process, await _address(process, log), log)
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()


async def _address(process: asyncio.subprocess.Process, log: Path) -> str:
    async with asyncio.timeout(30):
        while process.returncode is None:
            if told := re.search(r"(?:GraphiQL|API) +(http\S+)\n", log.read_text()):
                return told[1]
            await asyncio.sleep(0.02)
    raise AssertionError(f"jobcast dev ended:\n{log.read_text()}")
