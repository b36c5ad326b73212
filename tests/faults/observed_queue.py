"""What a test reads of the queue, and waits for, past every link."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from broadcaster.events import Event
from tasks.events import JobEvent, decode_job_event
from tasks.keys import QueueKeys
from tests.support.killable_valkey import KillableValkey
from tests.support.known_scripts import known_scripts
from tests.support.stack import START_SECONDS

KEYS = QueueKeys("default")


@dataclass
class ObservedQueue:
    """The default queue as Valkey has it."""

    valkey: KillableValkey

    async def held_by(self, process: asyncio.subprocess.Process) -> list[str]:
        """Ids of the jobs that a worker process holds just now."""
        held: list[str] = []
        for key in await self.valkey.command("KEYS", KEYS.running("*")):
            if f":{process.pid}:" in key.decode():
                held += [id.decode() for id in await self.valkey.command("SMEMBERS", key)]
        return held

    async def is_ready(self, process: asyncio.subprocess.Process) -> None:
        """Wait until a worker process asks for jobs."""
        async with asyncio.timeout(START_SECONDS):
            while True:
                workers = await self.valkey.command("ZRANGE", KEYS.leases, 0, -1)
                if any(f":{process.pid}:" in worker.decode() for worker in workers):
                    return
                await asyncio.sleep(0.02)

    async def is_busy(self, process: asyncio.subprocess.Process) -> None:
        """Wait until a worker process holds jobs."""
        async with asyncio.timeout(START_SECONDS):
            while not await self.held_by(process):
                await asyncio.sleep(0.02)

    async def is_followed(self, audience: str) -> None:
        """Wait until an API process follows the audience's feed."""
        async with asyncio.timeout(START_SECONDS):
            while not (await self.valkey.command("PUBSUB", "NUMSUB", KEYS.feed(audience)))[1]:
                await asyncio.sleep(0.01)

    async def has_lapsed_leases(self) -> None:
        """Wait until a worker's lease is over, and nobody has taken its jobs."""
        async with asyncio.timeout(START_SECONDS):
            while True:
                seconds, micros = await self.valkey.command("TIME")
                now = int(seconds) * 1000 + int(micros) // 1000
                if await self.valkey.command("ZCOUNT", KEYS.leases, "-inf", now):
                    return
                await asyncio.sleep(0.005)

    async def knows_scripts(self) -> None:
        """Let Valkey know every script: else the first call of one is answered NOSCRIPT."""
        for script in known_scripts():
            await self.valkey.command("SCRIPT", "LOAD", script.source)

    async def history(self, job_id: str) -> list[JobEvent]:
        """The events that Valkey keeps of a job."""
        raw = await self.valkey.command("LRANGE", KEYS.history(job_id), 0, -1)
        return [decode_job_event(Event.decode(event)) for event in raw]
