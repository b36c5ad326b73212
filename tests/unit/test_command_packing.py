"""Commands are on the wire as redis-py itself would have put them there."""

from __future__ import annotations

from typing import Any

import pytest
from redis.asyncio import Redis
from redis.asyncio.connection import Connection
from redis.exceptions import DataError

from broadcaster.events import Kind
from jobcast.command_packing import pack_in_c

COMMANDS: list[tuple[Any, ...]] = [
    ("PING",),
    ("EVALSHA", "a" * 40, 1, "jobcast:{default}:", b"\x00\xff\r\n", "", 0, -1, 1.5, Kind.FINAL),
    ("CONFIG GET", "maxmemory"),
    ("SET", "key", "\N{SNOWMAN}"),
    ("SET", "key", b"x" * 100_000),
    ("SET", "key", bytearray(b"x")),
]


def packing_connection() -> Any:
    pool: Any = pack_in_c(Redis(host="valkey.example")).connection_pool
    return pool.make_connection()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_command_is_packed_as_redis_py_packs_it(command: tuple[Any, ...]) -> None:
    theirs: Any = Connection()

    assert b"".join(packing_connection().pack_command(*command)) == b"".join(
        theirs.pack_command(*command)
    )


def test_so_are_several_at_once() -> None:
    theirs: Any = Connection()

    assert b"".join(packing_connection().pack_commands(COMMANDS)) == b"".join(
        theirs.pack_commands(COMMANDS)
    )


def test_what_the_protocol_cannot_say_is_refused_as_redis_py_refuses_it() -> None:
    with pytest.raises(DataError):
        packing_connection().pack_command("SET", "key", None)
