"""What a URL of Valkey may say, and how a mistake in it is told."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest

from jobcast.errors import InvalidSettings
from jobcast.redis_connection import Role, connect
from jobcast.redis_url import SentinelAddress, check_url, parse_sentinel_url
from tests.support.certificates import Authority


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
    ("url", "words"),
    [
        ("redis+sentinel://a:1", "write redis+sentinel://host:port"),
        ("redis+sentinel:///main", "write redis+sentinel://host:port"),
        ("redis+sentinel://:secret@a:x/main", "not a number"),
        ("redis+sentinel://:secret@a/main/x", "not a number"),
        ("redis+sentinel://a,,b/main", "not a number"),
        ("redis+sentinel://a/main?ssl_ca_certs=/ca.pem", "write rediss://"),
        ("http://:secret@a", "must begin with"),
        ("localhost:6379", "must begin with"),
        ("redis://:secret/1@host", "In a password, write /"),
        ("redis://:1#secret@host", "In a password"),
        ("redis://:12?secret=x@host", "In a password, write /"),
        ("redis://:12?secret@host", "In a password, write /"),
        ("redis://host/first", "db is a number"),
        ("redis://host?db=first", "db is not a number"),
        ("redis://", "names no host"),
        ("redis://host?socket_timeout=1", "only db may follow"),
        ("redis://host?ssl_ca_certs=/ca.pem", "write rediss://"),
        ("rediss://host?ssl_cert_reqs=none", "certificates are always checked"),
        ("rediss://host?ssl_check_hostname=false", "certificates are always checked"),
        ("rediss://host?ssl_ca_certs=", "has no value"),
        ("rediss://host?ssl_ca_certs=/nowhere/ca.pem", "ssl_ca_certs: there is no file /nowhere"),
        ("rediss://host?ssl_ca_cert=/ca.pem", "only db, ssl_ca_certs, ssl_certfile, ssl_keyfile"),
        ("rediss://host?ssl_keyfile=/k", "ssl_keyfile needs ssl_certfile"),
    ],
)
def test_a_url_that_cannot_be_understood_is_refused_without_showing_it(
    url: str, words: str
) -> None:
    with pytest.raises(InvalidSettings) as caught:
        connect(url, Role.API)

    assert words in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_files_that_are_no_certificates_are_told_at_the_start(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    client, other = authority.issue("client"), authority.issue("other")
    (tmp_path / "text.pem").write_text("not a certificate")

    for parameters, words in (
        (f"ssl_ca_certs={tmp_path}/text.pem", "ssl_ca_certs: no certificates in"),
        (
            f"ssl_certfile={client.certificate}&ssl_keyfile={other.key}",
            "are not a certificate and its key",
        ),
    ):
        with pytest.raises(InvalidSettings, match=words):
            check_url(f"rediss://host?{parameters}")


@pytest.mark.parametrize("scheme", ["rediss://host", "rediss+sentinel://host/main"])
def test_tls_checks_the_certificate_and_the_name_by_the_files_that_are_named(
    tmp_path: Path, scheme: str
) -> None:
    authority = Authority(tmp_path)
    client = authority.issue("client")

    redis = connect(
        f"{scheme}?ssl_ca_certs={authority.certificate}"
        f"&ssl_certfile={client.certificate}&ssl_keyfile={client.key}",
        Role.API,
    )

    pool: Any = redis.connection_pool
    connection = pool.make_connection()
    context: ssl.SSLContext = connection.ssl_context.get()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert any("authority" in str(ca["subject"]) for ca in context.get_ca_certs())
    assert connection.certfile == str(client.certificate)


@pytest.mark.parametrize(
    "url", ["redis://h:1/2", "rediss://h", "unix:///run/v.sock", "redis+sentinel://h/main"]
)
def test_a_worker_may_have_as_many_connections_as_its_jobs_need(url: str) -> None:
    worker = connect(url, Role.WORKER, concurrency=7, queues=2)

    assert worker.connection_pool.max_connections >= 14
