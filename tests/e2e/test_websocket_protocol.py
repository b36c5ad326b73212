"""graphql-transport-ws: who may connect, what runs, what ends a connection in order.

Every close code, with its reason: tests/security/test_close_codes.py.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import orjson
import pytest
from redis.asyncio import Redis
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.support.graphql import WATCH, GraphQLClient
from tests.support.stack import SERVERS, Stack, running_stack
from tests.support.tokens import SECRET, in_seconds, token

pytestmark = pytest.mark.anyio

each_server = pytest.mark.parametrize("server", SERVERS)

INIT = {"type": "connection_init"}
VIEWER = "{ viewer { id } }"


async def test_pages_of_other_sites_cannot_connect(valkey_port: int, tmp_path: Path) -> None:
    friend = "https://app.example.org"
    async with running_stack(valkey_port, tmp_path, workers=0, allowed_origins=friend) as stack:
        url = f"ws://127.0.0.1:{stack.port}/graphql"
        for origin in (
            "https://evil.example",
            "null",
            "http://127.0.0.1:1",
            "https://app.example.org.evil",
        ):
            with pytest.raises(InvalidStatus) as refused:
                async with connect(url, origin=origin, subprotocols=["graphql-transport-ws"]):  # type: ignore[arg-type,list-item]
                    pass
            assert refused.value.response.status_code == 403
            (error,) = orjson.loads(refused.value.response.body)["errors"]
            assert "JOBCAST_ALLOWED_ORIGINS" in error["message"]
            assert error["extensions"]["code"] == "FORBIDDEN"
        for origin in (friend, f"http://127.0.0.1:{stack.port}"):
            async with connect(url, origin=origin, subprotocols=["graphql-transport-ws"]):  # type: ignore[arg-type,list-item]
                pass


async def test_a_handshake_at_another_path_is_told_where_the_api_is(stack: Stack) -> None:
    for path in ("/", "/graphql/", "/subscriptions"):
        with pytest.raises(InvalidStatus) as refused:
            async with connect(f"ws://127.0.0.1:{stack.port}{path}"):
                pass

        assert refused.value.response.status_code == 404
        (error,) = orjson.loads(refused.value.response.body)["errors"]
        assert "/graphql" in error["message"]
        assert error["extensions"]["code"] == "NOT_FOUND"
    assert "error" not in stack.log.read_text()


@each_server
async def test_pings_are_answered_and_operations_of_all_kinds_run(
    valkey_port: int, tmp_path: Path, server: str
) -> None:
    async with (
        running_stack(valkey_port, tmp_path, workers=0, served_by=server) as stack,
        stack.client().socket() as socket,
    ):
        await socket.send(type="ping")
        pong = await socket.receive()
        await socket.subscribe(VIEWER, id="query")
        viewer = [result async for result in socket.results("query")]
        await socket.subscribe(
            "mutation { add(input: {a: 1}) { __typename } }",
            id="query",  # free again
        )
        added = [result async for result in socket.results("query")]
        await socket.subscribe("{ nonsense", id="bad")
        error = await socket.receive()

    assert pong == {"type": "pong"}
    assert viewer == [{"data": {"viewer": {"id": "ada"}}}]
    assert added == [{"data": {"add": {"__typename": "AddAccepted"}}}]
    assert (error["id"], error["type"]) == ("bad", "error")


@each_server
async def test_complete_from_the_client_ends_the_servers_subscription(
    valkey_port: int, tmp_path: Path, server: str
) -> None:
    async with (
        running_stack(valkey_port, tmp_path, workers=0, served_by=server) as stack,
        Redis(port=valkey_port) as redis,
        stack.client().socket() as socket,
    ):
        id = await stack.client().enqueue("hold", "")
        await socket.subscribe(WATCH, {"id": id})
        await socket.receive()
        channel = f"jobcast:{{default}}:job:{id}"
        assert dict(await redis.pubsub_numsub(channel)) == {channel.encode(): 1}

        await socket.send(type="complete", id="1")

        async with asyncio.timeout(5):
            while dict(await redis.pubsub_numsub(channel)) != {channel.encode(): 0}:
                await asyncio.sleep(0.01)


@each_server
async def test_limits_on_subscriptions_and_connections_are_told(
    valkey_port: int, tmp_path: Path, server: str
) -> None:
    async with running_stack(
        valkey_port,
        tmp_path,
        workers=0,
        served_by=server,
        subscriptions_per_connection="2",
        connections_per_viewer="2",
    ) as stack:
        client = stack.client()
        async with client.socket() as first, client.socket():
            for n in range(3):
                await first.subscribe("subscription { jobs { at } }", id=str(n))
            refused = await first.receive()
            async with client.socket(acknowledge=False) as third:
                await third.send(**INIT)
                code, _ = await third.closed()
            async with stack.client("bob").socket():
                pass

    assert (refused["id"], refused["type"]) == ("2", "error")
    assert refused["payload"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"
    assert code == 4429


@each_server
async def test_an_expired_token_closes_the_socket_unless_it_was_renewed(
    valkey_port: int, tmp_path: Path, server: str
) -> None:
    async with running_stack(
        valkey_port,
        tmp_path,
        workers=0,
        served_by=server,
        jwt_secret=SECRET,
        local_viewer="",
    ) as stack:
        # 30 s of leeway: this one is good for 2 s more.
        short = token({"sub": "ada", "exp": in_seconds(-28)})
        client = GraphQLClient(stack.port, None, short)
        async with client.socket() as left, client.socket() as renewed:
            fresh = {"authorization": f"Bearer {token({'sub': 'ada'})}"}
            await renewed.send(type="ping", payload=fresh)
            assert (await renewed.receive())["type"] == "pong"

            closed = await left.closed()
            await renewed.subscribe(VIEWER)
            still = [result async for result in renewed.results()]

            other = {"authorization": f"Bearer {token({'sub': 'bob'})}"}
            await renewed.send(type="ping", payload=other)
            changed = await renewed.closed()

    assert closed == (4403, "Forbidden: the token has expired")
    assert still == [{"data": {"viewer": {"id": "ada"}}}]
    assert changed[0] == 4403
