"""How many live connections and subscriptions there are in this process, and whose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from jobcast.address_limit import AddressLimit
from jobcast.operation_rate import OperationRates


class TooManyConnections(Exception):
    """As many connections are held as the settings allow; close one first."""


class TooManySubscriptions(Exception):
    """The viewer has as many subscriptions as the settings allow; end one first."""


class TooManyUploads(Exception):
    """The viewer sends as many uploads as the settings allow; let one end first."""


class ConnectionLimits:
    """Counts WebSockets and event streams together, and uploads.

    Attributes:
        rates: How much each viewer may ask, by whatever connection.
    """

    def __init__(
        self,
        per_viewer: int,
        per_address: int,
        subscriptions_per_viewer: int,
        uploads_per_viewer: int,
        operations_per_second: int,
    ) -> None:
        self.rates = OperationRates(operations_per_second)
        self._most = {
            "viewer": per_viewer,
            "subscriptions": subscriptions_per_viewer,
            "uploads": uploads_per_viewer,
        }
        self._addresses = AddressLimit(per_address)
        self._held: Counter[tuple[str, str]] = Counter()

    def enter(self, viewer_id: str) -> None:
        """Count one more connection of the viewer, until it leaves.

        Raises:
            TooManyConnections: The limit is reached; it is not counted.
        """
        self._take("viewer", viewer_id, TooManyConnections)

    def leave(self, viewer_id: str) -> None:
        """One that was counted is over."""
        self._give_back("viewer", viewer_id)

    def enter_from(self, address: str) -> None:
        """Count one more connection from a client's address, whoever it may be.

        Raises:
            TooManyConnections: The limit is reached; it is not counted.
        """
        if not self._addresses.enter(address):
            raise TooManyConnections(address)

    def leave_from(self, address: str) -> None:
        """One that was counted is over."""
        self._addresses.leave(address)

    def enter_subscription(self, viewer_id: str) -> None:
        """Count one more subscription of the viewer, until it leaves.

        Raises:
            TooManySubscriptions: The limit is reached; it is not counted.
        """
        self._take("subscriptions", viewer_id, TooManySubscriptions)

    def leave_subscription(self, viewer_id: str) -> None:
        """One that was counted is over."""
        self._give_back("subscriptions", viewer_id)

    @contextmanager
    def hold_upload(self, viewer_id: str) -> Iterator[None]:
        """Count one request with files for the block.

        Raises:
            TooManyUploads: The limit is reached.
        """
        self._take("uploads", viewer_id, TooManyUploads)
        try:
            yield
        finally:
            self._give_back("uploads", viewer_id)

    def has_room_for_stream(self, viewer_id: str, address: str) -> bool:
        """Whether `hold_stream` would be allowed."""
        return (
            self._has_room("viewer", viewer_id)
            and self._has_room("subscriptions", viewer_id)
            and self._addresses.has_room(address)
        )

    @contextmanager
    def hold_stream(self, viewer_id: str, address: str) -> Iterator[None]:
        """Count an event stream for the block: a connection with one subscription.

        Raises:
            TooManyConnections: A limit of connections is reached.
            TooManySubscriptions: That of subscriptions is.
        """
        with ExitStack() as held:
            self.enter_from(address)
            held.callback(self.leave_from, address)
            self.enter(viewer_id)
            held.callback(self.leave, viewer_id)
            self.enter_subscription(viewer_id)
            held.callback(self.leave_subscription, viewer_id)
            yield

    def _has_room(self, kind: str, name: str) -> bool:
        return self._held[kind, name] < self._most[kind]

    def _take(self, kind: str, name: str, refused: type[Exception]) -> None:
        if not self._has_room(kind, name):
            raise refused(name)
        self._held[kind, name] += 1

    def _give_back(self, kind: str, name: str) -> None:
        self._held[kind, name] -= 1
        if not self._held[kind, name]:
            del self._held[kind, name]
