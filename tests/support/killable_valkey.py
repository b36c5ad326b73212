"""A Valkey with its data on disk, that can be killed, suspended, emptied and started again."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from jobcast.embedded import find_server
from tests.support.stack import free_port

START_SECONDS = 20.0


class KillableValkey:
    """One server process, always at the same port and in the same folder."""

    def __init__(self, folder: Path, *options: str, port: int = 0) -> None:
        self.port = port or free_port()
        self._folder = folder
        self._options = options
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, and wait until it has loaded its data."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            str(find_server()),
            *("--port", str(self.port), "--bind", "127.0.0.1", "--save", ""),
            *("--appendonly", "yes", "--appendfsync", "everysec"),
            *self._options,
            cwd=self._folder,
            stdout=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(START_SECONDS):
            while not await self._answers():
                await asyncio.sleep(0.01)

    async def kill(self) -> None:
        """SIGKILL, and wait for its end."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGKILL)
        if self._process is not None:
            await self._process.wait()

    def suspend(self) -> None:
        """SIGSTOP: connections stay open, and nothing answers."""
        self.send(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self.send(signal.SIGCONT)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)

    def copy_data(self, to: Path) -> None:
        """Copy what it has on disk just now."""
        shutil.copytree(self._folder, to)

    def restore_data(self, copy: Path) -> None:
        """Put a copy in place of its data; for when it does not run."""
        self.lose_data()
        shutil.copytree(copy, self._folder)

    def lose_data(self) -> None:
        """Remove what it kept on disk; for when it does not run."""
        shutil.rmtree(self._folder)

    async def command(self, *words: Any) -> Any:
        """Run one command on it, past every proxy."""
        async with Redis(port=self.port, socket_timeout=None) as redis:
            client: Any = redis
            return await client.execute_command(*words)

    async def _answers(self) -> bool:
        with suppress(RedisError, OSError):
            return bool(await self.command("PING"))
        return False


@asynccontextmanager
async def killable_valkey(
    folder: Path, *options: str, port: int = 0
) -> AsyncIterator[KillableValkey]:
    """A server that runs, killed at the end of the block."""
    valkey = KillableValkey(folder, *options, port=port)
    try:
        await valkey.start()
        yield valkey
    finally:
        await valkey.kill()
