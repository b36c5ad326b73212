"""Users of a Valkey, as docs/valkey.md tells to make them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from redis.asyncio import Redis

from tests.support.killable_valkey import KillableValkey

# What has to be quoted in a URL.
PASSWORD = "p@ss/word?#:%"
QUOTED_PASSWORD = quote(PASSWORD, safe="")

PAGE = Path(__file__).parents[2] / "docs" / "valkey.md"


def documented_user(name: str) -> list[str]:
    """The words of the page's `ACL SETUSER` command for that user."""
    (command,) = re.findall(rf"^ *ACL SETUSER {name} (.*(?:\\\n.*)*)", PAGE.read_text(), re.M)
    words: list[str] = command.replace("\\\n", " ").split()
    return words


def documented_commands(name: str) -> set[str]:
    """The commands that the page grants to that user."""
    return {word[1:] for word in documented_user(name) if word.startswith("+")}


async def make_users(valkey: KillableValkey, *without: str) -> None:
    """Make the page's users on the server, but for the rights in `without`; forget refusals."""
    async with Redis(port=valkey.port) as admin:
        for name in ("jobcast-api", "jobcast-worker"):
            await _make_user(admin, name, *without)
        await admin.acl_log_reset()


async def make_sentinel_user(admin: Redis) -> None:
    """The same for the page's user of Sentinels."""
    await _make_user(admin, "jobcast-sentinel")
    await admin.acl_log_reset()


async def refusals(valkey: KillableValkey) -> list[tuple[str, str]]:
    """Who was refused what since: user, and command, key or channel."""
    async with Redis(port=valkey.port) as admin:
        return await refusals_of(admin)


async def refusals_of(admin: Any) -> list[tuple[str, str]]:
    """The same, of the server that the client is connected to."""
    entries: list[dict[bytes, bytes]] = await admin.execute_command("ACL", "LOG", 100)
    return [(entry[b"username"].decode(), entry[b"object"].decode()) for entry in entries]


async def _make_user(admin: Any, name: str, *without: str) -> None:
    words = [f">{PASSWORD}" if word[0] == ">" else word for word in documented_user(name)]
    given = [word for word in words if word not in without]
    await admin.execute_command("ACL", "SETUSER", name, "reset", *given)


async def commands_run(valkey: KillableValkey) -> set[str]:
    """The commands that ran since the server's start, those of scripts as well."""
    stats: dict[str, Any] = await valkey.command("INFO", "commandstats")
    return {name.removeprefix("cmdstat_") for name in stats}
