"""Clients that ask for more than their share: refused in words, and nobody else is in the way."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from itertools import count
from pathlib import Path

import orjson
import pytest
from websockets.exceptions import InvalidStatus

from jobcast import http_protocol
from tests.support.graphql import WATCH, Socket
from tests.support.http_client import http_client
from tests.support.stack import running_stack

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

FEED = "subscription { jobs { offset } }"


async def test_sockets_that_never_say_who_they_are_do_not_add_up(
    valkey_port: int, tmp_path: Path
) -> None:
    async with (
        running_stack(valkey_port, tmp_path, connections_per_address="5") as stack,
        AsyncExitStack() as sockets,
    ):
        client = stack.client()
        for _ in range(5):
            await sockets.enter_async_context(client.socket(acknowledge=False))

        answers = []
        for _ in range(3):
            with pytest.raises(InvalidStatus) as refused:
                async with client.socket():
                    pass
            answers.append(refused.value.response)
        told = stack.log.read_text().count("JOBCAST_TRUSTED_PROXIES")
        await sockets.aclose()
        async with asyncio.timeout(10):
            while not await connects(client):
                await asyncio.sleep(0.02)

    assert told == 1  # whoever is refused cannot fill the log
    assert [answer.status_code for answer in answers] == [429] * 3
    (error,) = orjson.loads(answers[0].body)["errors"]
    assert error["extensions"]["code"] == "TOO_MANY_CONNECTIONS"


async def test_a_viewers_subscriptions_are_counted_over_all_connections(
    valkey_port: int, tmp_path: Path
) -> None:
    async with running_stack(valkey_port, tmp_path, subscriptions_per_viewer="3") as stack:
        client = stack.client()
        async with client.socket() as one, client.socket() as two:
            for n in range(2):
                await one.subscribe(FEED, id=f"a{n}")
            await answered(one)
            await two.subscribe(FEED, id="b")
            await two.subscribe(FEED, id="c")
            refused = await two.receive()
            await one.send(id="a0", type="complete")
            job = await client.enqueue("hold", "")
            async with asyncio.timeout(10):
                for n in count():  # until the other one's place is free
                    await two.subscribe(WATCH, {"id": job}, id=f"d{n}")
                    while (first := await two.receive())["id"] == "b":
                        pass  # the feed
                    if first["type"] == "next":
                        break

    assert (refused["id"], refused["type"]) == ("c", "error")
    assert refused["payload"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"


async def test_a_viewer_who_asks_too_much_is_told_when_to_ask_again(
    valkey_port: int, tmp_path: Path
) -> None:
    async with running_stack(valkey_port, tmp_path, workers=0, operations_per_second="2") as stack:
        client, question = stack.client(), {"query": "{ viewer { id } }"}
        async with http_client(headers=client.headers) as http, client.socket() as socket:
            async with asyncio.TaskGroup() as tasks:  # a burst of 8, 4 that wait, and some more
                asked = [tasks.create_task(http.post(stack.url, json=question)) for _ in range(19)]
            answers = sorted((task.result() for task in asked), key=lambda one: one.status_code)
            for number in range(9):  # 4 wait
                await socket.subscribe(FEED, id=str(number))
            told = await socket.receive()
            other = await stack.client("bob").request("{ viewer { id } }")
            async with asyncio.timeout(10):
                while (await http.post(stack.url, json=question)).status_code != 200:
                    await asyncio.sleep(0.05)

    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    (error,) = answers[-1].json()["errors"]
    assert error["extensions"]["code"] == "TOO_MANY_REQUESTS"
    assert error["extensions"]["retryAfter"].startswith("PT")
    assert told["type"] == "error"
    assert told["payload"][0]["extensions"]["code"] == "TOO_MANY_REQUESTS"
    assert "errors" not in other


async def test_a_socket_that_sends_too_fast_is_closed(valkey_port: int, tmp_path: Path) -> None:
    async with (
        running_stack(valkey_port, tmp_path, messages_per_second="5") as stack,
        stack.client().socket() as socket,
    ):
        for _ in range(40):
            await socket.send(type="ping")
        code, reason = await socket.closed()

    assert (code, reason) == (4429, "You send messages too fast")


async def test_plain_connections_of_one_address_do_not_add_up(
    valkey_port: int, tmp_path: Path
) -> None:
    elsewhere = ("127.0.0.2", 0)  # the other loopback addresses are no trusted proxy's
    async with running_stack(
        valkey_port, tmp_path, workers=0, connections_per_address="5"
    ) as stack:
        held = [
            await asyncio.open_connection("127.0.0.1", stack.port, local_addr=elsewhere)
            for _ in range(8)
        ]
        async with asyncio.timeout(5):  # less than a head may take
            cut = [not await is_open(reader) for reader, _ in held[5:]]
            for _, writer in held:
                writer.close()
            while True:
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", stack.port, local_addr=elsewhere
                )
                writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                with suppress(ConnectionError):
                    if answer := await reader.readline():
                        break
                writer.close()
        writer.close()
        served = await stack.client().request("{ viewer { id } }")

    assert cut == [True] * 3
    assert b"200" in answer
    assert "errors" not in served


async def is_open(reader: asyncio.StreamReader) -> bool:
    """False once the server has dropped the connection; waits for that."""
    with suppress(ConnectionError):
        return bool(await reader.read(1))
    return False


async def test_a_head_that_does_not_end_is_not_waited_for(valkey_port: int, tmp_path: Path) -> None:
    begun = b"GET / HTTP/1.1\r\nHost: x\r\nX: "
    async with running_stack(valkey_port, tmp_path, workers=0) as stack:

        async def answer_to(sent: bytes) -> bytes:
            reader, writer = await asyncio.open_connection("127.0.0.1", stack.port)
            writer.write(sent)
            async with asyncio.timeout(http_protocol.HEAD_SECONDS + 10):
                answer = await reader.read()
            writer.close()
            head, _, body = answer.partition(b"\r\n\r\n")
            assert orjson.loads(body)["errors"][0]["message"]
            return head.partition(b"\r\n")[0]

        async with asyncio.TaskGroup() as tasks:
            heads = (b"", begun, begun + b"a" * 70_000)
            silent, slow, large = (tasks.create_task(answer_to(head)) for head in heads)

    assert b"408" in silent.result()
    assert b"408" in slow.result()
    assert b"431" in large.result()


async def test_empty_lines_between_requests_do_not_keep_a_connection(
    valkey_port: int, tmp_path: Path
) -> None:
    async with running_stack(valkey_port, tmp_path, workers=0) as stack:
        reader, writer = await asyncio.open_connection("127.0.0.1", stack.port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        answer = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"\r\n")
        async with asyncio.timeout(http_protocol.HEAD_SECONDS + 10):
            rest = await reader.read()
        writer.close()

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 408 " in rest


async def test_a_body_that_trickles_in_is_not_waited_for(valkey_port: int, tmp_path: Path) -> None:
    head = (
        b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"Content-Length: 1000\r\n\r\n"
    )
    async with running_stack(valkey_port, tmp_path, client_stall_timeout="1s") as stack:
        reader, writer = await asyncio.open_connection("127.0.0.1", stack.port)
        writer.write(head)
        answer = asyncio.ensure_future(reader.readline())
        async with asyncio.timeout(10):
            while not answer.done():
                writer.write(b" ")  # each piece in time, and never the whole
                await asyncio.sleep(0.1)
        writer.close()

    assert b"408" in answer.result()


async def answered(socket: Socket) -> None:
    """What was sent before is read, and has begun."""
    await socket.send(type="ping")
    assert (await socket.receive())["type"] == "pong"


async def connects(client: object) -> bool:
    try:
        async with client.socket():  # type: ignore[attr-defined]
            return True
    except InvalidStatus:
        return False
