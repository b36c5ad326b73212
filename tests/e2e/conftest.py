"""A real Valkey, and the processes of Jobcast on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.conftest import _valkey, valkey_port  # noqa: F401
from tests.support.stack import Stack, running_stack


@pytest.fixture
async def stack(valkey_port: int, tmp_path: Path) -> AsyncIterator[Stack]:  # noqa: F811
    """An API and a worker with the sample tasks."""
    async with running_stack(valkey_port, tmp_path) as running:
        yield running
