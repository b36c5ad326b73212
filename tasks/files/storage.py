"""`FileStorage`: files in a folder or an object store, written and read as streams."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

import anyio
import obstore

from tasks.files.errors import FileNotFound, StorageUnavailable
from tasks.files.ledger import FileLedger
from tasks.files.reference import FileRef
from tasks.files.space import Space
from tasks.files.stored import StoredFile, is_file_id, new_file_id, sidecar
from tasks.files.stores import open_store, translated
from tasks.files.writer import FileWriter, open_writer

logger = logging.getLogger("jobcast.files")

# One piece in memory for each reader. Each is a request of its own, so a slow reader holds no
# connection to the store open.
READ_PIECE = 1024**2  # bytes
COPY_PIECE = 8 * 1024**2  # bytes: fewer requests when a whole file is fetched or stored


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of their limit an owner's files take."""

    used_bytes: int
    limit_bytes: int | None  # None: there is no limit


class FileStorage:
    """Files by random ids, each with its owner.

    A file is its content under its id, and a sidecar beside it, written last: without one there
    is no file. Names are kept in the sidecar only and never become paths. Nothing is deleted
    but by `delete`; let a bucket's lifecycle rules end files, and uploads that a killed process
    left unfinished.
    """

    def __init__(self, url: str, ledger: FileLedger | None = None) -> None:
        """Open the store that `url` names: `file:///path`, `s3://`, `gs://`, `az://`, `memory://`.

        `ledger` charges files to their owners; None: nobody counts.

        Raises:
            InvalidStorageUrl: It names none.
        """
        self._store, self._folder = open_store(url)
        self._ledger = ledger

    def writer(
        self,
        owner: str,
        name: str,
        content_type: str = "application/octet-stream",
        max_bytes: int | None = None,
    ) -> AbstractAsyncContextManager[FileWriter]:
        """A new file, to be written in the block; its `ref` is there after the block.

        When the block raises or is cancelled, nothing is kept.

        Raises:
            FileTooLarge: More than `max_bytes` were written.
            StorageFull: The owner's files take as much as they may.
            StorageUnavailable: The store did not answer, or refused.
        """
        file_id = new_file_id()
        return open_writer(
            self._store,
            Space(self._ledger, self._store, self._folder, owner, file_id),
            file_id,
            owner=owner,
            name=name,
            content_type=content_type,
            max_bytes=max_bytes,
        )

    async def upload(
        self,
        path: Path,
        *,
        owner: str,
        name: str,
        content_type: str = "application/octet-stream",
        max_bytes: int | None = None,
    ) -> FileRef:
        """Store the file at `path`; errors as for `writer`."""
        async with (
            await anyio.open_file(path, "rb") as source,
            self.writer(owner, name, content_type, max_bytes) as writer,
        ):
            while piece := await source.read(COPY_PIECE):
                await writer.write(piece)
        return writer.ref

    async def stat(self, file_id: str) -> StoredFile | None:
        """What is known of the file; None when there is none.

        Raises:
            StorageUnavailable: The store did not answer.
        """
        if not is_file_id(file_id):
            return None
        try:
            with translated():
                found = await obstore.get_async(self._store, sidecar(file_id))
                return StoredFile.decode(bytes(await found.bytes_async()))
        except FileNotFound:
            return None

    async def stat_for(
        self, file_id: str, viewer_id: str, admin: bool = False
    ) -> StoredFile | None:
        """The same, for one who asks: None as well when the file is someone else's."""
        stored = await self.stat(file_id)
        return stored if stored and (admin or stored.owner == viewer_id) else None

    async def read(
        self, file_id: str, byte_range: tuple[int, int] | None = None
    ) -> AsyncGenerator[bytes, None]:
        """The file's bytes, in pieces of at most 1 MiB.

        Args:
            file_id: The file.
            byte_range: First byte, and the one after the last; None: all.

        Raises:
            FileNotFound: There is no such file (raised with the first piece).
            StorageUnavailable: The store did not answer.
        """
        async with aclosing(self._pieces(file_id, byte_range, READ_PIECE)) as pieces:
            async for piece in pieces:
                yield piece

    async def download(self, file_id: str, path: Path) -> None:
        """Write the file to `path`, which must not exist yet; errors as for `read`.

        When it fails or is cancelled, nothing is left at `path`.
        """
        async with await anyio.open_file(path, "xb") as target:
            try:
                async with aclosing(self._pieces(file_id, None, COPY_PIECE)) as pieces:
                    async for piece in pieces:
                        await target.write(piece)
            except BaseException:
                path.unlink(missing_ok=True)  # noqa: ASYNC240 - no await may stand between
                raise

    @asynccontextmanager
    async def local_copy(self, file_id: str) -> AsyncIterator[Path]:
        """A path at which programs can read the file, for the block. Nobody may write there.

        It is the file itself when the storage is a local folder, else a private copy.

        Raises:
            FileNotFound: There is no such file.
            StorageUnavailable: The store did not answer.
        """
        if self._folder is not None:
            if await self.stat(file_id) is None:
                raise FileNotFound("There is no such file.")
            yield self._folder / file_id
            return
        folder = Path(tempfile.mkdtemp(prefix="jobcast-file-"))  # readable by this user only
        try:
            copy = folder / file_id if is_file_id(file_id) else folder / "unknown"
            await self.download(file_id, copy)
            yield copy
        finally:
            rmtree(folder, ignore_errors=True)

    async def delete(self, file_id: str) -> bool:
        """Remove the file; False when there was none.

        Raises:
            StorageUnavailable: The store did not answer; the file may be gone already.
        """
        stored = await self.stat(file_id)
        if stored is None:
            return False
        with translated():
            # The sidecar first: what is left after a failure is no file to anyone.
            await obstore.delete_async(self._store, sidecar(file_id))
            await obstore.delete_async(self._store, file_id)
        if self._ledger is not None:
            try:
                await self._ledger.release(stored.owner, file_id)
            except StorageUnavailable as exc:
                logger.warning("A deleted file stays charged until room is short: %s", exc)
        return True

    async def usage(self, owner: str) -> Usage:
        """How much the owner's files take, and may.

        Raises:
            StorageUnavailable: Valkey did not answer.
        """
        if self._ledger is None:
            return Usage(0, None)
        return Usage(await self._ledger.used(owner), self._ledger.limit_bytes)

    async def oldest(self, owner: str, count: int) -> list[StoredFile]:
        """The owner's files, the oldest first.

        Raises:
            StorageUnavailable: Valkey or the store did not answer.
        """
        if self._ledger is None:
            return []
        found = [await self.stat(one) for one in await self._ledger.oldest(owner, count)]
        return [stored for stored in found if stored is not None]

    async def _pieces(
        self, file_id: str, byte_range: tuple[int, int] | None, size_bytes: int
    ) -> AsyncGenerator[bytes, None]:
        stored = await self.stat(file_id)
        if stored is None:
            raise FileNotFound("There is no such file.")
        start, end = byte_range or (0, stored.size_bytes)
        if start < 0:
            raise ValueError("A byte range starts at 0 or later.")
        end = min(end, stored.size_bytes)
        while start < end:
            stop = min(start + size_bytes, end)
            with translated():
                piece = await obstore.get_range_async(self._store, file_id, start=start, end=stop)
            yield bytes(piece)
            start = stop
