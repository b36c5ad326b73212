"""`Child`: a process that is kept running, until it is told to end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta

from jobcast.errors import ChildFailed
from jobcast.leash import Leash

logger = logging.getLogger("jobcast.dev")

# A child that runs this long has recovered: what happens later is another fault.
STABLE_AFTER = timedelta(seconds=10)
FIRST_PAUSE = timedelta(seconds=0.5)
LONGEST_PAUSE = timedelta(seconds=5)
# About 8 s of trying; then it will not get better by itself.
MOST_FAILURES = 5

# The child says that it was started wrongly: the next start would end the same.
EXIT_USAGE = 2


class Child:
    """One child process in a session of its own, so that Ctrl-C does not reach it directly."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        leash: Leash,
        grace: timedelta,
        hurry: asyncio.Event,
    ) -> None:
        """Prepare the child.

        Args:
            name: For messages: `worker`.
            command: Program and arguments.
            environment: All of its environment.
            leash: Ends it should this process be killed.
            grace: How long it may take to end after SIGTERM.
            hurry: When set, it is killed instead.
        """
        self.name = name
        self._command = command
        self._environment = environment
        self._leash = leash
        self._grace = grace
        self._hurry = hurry

    async def run(self) -> None:
        """Keep it running. Cancelling this ends it, and waits until it has ended.

        Raises:
            ChildFailed: It was started wrongly, or fails again and again.
        """
        failures = 0
        pause = FIRST_PAUSE
        clock = asyncio.get_running_loop().time
        while True:
            started = clock()
            code = await self._run_once()
            if code == EXIT_USAGE:
                raise ChildFailed(f"The {self.name} cannot start; it said why above.")
            if clock() - started > STABLE_AFTER.total_seconds():
                failures, pause = 0, FIRST_PAUSE
            failures += 1
            if failures == MOST_FAILURES:
                raise ChildFailed(
                    f"The {self.name} ended {failures} times in a row, at last with code {code}; "
                    "it said why above."
                )
            logger.warning(
                "The %s ended with code %s; starting it again in %.1f s",
                self.name,
                code,
                pause.total_seconds(),
            )
            await asyncio.sleep(pause.total_seconds())
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _run_once(self) -> int:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            await self._leash.hold(process.pid)
            return await process.wait()
        finally:
            await self._end(process)
            await self._leash.free(process.pid)

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        if process.returncode is not None:
            return
        if not self._hurry.is_set():
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            async with asyncio.TaskGroup() as group:
                waits = [
                    group.create_task(process.wait()),
                    group.create_task(self._hurry.wait()),
                ]
                await asyncio.wait(
                    waits,
                    timeout=self._grace.total_seconds(),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                for wait in waits:
                    wait.cancel()
        if process.returncode is None:
            logger.warning("The %s does not end; killing it", self.name)
            process.kill()
            await process.wait()
