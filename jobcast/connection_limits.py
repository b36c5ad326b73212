"""How many live connections one viewer holds in this process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class TooManyConnections(Exception):
    """The viewer holds as many connections as the settings allow; close one first."""


class ConnectionLimits:
    """Counts WebSockets and event streams together."""

    def __init__(self, per_viewer: int) -> None:
        self._per_viewer = per_viewer
        self._open: Counter[str] = Counter()

    def has_room(self, viewer_id: str) -> bool:
        """Whether the viewer may hold one more."""
        return self._open[viewer_id] < self._per_viewer

    @contextmanager
    def hold(self, viewer_id: str) -> Iterator[None]:
        """Count one connection of the viewer for the block.

        Raises:
            TooManyConnections: The limit is reached.
        """
        if not self.has_room(viewer_id):
            raise TooManyConnections(viewer_id)
        self._open[viewer_id] += 1
        try:
            yield
        finally:
            self._open[viewer_id] -= 1
            if not self._open[viewer_id]:
                del self._open[viewer_id]
