"""`OwnerFiles`: the files of one owner, which is all that a task may touch."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from pathlib import Path

from tasks.files.errors import FileNotFound
from tasks.files.reference import FileRef
from tasks.files.storage import FileStorage
from tasks.files.stored import StoredFile
from tasks.files.writer import FileWriter


class OwnerFiles:
    """A `FileStorage` through the eyes of one owner: the files of others do not exist.

    Every call that names a file takes its reference or its id, and raises `FileNotFound` or
    `StorageUnavailable`.
    """

    def __init__(self, storage: FileStorage, owner: str) -> None:
        self.owner = owner
        self._storage = storage

    def writer(
        self,
        name: str,
        content_type: str = "application/octet-stream",
        max_bytes: int | None = None,
    ) -> AbstractAsyncContextManager[FileWriter]:
        """A new file of the owner; see `FileStorage.writer`."""
        return self._storage.writer(self.owner, name, content_type, max_bytes)

    async def upload(
        self,
        path: Path,
        *,
        name: str,
        content_type: str = "application/octet-stream",
        max_bytes: int | None = None,
    ) -> FileRef:
        """Store the file at `path` as the owner's; see `FileStorage.upload`."""
        return await self._storage.upload(
            path, owner=self.owner, name=name, content_type=content_type, max_bytes=max_bytes
        )

    async def stat(self, file: FileRef | str) -> StoredFile:
        """What is known of the file."""
        file_id = file if isinstance(file, str) else file.id
        stored = await self._storage.stat_for(file_id, self.owner)
        if stored is None:
            raise FileNotFound("There is no such file.")
        return stored

    async def read(
        self, file: FileRef | str, byte_range: tuple[int, int] | None = None
    ) -> AsyncGenerator[bytes, None]:
        """The file's bytes in pieces; see `FileStorage.read`."""
        stored = await self.stat(file)
        async with aclosing(self._storage.read(stored.id, byte_range)) as pieces:
            async for piece in pieces:
                yield piece

    async def download(self, file: FileRef | str, path: Path) -> None:
        """Write the file to `path`, which must not exist yet."""
        await self._storage.download((await self.stat(file)).id, path)

    @asynccontextmanager
    async def local_copy(self, file: FileRef | str) -> AsyncIterator[Path]:
        """A path at which programs can read the file; see `FileStorage.local_copy`."""
        stored = await self.stat(file)
        async with self._storage.local_copy(stored.id) as path:
            yield path

    async def delete(self, file: FileRef | str) -> None:
        """Remove the file."""
        await self._storage.delete((await self.stat(file)).id)
