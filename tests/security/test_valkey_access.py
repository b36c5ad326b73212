"""Users of Valkey with just the rights that docs/valkey.md lists: all works, and nothing else."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from jobcast.durability import warn_of_losses
from jobcast.redis_connection import Role, close, connect
from jobcast.valkey_access import COMMANDS, OPTIONAL_COMMANDS, check_access
from tests.support import acl, whole_life
from tests.support.graphql import GraphQLClient
from tests.support.killable_valkey import KillableValkey, killable_valkey
from tests.support.stack import ended_start, running_stack

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

USER = {role: f"jobcast-{role.value}" for role in Role}
COMMAND = {Role.API: "serve", Role.WORKER: "worker"}


def url(valkey: KillableValkey, role: Role) -> str:
    return f"redis://{USER[role]}:{acl.QUOTED_PASSWORD}@127.0.0.1:{valkey.port}"


async def test_everything_works_with_just_the_rights_of_the_page(tmp_path: Path) -> None:
    async with killable_valkey(tmp_path / "valkey") as valkey:
        await acl.make_users(valkey)
        of_worker = {"redis_url": url(valkey, Role.WORKER), "drain_timeout": "0s"}
        async with running_stack(
            valkey.port,
            tmp_path,
            redis_url=url(valkey, Role.API),
            workers=0,
            local_admin="true",
        ) as stack:
            await stack.start("worker", **of_worker)
            await whole_life.look_and_pause(stack.client())
            await whole_life.run_a_job(stack.client())
            await whole_life.cancel_and_retry(stack.client())
            await whole_life.schedule_and_list(stack.client())
            await whole_life.store_and_share(stack.client())
            await whole_life.outlive_workers(stack, **of_worker)

        granted = set.union(*(acl.documented_commands(USER[role]) for role in Role))
        assert await acl.refusals(valkey) == []
        assert granted - await acl.commands_run(valkey) == set(), "granted, and never used"


@pytest.mark.parametrize("role", Role)
def test_the_page_grants_what_the_start_looks_for(role: Role) -> None:
    assert acl.documented_commands(USER[role]) == {*COMMANDS[role], *OPTIONAL_COMMANDS}


async def test_a_worker_may_have_the_keys_of_its_queue_alone_and_those_of_files(
    tmp_path: Path,
) -> None:
    async with killable_valkey(tmp_path / "valkey") as valkey:
        await acl.make_users(valkey, "~jobcast:*", "&jobcast:*")
        for user in USER.values():
            own = ("~jobcast:{default}:*", "&jobcast:{default}:*")
            await valkey.command("ACL", "SETUSER", user, *own)
        code, said = await ended_start("worker", tmp_path, redis_url=url(valkey, Role.WORKER))
        for user in USER.values():
            await valkey.command("ACL", "SETUSER", user, "~jobcast:files:*")
        async with running_stack(
            valkey.port, tmp_path, redis_url=url(valkey, Role.API), workers=0
        ) as stack:
            await stack.start("worker", redis_url=url(valkey, Role.WORKER))
            await whole_life.store_and_share(stack.client())

    assert code == 2
    assert "incrby jobcast:files:*" in said


@pytest.mark.parametrize("role", Role)
async def test_a_process_that_lacks_a_right_says_which_and_does_not_start(
    tmp_path: Path, role: Role
) -> None:
    async with killable_valkey(tmp_path / "valkey") as valkey:
        await acl.make_users(valkey, "+zadd", "&jobcast:*")
        code, said = await ended_start(COMMAND[role], tmp_path, redis_url=url(valkey, role))

    assert code == 2
    for right in ("subscribe", "publish", "zadd"):
        assert f"{right} jobcast:{{default}}:*" in said
    assert "hset" not in said
    assert "docs/valkey.md" in said
    assert "Traceback" not in said


async def test_a_right_that_is_taken_away_is_named_in_the_log_until_it_is_back(
    tmp_path: Path,
) -> None:
    async with killable_valkey(tmp_path / "valkey") as valkey:
        await acl.make_users(valkey)
        async with running_stack(
            valkey.port, tmp_path, redis_url=url(valkey, Role.API), workers=0
        ) as stack:
            client = stack.client()
            await stack.start("worker", redis_url=url(valkey, Role.WORKER))
            await works(client)
            for user in USER.values():
                await valkey.command("ACL", "SETUSER", user, "-hset", "-zadd")
            answer = await client.execute(
                "mutation { add(input: {a: 1}) { __typename ... on Problem { message } } }"
            )
            async with asyncio.timeout(30):
                while "access list forbids renew" not in stack.log.read_text():
                    await asyncio.sleep(0.02)
            for user in USER.values():
                await valkey.command("ACL", "SETUSER", user, "+hset", "+zadd")
            await works(client)
            said = stack.log.read_text()

    assert answer["add"]["__typename"] == "ServiceUnavailable"
    assert "Valkey's access list forbids enqueue" in said
    assert "no permissions to run the 'zadd' command" in said
    assert "no permissions to run the 'zadd' command" in said
    assert "Traceback" not in said


async def test_a_user_who_may_not_ask_for_durability_is_told_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with killable_valkey(tmp_path / "valkey") as valkey:
        await acl.make_users(valkey, "+info", "+client|setinfo")
        redis = connect(url(valkey, Role.WORKER), Role.WORKER)
        try:
            await check_access(redis, Role.WORKER, ["default"])
            await warn_of_losses(redis)
        finally:
            await close(redis)

    (said,) = caplog.messages
    assert "Cannot tell how durable Valkey's data are" in said
    assert "no permissions to run the 'info' command" in said


async def works(client: GraphQLClient) -> None:
    events = await client.watch(await client.enqueue("add", "a: 1"))
    assert events[-1]["job"]["status"] == "SUCCEEDED"
