"""Hostile clients, each as fast as it can: `python -m benchmarks.floods <name> <port>`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

import httpx
from websockets.exceptions import WebSocketException

from tests.support.graphql import WATCH, GraphQLClient
from tests.support.http_client import http_client

FROM = ("127.0.0.2", 0)  # another address than the honest client's
AT_ONCE = 20  # connections of each, unless it says otherwise
WORST_QUESTION = (
    "{ jobs(" + " ".join(f"frst{i}: 1" for i in range(600)) + ") { edges { cursor } } }"
)


async def handshakes(client: GraphQLClient) -> None:
    """sockets opened and left without a word."""
    held = []
    while True:
        with suppress(WebSocketException, OSError):
            socket = client.socket(acknowledge=False, local_addr=FROM)
            await socket.__aenter__()
            held.append(socket)


async def heads(client: GraphQLClient) -> None:
    """requests whose head does not end."""
    held = []
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", client.port, local_addr=FROM)
            writer.write(b"POST /graphql HTTP/1.1\r\nX: ")
            held.append(writer)
        await asyncio.sleep(0.01)


async def bodies(client: GraphQLClient) -> None:
    """requests whose body does not end."""
    held = []
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", client.port, local_addr=FROM)
            writer.write(
                b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Jobcast-Viewer: eve\r\n"
                b"Content-Type: application/json\r\nContent-Length: 200000\r\n\r\n{"
            )
            held.append(writer)
        await asyncio.sleep(0.01)


async def messages(client: GraphQLClient) -> None:
    """sockets that send messages without end."""
    while True:
        with suppress(WebSocketException, OSError):
            async with client.socket(local_addr=FROM) as socket:
                while True:
                    await socket.send(type="ping")


async def questions(client: GraphQLClient) -> None:
    """questions that are the most expensive to refuse."""
    async with http_client(headers=client.headers, timeout=30) as http:
        while True:
            with suppress(httpx.HTTPError):
                number = id(object())  # another text each time, so that nothing is remembered
                query = f"#{number}\n{WORST_QUESTION}"
                await http.post(client.url, json={"query": query})


async def pages(client: GraphQLClient) -> None:
    """questions for as many jobs as one may ask for."""
    fields = "id status task owner tags attempt enqueuedAt startedAt finishedAt"
    query = f"{{ jobs(first: 100) {{ edges {{ node {{ {fields} }} }} }} }}"
    async with http_client(headers=client.headers, timeout=30) as http:
        while True:
            with suppress(httpx.HTTPError):
                await http.post(client.url, json={"query": query})


async def enqueues(client: GraphQLClient) -> None:
    """jobs enqueued beyond the limit."""
    query = "mutation { add(input: {a: 1}) { __typename } }"
    async with http_client(headers=client.headers, timeout=30) as http:
        while True:
            with suppress(httpx.HTTPError):
                await http.post(client.url, json={"query": query})


async def readers(client: GraphQLClient) -> None:
    """subscriptions to much, of which nothing is read."""
    job = await client.enqueue("count", "to: 100000, pauseMs: 1", 'idempotencyKey: "one"')
    while True:
        with suppress(WebSocketException, OSError):
            async with client.socket(max_queue=1, local_addr=FROM) as socket:
                for n in range(50):
                    await socket.subscribe(WATCH, {"id": job}, id=str(n))
                await asyncio.sleep(3600)


async def watchers(client: GraphQLClient) -> None:
    """subscriptions to the large input of a quick job, each in words of its own."""
    lines = ",".join(f'"{n:0100}"' for n in range(450))
    job = await client.enqueue("recite", f"lines: [{lines}]", 'idempotencyKey: "one"')
    fields = "job { ... on ReciteJob { input { lines } } }"
    while True:
        with suppress(WebSocketException, OSError):
            async with client.socket(local_addr=FROM) as socket:
                for n in range(25):
                    field = f"a{id(socket)}n{n}: job(id: $id)"
                    query = f"subscription($id: ID!) {{ {field} {{ {fields} }} }}"
                    await socket.subscribe(query, {"id": job}, id=str(n))
                while True:
                    await socket.receive()


async def uploads(client: GraphQLClient) -> None:
    """uploads that trickle in."""
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", client.port, local_addr=FROM)
            writer.write(
                b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Jobcast-Viewer: eve\r\n"
                b"GraphQL-Require-Preflight: true\r\nContent-Length: 2000000000\r\n"
                b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
            )
            for _ in range(100):
                writer.write(b"-")
                await asyncio.sleep(0.05)
            writer.close()


FLOODS: dict[str, Callable[[GraphQLClient], Awaitable[None]]] = {
    flood.__name__: flood
    for flood in (
        handshakes,
        heads,
        bodies,
        messages,
        questions,
        pages,
        enqueues,
        readers,
        watchers,
        uploads,
    )
}


async def main(name: str, port: int) -> None:
    """Flood until killed."""
    client = GraphQLClient(port, f"eve-{name}")
    async with asyncio.TaskGroup() as tasks:
        for _ in range(AT_ONCE):
            tasks.create_task(FLOODS[name](client))  # type: ignore[arg-type]


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
