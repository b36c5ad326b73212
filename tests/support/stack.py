"""A real API process and real worker processes on a real Valkey."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import httpx

from tests.support.graphql import GraphQLClient
from tests.support.http_client import http_client

ROOT = Path(__file__).parents[2]
START_SECONDS = 30.0

# What serves the API: ours, and one that knows nothing of how ours takes connections over.
SERVERS = ("jobcast", "tests.support.stock_server")


class Stack:
    """What a test does with the processes."""

    def __init__(
        self, port: int, environment: dict[str, str], data_dir: Path, served_by: str = "jobcast"
    ) -> None:
        self.port = port
        self.servers: list[asyncio.subprocess.Process] = []
        self.workers: list[asyncio.subprocess.Process] = []
        self.data_dir = data_dir
        self.valkey_port = 0
        self.log = data_dir / "processes.log"
        self._environment = environment
        self._served_by = served_by

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    def client(self, viewer: str = "ada", port: int | None = None) -> GraphQLClient:
        """A client of the API (or of a proxy to it), signed in as a local viewer."""
        return GraphQLClient(port or self.port, viewer)

    async def start(self, role: str, **settings: str) -> asyncio.subprocess.Process:
        """Start a process: `serve` or `worker`, with some settings of its own."""
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                self._served_by if role == "serve" else "jobcast",
                role,
                env={**self._environment, **_variables(settings)},
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        (self.workers if role == "worker" else self.servers).append(process)
        return process

    async def kill_worker(self, index: int) -> None:
        """SIGKILL a worker, and start another in its place."""
        self.workers[index].kill()
        await self.workers[index].wait()
        process = await self.start("worker")
        self.workers.remove(process)
        self.workers[index] = process


@asynccontextmanager
async def running_stack(
    valkey_port: int,
    data_dir: Path,
    *,
    workers: int = 1,
    served_by: str = "jobcast",
    **settings: str,
) -> AsyncIterator[Stack]:
    """The processes for the block; `settings` are those of `jobcast.settings`, as text.

    `served_by` is the module that serves the API.
    """
    redis_url = f"redis://127.0.0.1:{valkey_port}"
    stack = _stack(data_dir, {"redis_url": redis_url, **settings}, served_by)
    stack.valkey_port = valkey_port
    async with AsyncExitStack() as exits:
        server = await stack.start("serve")
        exits.push_async_callback(_end_all, stack.servers)
        exits.push_async_callback(_end_all, stack.workers)
        for _ in range(workers):
            await stack.start("worker")
        try:
            await until_ready(stack.port, server)
        except Exception:
            print(stack.log.read_text())
            raise
        yield stack


async def ended_start(role: str, data_dir: Path, **settings: str) -> tuple[int, str]:
    """Exit code and words of a process that ends by itself at its start."""
    stack = _stack(data_dir, settings)
    process = await stack.start(role)
    try:
        async with asyncio.timeout(START_SECONDS):
            code = await process.wait()
    finally:
        await _end(process)
    return code, stack.log.read_text()


def _stack(data_dir: Path, settings: dict[str, str], served_by: str = "jobcast") -> Stack:
    port = free_port()
    chosen = {
        "port": str(port),
        "data_dir": str(data_dir),
        "tasks": "tests.support.sample_tasks",
        "local_viewer": "ada",
        "lease": "1s",
        "drain_timeout": "200ms",  # what still runs at the end of a test may stop there
        "shutdown_notice": "0s",
        **settings,
    }
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("JOBCAST_")}
    return Stack(port, {**inherited, **_variables(chosen)}, data_dir, served_by)


def _variables(settings: dict[str, str]) -> dict[str, str]:
    return {f"JOBCAST_{name.upper()}": value for name, value in settings.items() if value}


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def until_ready(port: int, server: asyncio.subprocess.Process) -> None:
    """Wait until the API process answers that it can do its work."""
    async with asyncio.timeout(START_SECONDS), http_client() as client:
        while True:
            assert server.returncode is None, "the API process ended"
            with suppress(httpx.TransportError):
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.02)


async def _end_all(processes: list[asyncio.subprocess.Process]) -> None:
    for process in processes:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(10):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
