"""Input made to break something: refused in words or stored as it is, and nothing else happens."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import orjson
import pytest

from tests.support.stack import Stack

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

SETTINGS = {
    "tasks": "tests.support.echo_tasks,tests.support.sample_tasks",
    "enqueues_per_minute": "5000",
}

TEXTS = [
    "",
    "  ",
    "a\r\nb\tc",
    "\x1b[31mred\x1b[0m\x07\x08\x7f\x9b31m\x85",
    "\u202eabc\u2066\u200f\u200b\ufeff\u2028\u2029",
    "\uffff\ufdd0\U0010ffff😀𝔘e" + "\u0301" * 40,
    "{jobcast}:*?[a-z]$\r\n*1\r\n$8\r\nFLUSHALL\r\n",
    "]]..redis.call('FLUSHALL')..[[ \"';--",
    '","status":"SUCCEEDED"}',
    "../../../etc/passwd",
    "'\"`${7*7}{{7*7}}%s%d%n\\u0000\\ud800",
    "<script>alert(1)</script>",
    "default.0193a5f2-7c1e-7d4b-9a54-3f0d2c1b8e77:history",
    "jobcast:{default}:queued",
]
NUL = "a\0b"
LONG = "x" * 5000

DONE = "{ __typename ... on Problem { message } }"
# Every argument that takes a text, and its type.
PLACES = (
    "query($x: ID!) { job(id: $x) { id } }",
    "query($x: ID!) { node(id: $x) { id } }",
    "query($x: String) { jobs(after: $x) { pageInfo { endCursor } } }",
    "query($x: String!) { jobs(filter: {tasks: [$x]}) { pageInfo { endCursor } } }",
    "query($x: String!) { jobs(filter: {tags: [$x]}) { pageInfo { endCursor } } }",
    "query($x: DateTime!) { jobs(filter: {enqueuedBefore: $x}) { pageInfo { endCursor } } }",
    "mutation($x: ID!) { cancelJob(input: {id: $x}) DONE }",
    "mutation($x: ID!) { retryJob(input: {id: $x}) DONE }",
    "mutation($x: ID!) { deleteFile(input: {id: $x}) DONE }",
    "mutation($x: FileRef!) { copy(input: {file: $x}) DONE }",
    'mutation($x: String!) { say(input: {text: "", options: {idempotencyKey: $x}}) DONE }',
    'mutation($x: String!) { say(input: {text: "", options: {tags: [$x]}}) DONE }',
    'mutation($x: ID!) { say(input: {text: "", options: {watchers: [$x]}}) DONE }',
    'mutation($x: DateTime!) { say(input: {text: "", options: {runAt: $x}}) DONE }',
    'mutation($x: Duration!) { say(input: {text: "", options: {delay: $x}}) DONE }',
)

VALUES = {
    "whole: Int": ["9007199254740993", "2147483648", "-2147483649", "1e400", "NaN", "1.5", "[]"],
    "number: Float": ["1e309", "NaN", "-Infinity", '"1"', "true"],
    "exact: Decimal": ['"NaN"', '"sNaN"', '"-Infinity"', '"0x10"', "{}"],
    "moment: DateTime": [
        '"2026-02-30T00:00:00Z"',
        '"10000-01-01T00:00:00Z"',
        '"2026-01-01T00:00:00"',
        "1e18",
    ],
    "day: Date": ['"0000-01-01"', '"-001-01-01"'],
    "clock: Time": ['"25:00"', '"00:00:00+99:99"'],
    "length: Duration": ['"P999999999999D"', '"P1Y"', '"PT' + "9" * 50 + 'S"'],
    "id: UUID": ['"x"', '"' + "0" * 5000 + '"'],
    "texts: [String!]": ["[null]", '["\\u0000"]', '["\\ud800"]', "[[]]"],
}
ROUND: dict[str, list[Any]] = {
    "whole": [2**31 - 1, -(2**31)],
    "number": [1e308, -0.0, 5e-324, 2.0**53],
    "moment": ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"],
    "texts": [TEXTS],
}


async def post(stack: Stack, body: bytes, headers: Any = ()) -> httpx.Response:
    # Without `verify`, each client would read all certificates anew.
    async with httpx.AsyncClient(timeout=20, verify=False) as client:
        return await client.post(
            stack.url, content=body, headers=[("Content-Type", "application/json"), *headers]
        )


def refused_or_answered(response: httpx.Response, case: object) -> Any:
    """The data; None when there are only errors. A fault of ours fails."""
    assert response.status_code < 500, case
    body = response.json()
    for leak in ("INTERNAL_SERVER_ERROR", "Traceback", "user_script", "WRONGTYPE", "site-packages"):
        assert leak not in response.text, case
    for error in body.get("errors", ()):
        assert error["message"], case
    return body.get("data")


async def test_no_text_in_any_argument_breaks_anything(shared: Stack) -> None:
    for place in PLACES:
        for text in [*TEXTS, NUL, LONG]:
            query = place.replace("DONE", DONE)
            body = orjson.dumps({"query": query, "variables": {"x": text}})
            refused_or_answered(await post(shared, body), (query, text))

    others = shared.client("bob")
    await others.watch(await others.enqueue("say", 'text: "fine"'))
    assert "Traceback" not in shared.log.read_text()


async def test_a_text_comes_back_byte_for_byte_wherever_it_is_stored(shared: Stack) -> None:
    client = shared.client()
    say = """mutation($x: String!, $t: [String!]) { say(input: {text: $x, options: {tags: $t}})
      { __typename ... on JobAccepted { job { id } } } }"""
    look = """query($i: ID!) { job(id: $i) { tags progress { message }
      ... on SayJob { input { text } result } } }"""
    for text in TEXTS:
        tags = [text] if 0 < len(text) <= 64 else []
        id = (await client.execute(say, x=text, t=tags))["say"]["job"]["id"]
        await client.watch(id)
        job = (await client.execute(look, i=id))["job"]
        found = await client.execute(
            "query($t: [String!]) { jobs(filter: {tags: $t}) { edges { node { id } } } }", t=tags
        )

        assert job["input"]["text"] == job["result"] == job["progress"]["message"] == text
        assert job["tags"] == tags
        assert id in [edge["node"]["id"] for edge in found["jobs"]["edges"]]


async def test_values_out_of_range_are_refused_with_a_reason(shared: Stack) -> None:
    for place, values in VALUES.items():
        name, _, kind = place.partition(": ")
        query = f"mutation($x: {kind}) {{ giveBack(input: {{values: {{{name}: $x}}}}) {DONE} }}"
        for value in values:
            raw = b'{"query": %s, "variables": {"x": %s}}' % (orjson.dumps(query), value.encode())
            literal = query.replace(f"($x: {kind})", "").replace("$x", value)
            for body in (raw, orjson.dumps({"query": literal})):
                response = await post(shared, body)
                data = refused_or_answered(response, (place, value))
                told = data["giveBack"] if data else response.json()["errors"][0]
                assert told.get("__typename", "InvalidInput") == "InvalidInput", (place, value)
                assert told["message"], (place, value)


async def test_values_at_the_edge_come_back_as_they_were(shared: Stack) -> None:
    client = shared.client()
    types = {"whole": "Int", "number": "Float", "moment": "DateTime", "texts": "[String!]"}
    for name, values in ROUND.items():
        for value in values:
            query = f"""mutation($x: {types[name]}) {{ giveBack(input: {{values: {{{name}: $x}}}})
              {{ ... on JobAccepted {{ job {{ id }} }} }} }}"""
            id = (await client.execute(query, x=value))["giveBack"]["job"]["id"]
            await client.watch(id)
            look = f"""query($i: ID!) {{ job(id: $i) {{
              ... on GiveBackJob {{ result {{ {name} }} }} }} }}"""
            assert (await client.execute(look, i=id))["job"]["result"][name] == value


@pytest.mark.parametrize(
    "header",
    ["X-Jobcast-Viewer", "Authorization", "Last-Event-ID", "Accept", "Origin", "X-Forwarded-For"],
)
async def test_no_header_breaks_anything(shared: Stack, header: str) -> None:
    body = b'{"query": "{ viewer { id } }"}'
    rest = b"Content-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    for text in [*TEXTS, NUL, LONG, "\x80\xff"]:
        value = text.replace("\r", "").replace("\n", "").encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", shared.port)
        writer.write(b"POST /graphql HTTP/1.1\r\nHost: localhost\r\n")
        writer.write(header.encode() + b": " + value + b"\r\n" + rest % len(body) + body)
        async with asyncio.timeout(20):
            status = await reader.readline()
        writer.close()

        assert b"HTTP/1.1 200" <= status < b"HTTP/1.1 500", text

    assert "Traceback" not in shared.log.read_text()


async def test_operation_names_and_addresses_break_nothing(shared: Stack) -> None:
    base = f"http://127.0.0.1:{shared.port}"
    for text in [*TEXTS, NUL, LONG]:
        body = {"query": "query A { viewer { id } }", "operationName": text}
        refused_or_answered(await post(shared, orjson.dumps(body)), text)
    async with httpx.AsyncClient(base_url=base) as client:
        for path in (
            "/files/%00?expires=%ff&signature=%00",
            "/files/..%2f..%2fetc%2fpasswd",
            "/files/a?expires=١&signature=é",
            "/graphql?query=%ff%fe",
            "/graphql?query={viewer{id}}&variables=%00",
            "/%0d%0aX: y",
        ):
            answer = await client.get(path)
            assert answer.status_code < 500, path
            assert "x" not in answer.headers, path
