"""A Valkey reached by TLS: trusted by its certificate, or not spoken to."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from jobcast.errors import ValkeyRefused
from jobcast.redis_connection import (
    Role,
    close,
    close_blocking,
    connect,
    connect_blocking,
)
from jobcast.valkey_access import check_access
from tests.support import acl, whole_life
from tests.support.certificates import Authority
from tests.support.killable_valkey import killable_valkey
from tests.support.sentinel import SERVICE, replicated_valkey
from tests.support.stack import ended_start, running_stack
from tests.support.tls_proxy import tls_proxy

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

HOST = "127.0.0.1"


async def test_jobs_live_over_tls_with_users_and_client_certificates(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    client = authority.issue("client")
    files = (
        f"ssl_ca_certs={authority.certificate}"
        f"&ssl_certfile={client.certificate}&ssl_keyfile={client.key}"
    )
    async with (
        killable_valkey(tmp_path / "valkey") as valkey,
        tls_proxy(
            valkey.port, authority.issue(HOST), clients_signed_by=authority.certificate
        ) as port,
    ):
        await acl.make_users(valkey)
        urls = {
            role: f"rediss://jobcast-{role.value}:{acl.QUOTED_PASSWORD}@{HOST}:{port}/0?{files}"
            for role in Role
        }
        async with running_stack(
            valkey.port, tmp_path, redis_url=urls[Role.API], workers=0
        ) as stack:
            await stack.start("worker", redis_url=urls[Role.WORKER])
            await whole_life.run_a_job(stack.client())
            await whole_life.cancel_and_retry(stack.client())


@pytest.mark.parametrize("command", ["serve", "worker"])
async def test_a_server_whose_certificate_is_not_trusted_is_refused(
    tmp_path: Path, command: str
) -> None:
    ours, theirs = (Authority(tmp_path / "authority", name) for name in ("ours", "theirs"))
    async with (
        killable_valkey(tmp_path / "valkey") as valkey,
        tls_proxy(valkey.port, theirs.issue(HOST)) as port,
    ):
        code, said = await ended_start(
            command, tmp_path, redis_url=f"rediss://{HOST}:{port}?ssl_ca_certs={ours.certificate}"
        )

    assert code == 2
    assert "Valkey's certificate is not trusted" in said
    assert "?ssl_ca_certs=" in said
    assert "Traceback" not in said


async def test_a_server_with_another_hosts_certificate_is_refused(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    async with (
        killable_valkey(tmp_path / "valkey") as valkey,
        tls_proxy(valkey.port, authority.issue("valkey.internal")) as port,
    ):
        code, said = await ended_start(
            "worker",
            tmp_path,
            redis_url=f"rediss://{HOST}:{port}?ssl_ca_certs={authority.certificate}",
        )

    assert code == 2
    assert "certificate is not valid for '127.0.0.1'" in said


async def test_a_password_that_is_wrong_ends_the_start_and_is_not_shown(tmp_path: Path) -> None:
    async with killable_valkey(tmp_path / "valkey") as valkey:
        await acl.make_users(valkey)
        code, said = await ended_start(
            "worker", tmp_path, redis_url=f"redis://jobcast-worker:sesame@{HOST}:{valkey.port}"
        )

    assert code == 2
    assert "does not accept user and password" in said
    assert "sesame" not in said
    assert "Traceback" not in said


async def test_sentinels_and_the_server_they_name_are_reached_by_tls(tmp_path: Path) -> None:
    ours, theirs = (Authority(tmp_path / "authority", name) for name in ("ours", "theirs"))
    async with (
        replicated_valkey(tmp_path / "valkey") as valkey,
        tls_proxy(valkey.primary.port, ours.issue(HOST)) as primary,
        tls_proxy(
            valkey.port,
            ours.issue(HOST),
            rewrites={b"%d" % valkey.primary.port: b"%d" % primary},
        ) as sentinel,
        Redis(port=valkey.port) as admin,
    ):
        await acl.make_sentinel_user(admin)
        url = (
            f"rediss+sentinel://{HOST}:{sentinel}/{SERVICE}?sentinel_username=jobcast-sentinel"
            f"&sentinel_password={acl.QUOTED_PASSWORD}&ssl_ca_certs="
        )
        redis = connect(f"{url}{ours.certificate}", Role.API)
        blocking = connect_blocking(f"{url}{ours.certificate}", timedelta(seconds=5))
        stranger = connect(f"{url}{theirs.certificate}", Role.API)
        try:
            await check_access(redis, Role.API, ["default"])
            await redis.set("jobcast:x", "1")
            read = await asyncio.to_thread(blocking.get, "jobcast:x")
            with pytest.raises(ValkeyRefused, match="certificate is not trusted"):
                await check_access(stranger, Role.API, ["default"])
        finally:
            await close(redis)
            await close(stranger)
            close_blocking(blocking)
        refused = await acl.refusals_of(admin)

    assert read == b"1"
    assert refused == []
