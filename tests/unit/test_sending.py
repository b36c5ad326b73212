"""A connection that closes just as something is written to it."""

from __future__ import annotations

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from broadcaster.sending import send

pytestmark = pytest.mark.anyio


class Closed:
    """A connection as uvloop leaves it."""

    async def send_packed_command(self, packed: bytes, **_: object) -> None:
        raise RuntimeError("unable to perform operation; the handler is closed")


async def test_a_write_to_a_closed_connection_is_an_outage_and_no_fault() -> None:
    with pytest.raises(RedisConnectionError):
        await send(Closed(), b"PING")
