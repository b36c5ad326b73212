"""Clients for the Valkey or Redis server that `JOBCAST_REDIS_URL` names."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from typing import Any

from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.retry import Retry as BlockingRetry
from redis.sentinel import Sentinel as BlockingSentinel

from jobcast.command_packing import pack_in_c
from jobcast.redis_url import SentinelAddress, check_url, is_sentinel, parse_sentinel_url


class Role(Enum):
    """Whose connections they are: how many it may need."""

    API = "api"
    WORKER = "worker"


# An API's calls come in shared pipelines, beside one connection for all subscribers.
API_CONNECTIONS = 100
# Beside the jobs: each queue blocks on one and listens on another, upkeep takes the rest.
WORKER_SPARE_CONNECTIONS = 20

_CONNECT_TIMEOUT = 2.0  # seconds
_HEALTH_CHECK_INTERVAL = 30  # seconds of silence, after which a connection is tried before use


def connect(url: str, role: Role, *, concurrency: int = 0, queues: int = 1) -> Redis:
    """A client for the server at `url`; it connects at its first command.

    No socket timeout is set: blocking reads and pub/sub would end by it. Whoever asks for
    something that must come soon puts the call under `asyncio.timeout`.

    Args:
        url: `redis://`, `rediss://` or `unix://` (see `check_url`), or `redis+sentinel://` (see
            `parse_sentinel_url`).
        role: Decides how many connections there may be.
        concurrency: Jobs at a time in one queue, for a worker.
        queues: Queues that a worker serves.

    Raises:
        InvalidSettings: The URL cannot be understood. Its text is not shown: it may hold a
            password.
    """
    options: dict[str, Any] = {
        "socket_timeout": None,
        "socket_connect_timeout": _CONNECT_TIMEOUT,
        "socket_keepalive": True,
        "health_check_interval": _HEALTH_CHECK_INTERVAL,
        # Once more at once: a restarted server has closed every idle connection. Whoever has to
        # outlast an outage has a loop of its own, which says so in the log.
        "retry": Retry(NoBackoff(), 1),
        "max_connections": API_CONNECTIONS
        if role is Role.API
        else (concurrency + WORKER_SPARE_CONNECTIONS) * queues,
    }
    if not is_sentinel(url):
        return pack_in_c(Redis.from_url(check_url(url), **_without_tcp_options(url, options)))
    address = parse_sentinel_url(url)
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        list(address.sentinels), sentinel_kwargs=_sentinel_options(address, _CONNECT_TIMEOUT)
    )
    client: Redis = sentinel.master_for(address.service, **_node_options(address), **options)
    return pack_in_c(client)


def connect_blocking(url: str, timeout: timedelta) -> BlockingRedis:
    """A blocking client, which gives up on each call after `timeout` and does not repeat it.

    For the thread that keeps a worker's lease.

    Raises:
        InvalidSettings: As for `connect`.
    """
    seconds = timeout.total_seconds()
    options: dict[str, Any] = {
        "socket_timeout": seconds,
        "socket_connect_timeout": seconds,
        "socket_keepalive": True,
        "retry": BlockingRetry(NoBackoff(), 0),
    }
    if not is_sentinel(url):
        return BlockingRedis.from_url(check_url(url), **_without_tcp_options(url, options))
    address = parse_sentinel_url(url)
    sentinel = BlockingSentinel(  # type: ignore[no-untyped-call]
        list(address.sentinels), sentinel_kwargs=_sentinel_options(address, seconds)
    )
    client: BlockingRedis = sentinel.master_for(  # type: ignore[no-untyped-call]
        address.service, **_node_options(address), **options
    )
    return client


async def close(client: Redis) -> None:
    """Close a client of `connect`, and the clients of sentinels that redis-py leaves open."""
    await client.aclose()
    for sentinel in sentinels_of(client):
        await sentinel.aclose()


def close_blocking(client: BlockingRedis) -> None:
    """The same, for a client of `connect_blocking`."""
    client.close()
    for sentinel in sentinels_of(client):
        sentinel.close()


def sentinels_of(client: Redis | BlockingRedis) -> list[Any]:
    """The clients of the Sentinels that `client` asks for its server; none without Sentinel."""
    manager = getattr(client.connection_pool, "sentinel_manager", None)
    return list(manager.sentinels) if manager is not None else []


def _without_tcp_options(url: str, options: dict[str, Any]) -> dict[str, Any]:
    if url.startswith("unix://"):
        return {key: value for key, value in options.items() if key != "socket_keepalive"}
    return options


def _node_options(address: SentinelAddress) -> dict[str, Any]:
    return {
        "db": address.db,
        "username": address.username,
        "password": address.password,
        "ssl": address.tls,
        **address.tls_files,
    }


def _sentinel_options(address: SentinelAddress, timeout: float) -> dict[str, Any]:
    return {
        "username": address.sentinel_username,
        "password": address.sentinel_password,
        "ssl": address.tls,
        **address.tls_files,
        "socket_timeout": timeout,  # a sentinel that hangs: ask the next
        "socket_connect_timeout": timeout,
    }
