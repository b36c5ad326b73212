"""permessage-deflate: off unless it is asked for, and then for those clients who offer it."""

from __future__ import annotations

from pathlib import Path

import pytest
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Opcode

from tests.support.graphql import Socket
from tests.support.raw_websocket import frame
from tests.support.stack import running_stack

pytestmark = pytest.mark.anyio

VIEWER = "{ viewer { id } }"
TYPES = "{ __schema { types { name description fields { name description } } } }"


@pytest.mark.parametrize("allowed", [False, True])
async def test_messages_are_compressed_where_both_sides_want_it(
    valkey_port: int, tmp_path: Path, allowed: bool
) -> None:
    async with (
        running_stack(
            valkey_port, tmp_path, workers=0, websocket_compression=str(allowed).lower()
        ) as stack,
        stack.client().socket() as offering,
        stack.client().socket(compression=None) as plain,
    ):
        answers = []
        for socket in (offering, plain):
            await socket.subscribe(TYPES)
            answers.append([answer async for answer in socket.results()])
        offering.send_raw(frame(Opcode.PING, b"") * 5000)
        flooding = await offering.closed()
        await plain.subscribe(VIEWER)
        served = [answer async for answer in plain.results()]

    assert (compression(offering), compression(plain)) == (allowed, False)
    assert answers[0] == answers[1]
    assert flooding == (1008, "You send frames too fast")
    assert served == [{"data": {"viewer": {"id": "ada"}}}]


def compression(socket: Socket) -> bool:
    return any(isinstance(extension, PerMessageDeflate) for extension in socket.extensions)
