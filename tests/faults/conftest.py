"""How much is run: a bounded part with the other tests, all of it by `make faults`."""

from __future__ import annotations

import os

import pytest
from _pytest.mark import ParameterSet

from tests.integration.conftest import _valkey, valkey_port  # noqa: F401

FULL = os.environ.get("FAULTS") == "full"


def rarely(*values: object) -> ParameterSet:
    """Parameters that only `make faults` runs."""
    return pytest.param(*values, marks=pytest.mark.exhaustive)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only `make faults` runs."""
    if FULL:
        return
    left_out = [item for item in items if item.get_closest_marker("exhaustive")]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="session")
def jobs() -> int:
    """How many jobs are in flight while something breaks."""
    return 240 if FULL else 90
