"""Clients for the Valkey or Redis server that `JOBCAST_REDIS_URL` names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any
from urllib.parse import parse_qs, unquote

from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.retry import Retry as BlockingRetry
from redis.sentinel import Sentinel as BlockingSentinel

from jobcast.errors import InvalidSettings

SENTINEL_PORT = 26379
SCHEMES = ("redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel")


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


@dataclass(frozen=True, slots=True)
class SentinelAddress:
    """What a `redis+sentinel://` URL says."""

    sentinels: tuple[tuple[str, int], ...]
    service: str
    db: int = 0
    username: str | None = None
    password: str | None = None
    sentinel_username: str | None = None
    sentinel_password: str | None = None
    tls: bool = False


def connect(url: str, role: Role, *, concurrency: int = 0, queues: int = 1) -> Redis:
    """A client for the server at `url`; it connects at its first command.

    No socket timeout is set: blocking reads and pub/sub would end by it. Whoever asks for
    something that must come soon puts the call under `asyncio.timeout`.

    Args:
        url: `redis://`, `rediss://`, `unix://` or `redis+sentinel://` (see `parse_sentinel_url`).
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
    if not _is_sentinel(url):
        return Redis.from_url(_checked(url), **_without_tcp_options(url, options))
    address = parse_sentinel_url(url)
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        list(address.sentinels), sentinel_kwargs=_sentinel_options(address, _CONNECT_TIMEOUT)
    )
    client: Redis = sentinel.master_for(address.service, **_node_options(address), **options)
    return client


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
    if not _is_sentinel(url):
        return BlockingRedis.from_url(_checked(url), **_without_tcp_options(url, options))
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
    for sentinel in _sentinels_of(client):
        await sentinel.aclose()


def close_blocking(client: BlockingRedis) -> None:
    """The same, for a client of `connect_blocking`."""
    client.close()
    for sentinel in _sentinels_of(client):
        sentinel.close()


def _sentinels_of(client: Redis | BlockingRedis) -> list[Any]:
    manager = getattr(client.connection_pool, "sentinel_manager", None)
    return list(manager.sentinels) if manager is not None else []


def parse_sentinel_url(url: str) -> SentinelAddress:
    """Read `redis+sentinel://[[user]:password@]host[:port][,host[:port]…]/service[/db]`.

    User and password are for the data nodes. Those for the sentinels themselves are given as
    `?sentinel_username=…&sentinel_password=…`. With `rediss+sentinel://`, both speak TLS.

    Raises:
        InvalidSettings: No service is named, or a port or the db is not a number.
    """
    scheme, _, rest = url.partition("://")
    rest, _, query = rest.partition("?")
    authority, _, path = rest.partition("/")
    credentials, _, hosts = authority.rpartition("@")
    username, _, password = credentials.partition(":")
    service, _, db = path.partition("/")
    parameters = parse_qs(query)
    if not service or not hosts:
        raise InvalidSettings(
            ["JOBCAST_REDIS_URL: write redis+sentinel://host:port,host:port/service/db"]
        )
    try:
        return SentinelAddress(
            sentinels=tuple(_host_and_port(host) for host in hosts.split(",")),
            service=unquote(service),
            db=int(db or 0),
            username=unquote(username) or None,
            password=unquote(password) or None,
            sentinel_username=parameters.get("sentinel_username", [None])[0],
            sentinel_password=parameters.get("sentinel_password", [None])[0],
            tls=scheme == "rediss+sentinel",
        )
    except ValueError:
        raise InvalidSettings(
            ["JOBCAST_REDIS_URL: a sentinel's port, or the db, is not a number"]
        ) from None


def _host_and_port(text: str) -> tuple[str, int]:
    if text.startswith("["):  # an IPv6 address
        host, _, port = text[1:].partition("]")
        port = port.removeprefix(":")
    else:
        host, _, port = text.partition(":")
    if not host:
        raise ValueError("a host is missing")
    return host, int(port or SENTINEL_PORT)


def _is_sentinel(url: str) -> bool:
    return url.partition("://")[0] in ("redis+sentinel", "rediss+sentinel")


def _checked(url: str) -> str:
    scheme, separator, _ = url.partition("://")
    if not separator or scheme not in SCHEMES:
        raise InvalidSettings(
            ["JOBCAST_REDIS_URL must begin with " + ", ".join(f"{name}://" for name in SCHEMES)]
        )
    return url


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
    }


def _sentinel_options(address: SentinelAddress, timeout: float) -> dict[str, Any]:
    return {
        "username": address.sentinel_username,
        "password": address.sentinel_password,
        "ssl": address.tls,
        "socket_timeout": timeout,  # a sentinel that hangs: ask the next
        "socket_connect_timeout": timeout,
    }
