"""`Connection`: one WebSocket as its session sees it, and what the connection tells the session."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Protocol

from jobcast.websocket.outlet import Outlet


class Listener(Protocol):
    """Whoever is told what comes of a connection, as calls from the event loop."""

    def on_text(self, text: str) -> None:
        """A text message has come."""

    def on_bytes(self) -> None:
        """A binary message has come."""

    def on_lost(self) -> None:
        """Nothing more will come, and nothing more can be sent. Called once."""


class Connection(Outlet):
    """An outlet whose client can be kept waiting as well."""

    __slots__ = ()

    @abstractmethod
    def pause_reading(self) -> None:
        """Tell of no more messages, beginning with the next one, and take none from the network."""

    @abstractmethod
    def resume_reading(self) -> None:
        """Go on; messages that are there already are told of within this call."""


MakeListener = Callable[[Connection], Listener]
