"""API and worker processes on a Valkey of their own, with a fault proxy on every link."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tests.faults.observed_queue import ObservedQueue
from tests.support.fault_proxy import FaultProxy, fault_proxy
from tests.support.graphql import GraphQLClient
from tests.support.killable_valkey import KillableValkey, killable_valkey
from tests.support.stack import ROOT, free_port, until_ready

LEASE = timedelta(seconds=2)
END_SECONDS = 20.0


@dataclass
class Api:
    """One API process, and the port that it listens on."""

    port: int
    process: asyncio.subprocess.Process


@dataclass
class System(ObservedQueue):
    """Everything that can be hurt.

    Attributes:
        clients: The link from clients to the API processes: the one address that they know.
        api_link: The link from API processes to Valkey.
        worker_link: The link from workers to Valkey.
    """

    clients: FaultProxy
    api_link: FaultProxy
    worker_link: FaultProxy
    folder: Path
    settings: dict[str, str]
    apis: list[Api] = field(default_factory=list)
    workers: list[asyncio.subprocess.Process] = field(default_factory=list)

    @property
    def log(self) -> Path:
        """What all processes wrote."""
        return self.folder / "processes.log"

    @property
    def tally(self) -> list[tuple[str, int]]:
        """Job and attempt number of each execution that began."""
        path = self.folder / "tally"
        if not path.exists():
            return []
        lines = [line.split() for line in path.read_text().splitlines()]
        return [(job_id, int(attempt)) for job_id, attempt, _ in lines]

    def client(self) -> GraphQLClient:
        """A client that reaches the API by its one address."""
        return GraphQLClient(self.clients.port, "ada")

    async def start_api(self, *before: str) -> Api:
        """Start an API process; once it is ready, the clients' address leads to it as well.

        `before`: what to run in place of `-m jobcast`, before `serve`.
        """
        port = free_port()
        process = await self._start(
            "serve", before=before, port=str(port), redis_url=self._url(self.api_link)
        )
        api = Api(port, process)
        self.apis.append(api)
        await until_ready(port, process)
        self.clients.targets.append(port)
        return api

    async def start_worker(
        self, *before: str, link: FaultProxy | None = None
    ) -> asyncio.subprocess.Process:
        """Start a worker. `before`: what to run in place of `-m jobcast`, before `worker`."""
        url = self._url(link or self.worker_link)
        process = await self._start("worker", before=before, redis_url=url)
        self.workers.append(process)
        return process

    async def kill_api(self, api: Api) -> None:
        """SIGKILL an API process; no new connection is led to it."""
        self.clients.targets.remove(api.port)
        self.apis.remove(api)
        api.process.kill()
        await api.process.wait()

    async def stop_api(self, api: Api) -> None:
        """SIGTERM an API process, as a rolling restart does, and wait for its end."""
        self.clients.targets.remove(api.port)
        self.apis.remove(api)
        await end(api.process)

    async def kill_worker(self, process: asyncio.subprocess.Process) -> list[str]:
        """SIGKILL a worker; ids of the jobs that it ran."""
        held = await self.held_by(process)
        process.kill()
        await process.wait()
        self.workers.remove(process)
        return held

    async def _start(
        self, role: str, *, before: tuple[str, ...] = (), **settings: str
    ) -> asyncio.subprocess.Process:
        chosen = {**self.settings, **settings}
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("JOBCAST_")}
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                *(before or ("-m", "jobcast")),
                role,
                env={
                    **inherited,
                    **{f"JOBCAST_{name.upper()}": value for name, value in chosen.items()},
                    "FAULTS_TALLY": str(self.folder / "tally"),
                },
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    def _url(self, link: FaultProxy) -> str:
        return self.settings.get("redis_url") or f"redis://127.0.0.1:{link.port}"


@asynccontextmanager
async def faulty_system(
    folder: Path,
    *,
    apis: int = 1,
    workers: int = 2,
    valkey: KillableValkey | None = None,
    **settings: str,
) -> AsyncIterator[System]:
    """The processes for the block.

    `settings` are those of `jobcast.settings`, as text; a `redis_url` leads past the links.
    `valkey` is one that runs already, else one is started.
    """
    chosen = {
        "tasks": "tests.faults.fault_tasks",
        "local_viewer": "ada",
        "data_dir": str(folder / "files"),
        "lease": f"{LEASE.total_seconds():g}s",
        "concurrency": "20",
        "enqueues_per_minute": "100000",
        "waiting_jobs_per_viewer": "100000",
        "operations_per_second": "100000",
        **settings,
    }
    async with AsyncExitStack() as stack:
        if valkey is None:
            valkey = await stack.enter_async_context(killable_valkey(folder / "valkey"))
        clients = await stack.enter_async_context(fault_proxy())
        api_link = await stack.enter_async_context(fault_proxy(valkey.port))
        worker_link = await stack.enter_async_context(fault_proxy(valkey.port))
        system = System(valkey, clients, api_link, worker_link, folder, chosen)
        stack.push_async_callback(_end_all, system)
        try:
            await system.knows_scripts()
            async with asyncio.TaskGroup() as starting:
                for _ in range(apis):
                    starting.create_task(system.start_api())
                for _ in range(workers):
                    starting.create_task(system.start_worker())
            for worker in system.workers:
                await system.is_ready(worker)
            yield system
            running = [*(api.process for api in system.apis), *system.workers]
            ended = [process.returncode for process in running if process.returncode is not None]
            assert not ended, "a process did not outlive the fault"
        except BaseException:
            print(system.log.read_text()[-20_000:])
            raise


async def end(process: asyncio.subprocess.Process) -> None:
    """SIGTERM, and wait for the process's end."""
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGCONT)
        process.terminate()
    async with asyncio.timeout(END_SECONDS):
        await process.wait()


async def _end_all(system: System) -> None:
    for link in (system.clients, system.api_link, system.worker_link):
        link.flow()
    for process in [*(api.process for api in system.apis), *system.workers]:
        with suppress(ProcessLookupError):
            process.kill()  # how they end in peace is tested elsewhere
        await process.wait()
