"""`KeptAnswers`: the newest answers to what was read from history, within a bound."""

from __future__ import annotations

from asyncio import Task
from collections import OrderedDict
from typing import Any

from jobcast.websocket.outlet import SharedPayload

Known = SharedPayload | Task[SharedPayload]  # a task: it is being made

# Some ten thousand usual answers (500 bytes and what Python adds). A thousand clients that come
# back at once ask for the same few.
KEPT_BYTES = 8 * 1024 * 1024
# What an entry takes beside its bytes: key, payload object, place in the table.
ENTRY_BYTES = 300


class KeptAnswers:
    """A table that forgets what was not asked for the longest."""

    def __init__(self, bytes: int = KEPT_BYTES) -> None:
        self._most = bytes
        self._bytes = 0
        self._answers: OrderedDict[Any, Known] = OrderedDict()

    def get(self, key: Any) -> Known | None:
        """What is kept under the key."""
        known = self._answers.get(key)
        if known is not None:
            self._answers.move_to_end(key)
        return known

    def __setitem__(self, key: Any, known: Known) -> None:
        self.pop(key)
        self._answers[key] = known
        self._bytes += _size(known)
        while self._bytes > self._most:
            self._bytes -= _size(self._answers.popitem(last=False)[1])

    def pop(self, key: Any, default: None = None) -> Known | None:
        """Forget it; what was kept."""
        known = self._answers.pop(key, default)
        if known is not None:
            self._bytes -= _size(known)
        return known


def _size(known: Known) -> int:
    return ENTRY_BYTES + (len(known) if isinstance(known, SharedPayload) else 0)
