"""`AddressLimit`: how many connections one address may hold."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

logger = logging.getLogger("jobcast.api")


class AddressLimit:
    """Counts connections by address, but for those of trusted proxies."""

    def __init__(self, most: int, trusted: Iterable[str] = ()) -> None:
        """Allow `most` from each; `trusted` are addresses and networks, or `*` for all."""
        self._most = most
        self._trusted = list(_networks(trusted))
        self._held: Counter[str] = Counter()
        self._told: set[str] = set()

    def has_room(self, address: str) -> bool:
        """Whether one more may come."""
        return self._held.get(address, 0) < self._most or self._is_trusted(address)

    def enter(self, address: str) -> bool:
        """Count one more; False when it is one too many, and is not counted."""
        if not self.has_room(address):
            if address not in self._told:
                self._told.add(address)
                logger.warning(
                    "%s holds as many connections as one address may (JOBCAST_CONNECTIONS_PER_"
                    "ADDRESS); more are refused. If that is your proxy, name it in "
                    "JOBCAST_TRUSTED_PROXIES.",
                    address,
                )
            return False
        self._held[address] += 1
        return True

    def leave(self, address: str) -> None:
        """One that was counted is over."""
        self._held[address] -= 1
        if not self._held[address]:
            del self._held[address]
            self._told.discard(address)

    def _is_trusted(self, address: str) -> bool:
        try:
            return any(ip_address(address) in network for network in self._trusted)
        except ValueError:  # a Unix socket
            return True


def _networks(trusted: Iterable[str]) -> Iterator[IPv4Network | IPv6Network]:
    for text in trusted:
        if text == "*":
            yield from (ip_network("0.0.0.0/0"), ip_network("::/0"))
        else:
            with suppress(ValueError):  # the path of a Unix socket, which uvicorn takes as well
                yield ip_network(text, strict=False)
