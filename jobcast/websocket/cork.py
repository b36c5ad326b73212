"""`Cork`: gathers what is written in one turn of the event loop."""

from __future__ import annotations

import asyncio
from typing import Protocol

# More than this for one connection in one turn is written at once, so that its transport says
# when it is too much: it is the mark at which it does (asyncio's and uvloop's default).
CORK_BYTES = 64 * 1024


class Corked(Protocol):
    """What has something to write."""

    def flush(self) -> None:
        """Write it; nothing to write is no fault."""


class Cork:
    """Has connections write what they gathered, once a turn of the loop: one for a process.

    uvloop gives each `write` to the system at once, which is what a small frame costs.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: list[Corked] = []

    def add(self, corked: Corked) -> None:
        """Flush it soon: when all is done that is to be done in this turn."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(corked)

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for corked in waiting:
            corked.flush()
