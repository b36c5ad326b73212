"""Uploads written byte by byte, as a hostile client would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.support.stack import Stack

COPY = """mutation($file: FileRef!) { copy(input: {file: $file}) {
  __typename ... on JobAccepted { job { id } } ... on Problem { message } } }"""
OPERATIONS = json.dumps({"query": COPY, "variables": {"file": None}})
MAP = json.dumps({"0": ["variables.file"]})
LENGTH = 10_000_000  # bytes that a body says it has, when it never comes to its end


def part(name: str, content: str | bytes, filename: str | None = None) -> bytes:
    """One part of a body whose boundary is `x`."""
    more = "" if filename is None else f'; filename="{filename}"'
    text = content.encode() if isinstance(content, str) else content
    head = f'--x\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode()
    return head + text + b"\r\n"


def beginning(content: bytes) -> bytes:
    """A body that breaks off in its file."""
    return part("operations", OPERATIONS) + part("map", MAP) + part("0", content, "a")[:-2]


class RawUpload:
    """One connection with an upload on it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def trickle(self, every: float) -> int:
        """Send a byte `every` so many seconds until there is an answer; its status."""
        async with asyncio.TaskGroup() as group, asyncio.timeout(20):
            answer = group.create_task(self.status())
            while not answer.done():
                with suppress(ConnectionError):
                    await self.send(b"x")
                await asyncio.wait([answer], timeout=every)
        return answer.result()

    async def status(self) -> int:
        """The answer's status; 0: the connection ended without one."""
        async with asyncio.timeout(20):
            line = await self._reader.readline()
        return int(line.split()[1]) if line else 0


@asynccontextmanager
async def raw_upload(
    stack: Stack, body: bytes = b"", *, length: int = LENGTH, viewer: str = "ada"
) -> AsyncIterator[RawUpload]:
    """A connection on which an upload of `length` bytes has begun with `body`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", stack.port)
    upload = RawUpload(reader, writer)
    head = (
        "POST /graphql HTTP/1.1\r\nHost: localhost\r\nGraphQL-Require-Preflight: 1\r\n"
        f"X-Jobcast-Viewer: {viewer}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {length}\r\n\r\n"
    )
    try:
        await upload.send(head.encode() + body)
        yield upload
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def stored(data_dir: Path) -> list[str]:
    """The names of all that is in the storage's folder, unfinished things too."""
    folder = data_dir / "files"
    return sorted(path.name for path in folder.rglob("*")) if folder.exists() else []


async def until_nothing_is_stored(data_dir: Path) -> None:
    """Wait until the storage's folder is empty."""
    async with asyncio.timeout(20):
        while stored(data_dir):
            await asyncio.sleep(0.02)


def open_files(pid: int, folder: Path) -> list[str]:
    """What a process has open below `folder`."""
    found = []
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            target = str(handle.readlink())
            if target.startswith(str(folder)):
                found.append(target)
    return found
