"""Which server a URL names, and how patient the client is with it."""

from __future__ import annotations

import pytest

from jobcast.errors import InvalidSettings
from jobcast.redis_connection import Role, SentinelAddress, connect, parse_sentinel_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis+sentinel://a:1,b:2/main", SentinelAddress((("a", 1), ("b", 2)), "main")),
        ("redis+sentinel://a/main/3", SentinelAddress((("a", 26379),), "main", db=3)),
        (
            "redis+sentinel://:p%40ss@a,b:7/main",
            SentinelAddress((("a", 26379), ("b", 7)), "main", password="p@ss"),
        ),
        (
            "rediss+sentinel://ann:pw@[::1]:5/main/0?sentinel_password=s&sentinel_username=u",
            SentinelAddress(
                (("::1", 5),),
                "main",
                username="ann",
                password="pw",
                sentinel_username="u",
                sentinel_password="s",
                tls=True,
            ),
        ),
    ],
)
def test_sentinel_urls_are_read(url: str, expected: SentinelAddress) -> None:
    assert parse_sentinel_url(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://a:1",
        "redis+sentinel:///main",
        "redis+sentinel://:secret@a:x/main",
        "redis+sentinel://:secret@a/main/x",
        "redis+sentinel://a,,b/main",
        "http://:secret@a",
        "localhost:6379",
    ],
)
def test_a_url_that_names_no_server_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        connect(url, Role.API)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["redis://h:1/2", "rediss://h", "unix:///run/v.sock", "redis+sentinel://h/main"]
)
def test_a_worker_may_have_as_many_connections_as_its_jobs_need(url: str) -> None:
    worker = connect(url, Role.WORKER, concurrency=7, queues=2)

    assert worker.connection_pool.max_connections >= 14
