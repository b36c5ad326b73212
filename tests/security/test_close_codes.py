"""Every code that a WebSocket is closed with, and its reason to the letter."""

from __future__ import annotations

import json
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from anyio.to_thread import run_sync
from websockets.asyncio.client import connect
from websockets.exceptions import NegotiationError
from websockets.frames import Frame, Opcode

from tests.security.conftest import MESSAGE_BYTES
from tests.support.graphql import Socket
from tests.support.raw_websocket import close_code, frame, raw_websocket
from tests.support.stack import SERVERS, Stack, running_stack
from tests.support.tokens import SECRET, token

pytestmark = pytest.mark.anyio

Sent = dict[str, Any] | str | bytes

INIT: Sent = {"type": "connection_init"}
VIEWER = {"query": "{ viewer { id } }"}
FEED = {"query": "subscription { jobs { at } }"}


def subscribe(id: Any = "1", payload: Any = VIEWER) -> Sent:
    return {"type": "subscribe", "id": id, "payload": payload}


def bare(type: Any, **members: Any) -> Sent:
    return {"type": type, **members}


NO_JSON = "Messages must be JSON."
HALF = "half a surrogate pair is no character; send whole characters"
LONG_ID = "id must be a text of at most 128 characters"
NO_QUERY = "subscribe needs payload.query, a text"
NO_OBJECT = "The payload must be an object"
UNKNOWN = "Unknown message type"

FAULTS: list[tuple[int, str, list[Sent]]] = [
    # Not a message at all
    (4400, "Messages must be text", [b'{"type": "connection_init"}']),
    (4400, f"{NO_JSON} It is empty.", [""]),
    (4400, f"{NO_JSON} Line 1, column 2: not valid.", ["{type: connection_init}"]),
    (
        4400,
        f"{NO_JSON} Line 1, column 10: {HALF}.",
        [r'{"type":"\ud800"}'],
    ),
    (
        4400,
        f"{NO_JSON} Line 1, column 1050: it is nested too deep.",
        ['{"type":"ping","payload":' + "[" * 2000 + "]" * 2000 + "}"],
    ),
    (
        4400,
        f"{NO_JSON} Line 1, column 31: the number is too large; send it as a string.",
        ['{"type":"ping","payload":{"a":' + "9" * 5000 + "}}"],
    ),
    (4400, "Messages must be JSON objects", ["[]"]),
    (4400, "Messages must be JSON objects", ["1"]),
    (4400, "Messages must be JSON objects", ["null"]),
    (4400, "Messages must be JSON objects", ['"ping"']),
    # Types that the protocol does not have, or not from a client
    *(
        (4400, UNKNOWN, [INIT, bare(type)])
        for type in ("dance", 7, None, ["ping"], "PING", "connection_ack", "next", "error")
    ),
    (4400, UNKNOWN, [{}]),
    # Members of another type
    *(
        (4400, LONG_ID, [INIT, bare(type, payload=VIEWER, **id)])
        for type in ("subscribe", "complete")
        for id in ({}, {"id": ""}, {"id": 7}, {"id": None}, {"id": ["1"]}, {"id": "x" * 129})
    ),
    *(
        (4400, NO_QUERY, [INIT, subscribe(payload=payload)])
        for payload in (None, "x", [VIEWER], {}, {"query": None}, {"query": 7})
    ),
    *(
        (4400, f"payload.{name} has the wrong type", [INIT, subscribe(payload={**VIEWER, name: x})])
        for name, x in (("variables", []), ("operationName", 7), ("extensions", "x"))
    ),
    *(
        (4400, NO_OBJECT, [bare(type, payload=payload)])
        for type in ("connection_init", "ping", "pong")
        for payload in ([1], "x", 7, False)
    ),
    # At the wrong time
    (4401, "Unauthorized", [subscribe()]),
    (4401, "Unauthorized", [bare("ping"), subscribe(), INIT]),
    (4403, "Forbidden: not signed in", [bare("connection_init", payload={"viewer": "a\nb"})]),
    (4409, "Subscriber for 1 already exists", [INIT, subscribe("1", FEED), subscribe("1", FEED)]),
    (4409, "Subscriber for 1 already exists", [INIT, subscribe("1", FEED), subscribe("1", VIEWER)]),
    (4429, "Too many initialisation requests", [INIT, INIT]),
    (4429, "Too many initialisation requests", [INIT, INIT, INIT, subscribe()]),
    (4429, "Too many initialisation requests", [INIT, bare("connection_init", payload=[1])]),
]


@pytest.mark.parametrize("protocol_stack", SERVERS, indirect=True)
async def test_a_message_that_breaks_the_protocol_closes_with_its_code_and_reason(
    protocol_stack: Stack,
) -> None:
    client = protocol_stack.client()
    for code, reason, messages in FAULTS:
        async with client.socket(acknowledge=False) as socket:
            for message in messages:
                await send(socket, message)
            closed = await socket.closed()

        assert closed == (code, reason), messages


async def test_frames_that_are_none_close_with_the_codes_of_websockets(
    protocol_stack: Stack,
) -> None:
    begun = frame(Opcode.TEXT, b"{", fin=False)
    pieces = frame(Opcode.CONT, b" ", fin=False)
    faults = {  # an empty reason: whatever `websockets` says
        "not UTF-8": (1007, "Text must be UTF-8", frame(Opcode.TEXT, b'{"type": "\xff"}')),
        "half a character": (1007, "Text must be UTF-8", frame(Opcode.TEXT, '"é'.encode()[:-1])),
        "too large": (1009, "", frame(Opcode.TEXT, b" " * (MESSAGE_BYTES + 1))),
        "too large in pieces": (
            1009,
            "",
            begun + frame(Opcode.CONT, b" " * (MESSAGE_BYTES // 2), fin=False) * 2,
        ),
        "far too large": (1009, "", frame(Opcode.BINARY, b" " * 2 * MESSAGE_BYTES)),
        "empty pieces": (
            1009,
            "The message comes in too many pieces",
            begun + frame(Opcode.CONT, b"", fin=False) * 5000,
        ),
        "too fast": (1008, "You send frames too fast", frame(Opcode.PING, b"") * 5000),
        "not begun": (1002, "", pieces),
        "begun twice": (1002, "", begun + begun),
        "no such opcode": (1002, "", b"\x8b\x80" + b"\0" * 4),
        "not masked": (1002, "", Frame(Opcode.TEXT, b"{}").serialize(mask=False)),
        "close of one byte": (1002, "", frame(Opcode.CLOSE, b"x")),
    }
    client = protocol_stack.client()
    for name, (code, reason, data) in faults.items():
        async with client.socket() as socket:
            socket.send_raw(data)
            closed = await socket.closed()

        assert closed[0] == code, name
        assert closed[1] == reason or not reason, name
        assert closed[1], name


async def test_a_client_that_is_refused_in_mid_message_is_not_cut_off(
    protocol_stack: Stack,
) -> None:
    def refused() -> bytes:
        with closing(raw_websocket(protocol_stack.port)) as plain:
            plain.sendall(frame(Opcode.TEXT, b" " * 2**25))  # fails when the server resets it
            return plain.recv(4096)

    assert close_code(await run_sync(refused)) == 1009


async def test_a_message_in_many_pieces_is_read_as_one(protocol_stack: Stack) -> None:
    init = json.dumps({"type": "connection_init", "payload": {"viewer": "zoë 🚲"}})
    async with protocol_stack.client().socket(acknowledge=False) as socket:
        every_byte = [
            bytes([byte]) for byte in json.dumps(json.loads(init), ensure_ascii=False).encode()
        ]
        await socket.send_pieces(*every_byte)
        acknowledged = await socket.receive()
        large = json.dumps(subscribe("1", {**VIEWER, "extensions": {"x": "y" * 60_000}})).encode()
        await socket.send_pieces(*(large[at : at + 100] for at in range(0, len(large), 100)))
        (result,) = [result async for result in socket.results()]

    assert acknowledged == {"type": "connection_ack"}
    assert result == {"data": {"viewer": {"id": "zoë 🚲"}}}


async def test_only_the_current_subprotocol_is_spoken(protocol_stack: Stack) -> None:
    url = f"ws://127.0.0.1:{protocol_stack.port}/graphql"
    for offered in (None, ["graphql-ws"], ["GRAPHQL-TRANSPORT-WS"]):
        # The client checks as well, and may come first.
        with suppress(NegotiationError):
            async with connect(url, subprotocols=offered) as websocket:  # type: ignore[arg-type]
                await websocket.wait_closed()
                assert websocket.close_code == 4406
                assert (
                    websocket.close_reason
                    == "Subprotocol not acceptable; offer graphql-transport-ws"
                )


@pytest.mark.parametrize("server", SERVERS)
async def test_a_socket_that_says_nothing_is_closed_in_time(
    valkey_port: int, tmp_path: Path, server: str
) -> None:
    async with running_stack(
        valkey_port, tmp_path, workers=0, served_by=server, init_timeout="0.5s"
    ) as stack:
        client = stack.client()
        async with client.socket(acknowledge=False) as silent:
            await silent.send(type="ping")  # which is no initialisation
            closed = await silent.closed()
        async with client.socket() as acknowledged:
            await acknowledged.send(type="ping")
            answer = await acknowledged.receive()

    assert closed == (4408, "Connection initialisation timeout")
    assert answer == {"type": "pong"}


async def test_a_token_that_is_none_is_forbidden(valkey_port: int, tmp_path: Path) -> None:
    async with running_stack(
        valkey_port, tmp_path, workers=0, jwt_secret=SECRET, local_viewer=""
    ) as stack:
        other = token({"sub": "ada"}, "x" * 32)
        payloads = [None, {}, {"authorization": 7}, {"authorization": f"Bearer {other}"}]
        closed = []
        for payload in payloads:
            async with stack.client().socket(acknowledge=False) as socket:
                await socket.send(type="connection_init", payload=payload)
                closed.append(await socket.closed())

    assert closed == [(4403, "Forbidden: not signed in")] * len(payloads)


async def send(socket: Socket, message: Sent) -> None:
    if isinstance(message, dict):
        await socket.send(**message)
    else:
        await socket.send_text(message)
