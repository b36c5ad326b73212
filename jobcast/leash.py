"""`Leash`: child processes that end when this process does, however it ends.

A SIGKILL gives nobody a chance to tidy up, and Linux's PR_SET_PDEATHSIG is not portable. So a
small shell holds the reading end of a pipe of which only this process has the writing end. When
that end closes, this process is gone: the shell then ends those that are still held, the newest
first, so that a worker can drain before its Valkey goes.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from types import TracebackType

# $1: how many tenths of a second each process gets between SIGTERM and SIGKILL.
_WATCHDOG = """
held=' '
runs() {  # a zombie has ended, though nobody may ever collect it
  kill -0 "$1" 2>/dev/null && ! grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null
}
while read -r word pid; do
  case $word in
    hold) held=" $pid$held" ;;
    free) held="${held%%" $pid "*} ${held#*" $pid "}" ;;
  esac
done
for pid in $held; do
  kill -TERM "$pid" 2>/dev/null || continue
  waited=0
  while runs "$pid" && [ "$waited" -lt "$1" ]; do
    sleep 0.1
    waited=$((waited + 1))
  done
  kill -KILL "$pid" 2>/dev/null
done
"""


class Leash:
    """Holds child processes; an async context manager."""

    def __init__(self, patience: timedelta) -> None:
        self._patience = patience
        self._shell: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Leash:
        self._shell = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            _WATCHDOG,
            "sh",
            str(round(self._patience / timedelta(milliseconds=100))),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # the terminal's Ctrl-C is not for it
        )
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._shell is not None and self._shell.stdin is not None:
            self._shell.stdin.close()
            await self._shell.wait()

    async def hold(self, pid: int) -> None:
        """End the child `pid` when this process dies."""
        await self._tell(f"hold {pid}\n")

    async def free(self, pid: int) -> None:
        """Forget `pid`: it has ended, and the number may soon be another process's."""
        await self._tell(f"free {pid}\n")

    async def _tell(self, line: str) -> None:
        if self._shell is None or self._shell.stdin is None:
            raise RuntimeError("The leash is not held.")
        with suppress(ConnectionError):  # somebody killed the shell: go on without it
            self._shell.stdin.write(line.encode())
            await self._shell.stdin.drain()
