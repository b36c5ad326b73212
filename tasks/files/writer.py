"""`FileWriter`: writes one new file as a stream, all or nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import anyio
import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from tasks.files.errors import FileTooLarge
from tasks.files.names import clean_content_type, clean_name
from tasks.files.reference import FileRef
from tasks.files.space import Space, remove_objects
from tasks.files.stored import StoredFile, sidecar
from tasks.files.stores import translated

if TYPE_CHECKING:
    from obstore import AsyncWritableFile  # not importable at run time

logger = logging.getLogger("jobcast.files")

# S3 takes 10,000 parts of at least 5 MiB: these make 78 GiB.
PART = 8 * 1024**2  # bytes
PARTS_AT_ONCE = 2  # with the one being filled, 24 MiB in memory for each writer

CLEANUP_TIMEOUT = 10  # seconds that a failed write may take to remove what it wrote


class FileWriter:
    """What the block of `FileStorage.writer` is given."""

    def __init__(self, content: AsyncWritableFile, max_bytes: int | None, space: Space) -> None:
        self.size_bytes = 0
        self._content = content
        self._space = space
        self._max_bytes = max_bytes
        self._ref: FileRef | None = None

    async def write(self, chunk: bytes | bytearray | memoryview) -> None:
        """Append `chunk`; waits while too many parts are on their way.

        Raises:
            FileTooLarge: The file would be larger than allowed. Let it propagate.
            StorageFull: The owner's limit would be exceeded. Let it propagate.
            StorageUnavailable: The store did not answer, or refused.
        """
        size = memoryview(chunk).nbytes
        if self._max_bytes is not None and self.size_bytes + size > self._max_bytes:
            raise FileTooLarge(self._max_bytes)
        if size:
            await self._space.cover(self.size_bytes + size)
            with translated():
                await self._content.write(bytes(chunk))
        self.size_bytes += size

    @property
    def ref(self) -> FileRef:
        """The finished file's reference; there is one only after the block."""
        if self._ref is None:
            raise RuntimeError("The file is not finished: ask for `ref` after the block.")
        return self._ref

    def finished(self, stored: StoredFile) -> None:
        """The file is complete, and is `stored`."""
        self._ref = stored.ref


@asynccontextmanager
async def open_writer(
    store: ObjectStore,
    space: Space,
    file_id: str,
    *,
    owner: str,
    name: str,
    content_type: str,
    max_bytes: int | None,
) -> AsyncIterator[FileWriter]:
    """A writer of a new file in `store`; see `FileStorage.writer`."""
    try:
        await space.cover(0)  # before anything is stored
        content = obstore.open_writer_async(
            store, file_id, buffer_size=PART, max_concurrency=PARTS_AT_ONCE
        )
        writer = FileWriter(content, max_bytes, space)
        try:
            yield writer
        except BaseException:
            await _abort(content)
            raise
        stored = StoredFile(
            id=file_id,
            owner=owner,
            name=clean_name(name),
            size_bytes=writer.size_bytes,
            content_type=clean_content_type(content_type),
            created_at=datetime.now(UTC),
        )
        with translated():
            await _settled(content.close())
            # Only now is there a file: whoever finds the sidecar finds the whole content.
            await _settled(obstore.put_async(store, sidecar(file_id), stored.encode()))
        await space.keep(writer.size_bytes)
        writer.finished(stored)
    except BaseException:
        await _remove(store, file_id, space)
        raise


async def _settled(step: Awaitable[object]) -> None:
    """Wait for the store, past a cancellation too.

    The store goes on with what it was told after its future is cancelled. What it wrote then
    would come after it was removed, and stay.
    """
    future = asyncio.ensure_future(step)  # noqa: TID251 - a future already: nothing is started
    try:
        await asyncio.wait([future])
    except asyncio.CancelledError:
        with anyio.move_on_after(CLEANUP_TIMEOUT, shield=True):
            await asyncio.wait([future])
        if future.done():
            future.exception()  # looked at: what failed is removed as well
        raise
    future.result()


async def _abort(content: AsyncWritableFile) -> None:
    with anyio.move_on_after(CLEANUP_TIMEOUT, shield=True):
        try:
            # A multipart upload that is not aborted stays in the bucket, unseen and paid for.
            await content.__aexit__(Exception, None, None)
        except (BaseError, OSError):
            logger.warning("A failed upload could not be aborted", exc_info=True)


async def _remove(store: ObjectStore, file_id: str, space: Space) -> None:
    with anyio.move_on_after(CLEANUP_TIMEOUT, shield=True):
        await remove_objects(store, file_id)
        await space.give_back()
