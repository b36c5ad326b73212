"""Writes commands on a connection of redis-py's."""

from __future__ import annotations

from typing import Any

from redis.exceptions import ConnectionError as RedisConnectionError


async def send(connection: Any, packed: Any, **options: Any) -> None:
    """As the connection's `send_packed_command`, but told of a close by its errors.

    uvloop says it with a `RuntimeError`, when Valkey hung up just before.

    Raises:
        RedisError: Valkey cannot be reached.
    """
    try:
        await connection.send_packed_command(packed, **options)
    except RuntimeError as exc:
        raise RedisConnectionError(f"The connection was closed: {exc}") from exc
