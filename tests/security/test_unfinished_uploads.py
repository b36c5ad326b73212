"""Uploads that are broken, too slow or never end: refused, and nothing of them is left."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.support.raw_upload import (
    LENGTH,
    MAP,
    OPERATIONS,
    beginning,
    open_files,
    part,
    raw_upload,
    stored,
    until_nothing_is_stored,
)
from tests.support.stack import running_stack

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

END = b"--x--\r\n"
HEAD = part("operations", OPERATIONS) + part("map", MAP)
FILE = part("0", b"x" * 1000, "a")


def broken_bodies() -> dict[str, bytes]:
    """Bodies that end, and are not what an upload has to be."""
    return {
        "nothing": b"",
        "only its end": END,
        "another boundary": HEAD.replace(b"--x", b"--y") + b"--y--\r\n",
        "no end": HEAD + FILE,
        "cut in a header": HEAD + b'--x\r\nContent-Disposition: form-data; name="0"',
        "no name": HEAD + b"--x\r\nContent-Disposition: form-data\r\n\r\nabc\r\n" + END,
        "no disposition": HEAD + b"--x\r\n\r\nabc\r\n" + END,
        "a header without a colon": HEAD + b"--x\r\nnonsense\r\n\r\nabc\r\n" + END,
        "NUL in a header": HEAD + b"--x\r\nContent-Disposition: form\0-data\r\n\r\n" + END,
        "a long header": HEAD + b"--x\r\nX: " + b"a" * 5000 + b"\r\n\r\n" + END,
        "many headers": HEAD + b"--x\r\n" + b"X: y\r\n" * 50 + b"\r\n" + END,
        "the file twice": HEAD + FILE + FILE + END,
        "a file too many": HEAD + FILE + part("1", b"y", "b") + END,
        "an unknown name": HEAD + part("\\u0000\u202e/../x", b"y", "b") + END,
        "a map of numbers": with_map({"0": [1]}) + FILE + END,
        "a map of nothing": with_map({"0": []}) + FILE + END,
        "a map that is a list": with_map([]) + FILE + END,
        "a map into the query": with_map({"0": ["query"]}) + FILE + END,
        "a map into a string": with_map({"0": ["variables.file.x"]}) + FILE + END,
        "a map with a huge index": with_map({"0": ["variables.9999999999999999"]}) + FILE + END,
        "a map to a prototype": with_map({"0": ["__proto__.file"]}) + FILE + END,
        "a map of many": with_map({str(n): ["variables.file"] for n in range(99)}) + FILE + END,
        "operations that are a list": part("operations", "[]") + part("map", MAP) + FILE + END,
        "operations in another encoding": part("operations", OPERATIONS.encode("utf-16")) + END,
        "operations nested deeply": part("operations", "[" * 5000) + part("map", MAP) + END,
    }


def with_map(value: object) -> bytes:
    return part("operations", OPERATIONS) + part("map", json.dumps(value))


async def test_a_body_that_is_no_upload_is_refused_and_leaves_nothing(
    valkey_port: int, tmp_path: Path
) -> None:
    bodies = broken_bodies()
    statuses: dict[str, int] = {}
    async with running_stack(valkey_port, tmp_path, workers=0) as stack:
        for name, body in bodies.items():
            async with raw_upload(stack, body, length=len(body)) as upload:
                statuses[name] = await upload.status()
        await until_nothing_is_stored(tmp_path)
        log = stack.log.read_text()

    expected = dict.fromkeys(bodies, 400) | {"a map of nothing": 200}
    assert {name: status for name, status in statuses.items() if status != expected[name]} == {}
    assert "Traceback" not in log


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
async def test_uploads_that_stop_half_way_are_given_up_and_leave_nothing(
    valkey_port: int, tmp_path: Path
) -> None:
    large = beginning(b"x" * 9_000_000)  # more than one part: some of it is in the storage
    async with (
        running_stack(valkey_port, tmp_path, workers=0, client_stall_timeout="1s") as stack,
        AsyncExitStack() as uploads,
    ):
        assert stack.server is not None
        stalled = await uploads.enter_async_context(raw_upload(stack, large))
        async with raw_upload(stack, large):
            async with asyncio.timeout(20):
                while len(stored(tmp_path)) < 2:
                    await asyncio.sleep(0.02)
        status = await stalled.status()
        await until_nothing_is_stored(tmp_path)
        left_open = open_files(stack.server.pid, tmp_path / "files")
        log = stack.log.read_text()

    assert status == 408
    assert left_open == []
    assert "Traceback" not in log


async def test_an_upload_that_trickles_in_is_given_up_however_fast_it_began(
    valkey_port: int, tmp_path: Path
) -> None:
    async with running_stack(valkey_port, tmp_path, workers=0, client_stall_timeout="1s") as stack:
        async with raw_upload(stack, beginning(b"x" * 1_000_000)) as upload:
            status = await upload.trickle(every=0.1)
        await until_nothing_is_stored(tmp_path)

    assert status == 408


async def test_a_slow_upload_is_taken_while_it_keeps_to_the_lowest_rate(
    valkey_port: int, tmp_path: Path
) -> None:
    body = HEAD + part("0", b"x" * 60_000, "a") + END
    pieces = [body[at : at + 3000] for at in range(0, len(body), 3000)]
    async with (
        running_stack(valkey_port, tmp_path, workers=0, client_stall_timeout="1s") as stack,
        raw_upload(stack, length=len(body)) as upload,
    ):
        for piece in pieces:
            await upload.send(piece)
            await asyncio.sleep(0.1)  # the client's pace: 2 s in all, twice the stall time
        status = await upload.status()

    assert status == 200


async def test_a_viewer_sends_only_so_many_uploads_at_a_time(
    valkey_port: int, tmp_path: Path
) -> None:
    async with (
        running_stack(valkey_port, tmp_path, workers=0, uploads_per_viewer="2") as stack,
        AsyncExitStack() as uploads,
    ):
        for _ in range(2):
            await uploads.enter_async_context(raw_upload(stack, beginning(b"x" * 9_000_000)))
        async with asyncio.timeout(20):
            while len(stored(tmp_path)) < 2:
                await asyncio.sleep(0.02)

        async with raw_upload(stack, length=LENGTH) as third:
            refused = await third.status()
        body = HEAD + FILE + END
        async with raw_upload(stack, body, length=len(body), viewer="bob") as other:
            taken = await other.status()
        await uploads.aclose()
        async with asyncio.timeout(20):
            while await status_of(stack, body) != 200:
                await asyncio.sleep(0.02)

    assert (refused, taken) == (429, 200)


async def status_of(stack: object, body: bytes) -> int:
    async with raw_upload(stack, body, length=len(body)) as upload:  # type: ignore[arg-type]
        return await upload.status()
