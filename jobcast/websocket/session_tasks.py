"""`SessionTasks`: what runs for all WebSockets of a process, and ends with it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from jobcast.websocket.protocol import CloseCode, ConnectionClosed


class SessionTasks:
    """Tasks that end by themselves; one that fails is logged by asyncio, and harms no other."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work`.

        Raises:
            ConnectionClosed: The process is about to end; its clients are to come back.
        """
        if self._closed:
            work.close()
            raise ConnectionClosed(CloseCode.RESTART, "The server restarts")
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Cancel what runs, await its end, and let nothing more begin."""
        self._closed = True
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
