"""Uploads that are broken, too slow or never end: refused, and nothing of them is left."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack

import pytest

from tests.support.raw_upload import (
    MAP,
    OPERATIONS,
    beginning,
    open_files,
    part,
    raw_upload,
    stored,
    until_nothing_is_stored,
)
from tests.support.stack import Stack

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

SETTINGS = {"client_stall_timeout": "1s", "uploads_per_viewer": "2"}

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


async def test_a_body_that_is_no_upload_is_refused_and_leaves_nothing(shared: Stack) -> None:
    bodies = broken_bodies()
    statuses: dict[str, int] = {}
    for name, body in bodies.items():
        async with raw_upload(shared, body, length=len(body)) as upload:
            statuses[name] = await upload.status()
    await until_nothing_is_stored(shared.data_dir)

    expected = dict.fromkeys(bodies, 400) | {"a map of nothing": 200}
    assert {name: status for name, status in statuses.items() if status != expected[name]} == {}
    assert "Traceback" not in shared.log.read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
async def test_uploads_that_stop_half_way_are_given_up_and_leave_nothing(shared: Stack) -> None:
    # More than one part: some of it is in the storage.
    async with raw_upload(shared, beginning(b"x" * 9_000_000)) as stalled:
        async with raw_upload(shared, beginning(b"x" * 9_000_000)):
            async with asyncio.timeout(20):
                while len(stored(shared.data_dir)) < 2:
                    await asyncio.sleep(0.02)
        status = await stalled.status()
    await until_nothing_is_stored(shared.data_dir)

    assert status == 408
    assert open_files(shared.servers[0].pid, shared.data_dir / "files") == []
    assert "Traceback" not in shared.log.read_text()


async def test_an_upload_that_trickles_in_is_given_up_however_fast_it_began(
    shared: Stack,
) -> None:
    async with raw_upload(shared, beginning(b"x" * 1_000_000)) as upload:
        status = await upload.trickle(every=0.1)
    await until_nothing_is_stored(shared.data_dir)

    assert status == 408


async def test_a_viewer_sends_only_so_many_uploads_at_a_time(shared: Stack) -> None:
    body = HEAD + FILE + END
    async with AsyncExitStack() as uploads:
        for _ in range(2):
            await uploads.enter_async_context(raw_upload(shared, HEAD))

        async def refused() -> bool:
            return await status_of(shared, body) == 429

        async with asyncio.timeout(20):
            while not await refused():
                await asyncio.sleep(0.02)
        others = await status_of(shared, body, "bob")
    async with asyncio.timeout(20):
        while await refused():
            await asyncio.sleep(0.02)

    assert others == 200


async def test_a_slow_upload_is_taken_while_it_keeps_to_the_lowest_rate(shared: Stack) -> None:
    body = HEAD + part("0", b"x" * 60_000, "a") + END
    pieces = [body[at : at + 3000] for at in range(0, len(body), 3000)]
    async with raw_upload(shared, length=len(body)) as upload:
        for piece in pieces:
            await upload.send(piece)
            await asyncio.sleep(0.1)  # the client's pace: 2 s in all, twice the stall time
        status = await upload.status()

    assert status == 200


async def status_of(stack: Stack, body: bytes, viewer: str = "ada") -> int:
    async with raw_upload(stack, body, length=len(body), viewer=viewer) as upload:
        return await upload.status()
