"""Looks at the start whether Valkey lets this process do its work."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from redis.asyncio import Redis
from redis.exceptions import (
    AuthenticationError,
    NoPermissionError,
    RedisError,
    ResponseError,
)

from jobcast.errors import ValkeyRefused
from jobcast.redis_connection import Role, sentinels_of
from tasks.files.ledger import FILES
from tasks.keys import QueueKeys

# The start is not to wait for a server that is away.
_ANSWER_SECONDS = 1.5

# What the scripts and calls of each role use; docs/valkey.md has the same lists to paste.
_OF_BOTH = (
    *("ping", "eval", "evalsha", "subscribe", "publish", "time", "exists", "get", "set", "incr"),
    *("incrby", "decrby"),
    *("hset", "hget", "hmget", "hdel", "hincrby", "llen", "lindex", "lpop", "rpush"),
    *("scard", "smembers", "srem", "zadd", "zrem", "zrange", "del", "pexpire"),
)
COMMANDS: dict[Role, tuple[str, ...]] = {
    Role.API: (
        *_OF_BOTH,
        *("unsubscribe", "hsetnx", "hgetall", "lrange", "zmscore", "zscore", "zcard", "zcount"),
    ),
    Role.WORKER: (*_OF_BOTH, "blpop", "lpush", "sadd", "zrangebyscore"),
}
# What is used on the keys of the ledger of files, which belong to no queue.
_OF_FILES = ("get", "set", "hget", "hset", "hdel", "incrby", "decrby", "zadd", "zrem", "zrange")
# Without these, all works: the second lets the start warn of a server that would lose jobs.
OPTIONAL_COMMANDS = ("client|setinfo", "info")

# `acl_check_cmd` runs nothing, and leaves no entry in ACL LOG (Valkey, "Lua API reference").
_CHECK = """
local forbidden = {}
for _, words in ipairs(cjson.decode(ARGV[1])) do
  if not redis.acl_check_cmd(unpack(words)) then
    forbidden[#forbidden + 1] = table.concat(words, ' ')
  end
end
return forbidden
"""


async def check_access(redis: Redis, role: Role, queues: Iterable[str]) -> None:
    """Return if Valkey lets this role do all that it has to on these queues, or is away.

    Half of a script's commands allowed would be worse than none: a script that is stopped in
    its middle leaves what it wrote. So a process that lacks a right does not start.

    Raises:
        ValkeyRefused: Its certificate is not trusted, it does not know our user or password, or
            a right is missing; the message says which.
    """
    client: Any = redis
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            for sentinel in sentinels_of(redis):
                await _greet(sentinel)
            await client.ping()
            wanted = [words for name in queues for words in _calls(role, QueueKeys(name).prefix)]
            wanted += [[command, f"{FILES}*"] for command in _OF_FILES]
            forbidden = await client.eval(_CHECK, 0, orjson.dumps(wanted))
    except NoPermissionError as exc:
        raise ValkeyRefused(f"Valkey's access list is too narrow: {exc}. {_REMEDY}") from None
    except AuthenticationError as exc:
        raise ValkeyRefused(
            f"Valkey does not accept user and password of JOBCAST_REDIS_URL: {exc}"
        ) from None
    except ResponseError:
        return  # it loads its data, or is too old to be asked
    except (RedisError, OSError) as exc:
        _raise_if_tls(exc)
        return  # away: it may come
    if forbidden:
        rights = "; ".join(words.decode() for words in forbidden)
        raise ValkeyRefused(
            f"Valkey's access list is too narrow: this user may not: {rights}. {_REMEDY}"
        )


_REMEDY = "docs/valkey.md has the line that grants all that is needed."


def _calls(role: Role, prefix: str) -> Iterator[list[str]]:
    """One call of each command, on a key or channel such as those of the queue."""
    for command in COMMANDS[role]:
        match command:
            case "ping" | "time":
                yield [command]
            case "eval" | "evalsha":
                yield [command, "script", "1", prefix]
            case _:
                yield [command, f"{prefix}*"]


async def _greet(sentinel: Any) -> None:
    """Ask a Sentinel whether it lets us in. Of several, some may be away."""
    try:
        await sentinel.ping()
    except (AuthenticationError, NoPermissionError):
        raise
    except (RedisError, OSError) as exc:
        _raise_if_tls(exc)


def _raise_if_tls(exc: BaseException | None) -> None:
    while exc is not None and not isinstance(exc, ssl.SSLError):
        exc = exc.__cause__ or exc.__context__
    if isinstance(exc, ssl.SSLCertVerificationError):
        raise ValkeyRefused(
            f"Valkey's certificate is not trusted: {exc.verify_message}. JOBCAST_REDIS_URL must "
            "name the server as its certificate does, and with ?ssl_ca_certs=/path/of/ca.pem who "
            "signed it, unless the system trusts them."
        ) from None
    if exc is not None:
        raise ValkeyRefused(
            f"Valkey and JOBCAST_REDIS_URL do not agree on TLS: {exc.reason or exc}. "
            "Is the port the server's tls-port?"
        ) from None
