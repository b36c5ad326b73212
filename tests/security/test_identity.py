"""Who is let in: the same by every door, and everyone else is refused alike, before any work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from jobcast.auth.errors import NOT_SIGNED_IN
from tests.support.bad_tokens import REFUSED, signed
from tests.support.graphql import WATCH, GraphQLClient
from tests.support.http_client import http_client
from tests.support.key_server import KeyServer, serving
from tests.support.stack import Stack, running_stack
from tests.support.tokens import SECRET, claims_of, ec_key, in_seconds, token

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

ISSUER, AUDIENCE = "https://id.example.org", "jobcast"
OURS = {"iss": ISSUER, "aud": AUDIENCE}
WHO = "{ viewer { id } }"

# What a header can carry; longer ones are refused with the head (test_floods).
BAD = {
    name: text for name, text in REFUSED.items() if text.isascii() and 0 < len(text) < 60_000
} | {
    "another issuer": token({"iss": "https://evil.example", "aud": AUDIENCE}),
    "another audience": token({"iss": ISSUER, "aud": "other"}),
    "no issuer and no audience": token(),
    "a public key as the secret": signed({"alg": "HS256"}, claims_of(OURS), ec_key().pem()),
}


@pytest.fixture
async def stack(valkey_port: int, tmp_path: Path) -> AsyncIterator[Stack]:
    async with running_stack(
        valkey_port,
        tmp_path,
        workers=0,
        jwt_secret=SECRET,
        jwt_issuer=ISSUER,
        jwt_audience=AUDIENCE,
        local_viewer="",
        log_level="debug",
        connections_per_address="1000",
    ) as stack:
        yield stack


async def test_every_door_refuses_every_bad_token_alike_and_before_any_work(
    stack: Stack, tmp_path: Path
) -> None:
    answers: set[tuple[Any, ...]] = set()
    async with http_client() as http:
        for text in BAD.values():
            headers = {"Authorization": f"Bearer {text}"}
            for response in await knock(http, stack.url, headers):
                challenge = response.headers["www-authenticate"]
                answers.add((response.status_code, challenge, response.content))
            answers.add(await first_words(stack, payload={"authorization": f"Bearer {text}"}))
            answers.add(await first_words(stack, headers=headers))
    log = stack.log.read_text()

    assert answers == {
        (401, 'Bearer realm="jobcast"', REFUSAL),
        (4403, "Forbidden: not signed in"),
        (431, ""),  # a header that is too large for a handshake
    }
    assert list((tmp_path / "files").rglob("*.bin")) == []
    for text in BAD.values():
        assert not any(len(piece) > 8 and piece in log for piece in text.split("."))


async def test_a_good_token_is_the_same_viewer_by_every_door(stack: Stack) -> None:
    good = token({"sub": "ada", **OURS})
    client = GraphQLClient(stack.port, None, good)
    headers = {"Authorization": f"Bearer {good}"}

    async with http_client(headers=headers) as http:
        seen = [
            (await http.post(stack.url, json={"query": WHO})).json(),
            (await http.get(stack.url, params={"query": WHO})).json(),
        ]
    async with client.socket() as socket:
        await socket.subscribe(WHO)
        seen += [result async for result in socket.results()]
    async with client.socket(acknowledge=False, additional_headers=headers) as socket:
        await socket.send(type="connection_init")
        assert (await socket.receive())["type"] == "connection_ack"
        await socket.subscribe(WHO)
        seen += [result async for result in socket.results()]

    assert seen == [{"data": {"viewer": {"id": "ada"}}}] * 4


async def test_no_answer_sends_anyone_where_a_header_says(stack: Stack) -> None:
    async with http_client(headers={"Host": "evil.example"}) as http:
        for path in ("/graphql/", "/files/none/", "/healthz/", "//evil.example"):
            response = await http.get(f"http://127.0.0.1:{stack.port}{path}")
            assert response.status_code == 404
            assert "location" not in response.headers


async def test_known_keys_stay_good_while_the_issuer_is_away_and_new_ones_are_refused(
    valkey_port: int, tmp_path: Path
) -> None:
    known, unknown = ec_key("first"), ec_key("second")
    server = KeyServer(known.published(kid="1"))
    with serving(server):
        async with running_stack(
            valkey_port, tmp_path, workers=0, jwks_url=server.url, local_viewer=""
        ) as stack:
            before = await GraphQLClient(stack.port, None, known.sign(kid="1")).request(WHO)
            server.status = 503
            after = await GraphQLClient(stack.port, None, known.sign(kid="1")).request(WHO)
            refused = await GraphQLClient(stack.port, None, unknown.sign(kid="2")).request(WHO)
            forged = await GraphQLClient(stack.port, None, unknown.sign(kid="1")).request(WHO)

    assert before == after == {"data": {"viewer": {"id": "alice"}}}
    for answer in (refused, forged):
        assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_token_that_expires_ends_what_it_opened(stack: Stack) -> None:
    # Accepted for 30 s after its end, so this one has a second left.
    client = GraphQLClient(stack.port, None, token({"exp": in_seconds(-28), **OURS}))
    job = await client.enqueue("hold", "")

    async with client.socket() as socket:
        await socket.subscribe(WATCH, {"id": job})
        assert (await socket.receive())["type"] == "next"
        closed = await socket.closed()

    assert closed == (4403, "Forbidden: the token has expired")


REFUSAL = (
    f'{{"errors":[{{"message":"{NOT_SIGNED_IN}","extensions":{{"code":"UNAUTHENTICATED"}}}}]}}'
).encode()


async def knock(http: httpx.AsyncClient, url: str, headers: dict[str, str]) -> list[httpx.Response]:
    """Every way to ask over HTTP; most would be refused for what they send, were it read."""
    stream = {**headers, "Accept": "text/event-stream"}
    upload = {**headers, "GraphQL-Require-Preflight": "true"}
    as_json = {**headers, "Content-Type": "application/json"}
    return [
        await http.post(url, json={"query": WHO}, headers=headers),
        await http.post(url, content=b"{", headers=as_json),
        await http.get(url, params={"query": WHO}, headers=headers),
        await http.get(url, params={"query": "subscription {"}, headers=stream),
        await http.post(url, files={"0": b"bytes"}, headers=upload),
    ]


async def first_words(
    stack: Stack,
    *,
    payload: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, str]:
    """With what a socket is closed that asks at once."""
    client = GraphQLClient(stack.port, None)
    try:
        async with client.socket(acknowledge=False, additional_headers=headers) as socket:
            await socket.send(type="connection_init", payload=payload or {})
            await socket.subscribe("{")
            return await socket.closed()
    except InvalidStatus as refused:
        return refused.response.status_code, ""
