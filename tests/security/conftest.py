"""A real Valkey."""

from __future__ import annotations

from tests.integration.conftest import _valkey, valkey_port  # noqa: F401
