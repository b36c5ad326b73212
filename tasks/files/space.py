"""`Space`: the room that one file has in its owner's ledger while it is written."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from pathlib import Path

import obstore
from obstore.store import ObjectStore

from tasks.files.errors import FileNotFound, StorageFull, StorageUnavailable
from tasks.files.ledger import HOLD, FileLedger, Reserved
from tasks.files.stored import is_file_id, sidecar
from tasks.files.stores import translated

logger = logging.getLogger("jobcast.files")

STEP = 8 * 1024**2  # bytes: one question to Valkey for each part that goes to the store

# Files that are looked for when the owner seems to be at the limit: 2 s where one takes 20 ms.
_CHECKED = 100

_RENEWAL = HOLD.total_seconds() / 4


class Space:
    """Held by a writer; without a ledger, all of it does nothing.

    Whatever happens, no room is lost for good. A writer gives it back; if its process dies, the
    hold lapses, and the owner's next file removes what was stored. Should a file be gone and
    still be charged (a bucket's rule removed it; Valkey was away when it was deleted), that is
    found out when room is short.
    """

    def __init__(
        self,
        ledger: FileLedger | None,
        store: ObjectStore,
        folder: Path | None,
        owner: str,
        file_id: str,
    ) -> None:
        self._ledger = ledger
        self._store = store
        self._folder = folder
        self._owner = owner
        self._file_id = file_id
        self._granted = -1  # bytes; so that the first question is asked for an empty file too
        self._renew_at = 0.0

    async def cover(self, size_bytes: int) -> None:
        """Make sure that the file may have this size.

        Raises:
            StorageFull: The owner's limit is reached.
            StorageUnavailable: Valkey or the store did not answer.
        """
        clock = asyncio.get_running_loop().time
        if self._ledger is None or (size_bytes <= self._granted and clock() < self._renew_at):
            return
        wished = max(size_bytes + STEP, self._granted)
        try:
            reserved = await self._ledger.reserve(self._owner, self._file_id, size_bytes, wished)
        except StorageFull:
            if not await self._forget_vanished():
                raise
            reserved = await self._ledger.reserve(self._owner, self._file_id, size_bytes, wished)
        self._granted = reserved.granted_bytes
        self._renew_at = clock() + _RENEWAL
        await self._remove_leftovers(reserved)

    async def keep(self, size_bytes: int) -> None:
        """The file is finished, and is charged from now on; errors as for `cover`."""
        if self._ledger is not None:
            await self._ledger.keep(self._owner, self._file_id, size_bytes)

    async def give_back(self) -> None:
        """There is no such file after all."""
        if self._ledger is not None:
            try:
                await self._ledger.release(self._owner, self._file_id)
            except StorageUnavailable:
                logger.warning("The room of a failed upload comes back in %s", HOLD)

    async def _forget_vanished(self) -> bool:
        """Give back the room of files that are gone; whether there were any."""
        if self._ledger is None or not await self._ledger.may_check(self._owner):
            return False
        vanished = []
        for file_id in await self._ledger.oldest(self._owner, _CHECKED):
            try:
                with translated():
                    await obstore.head_async(self._store, sidecar(file_id))
            except FileNotFound:
                vanished.append(file_id)
        await self._ledger.release(self._owner, *vanished)
        return bool(vanished)

    async def _remove_leftovers(self, reserved: Reserved) -> None:
        """Remove what writers that died had stored."""
        for file_id in filter(is_file_id, reserved.lapsed):
            await remove_objects(self._store, file_id)
            for unfinished in self._folder.glob(f"{file_id}#*") if self._folder else ():
                unfinished.unlink(missing_ok=True)


async def remove_objects(store: ObjectStore, file_id: str) -> None:
    """Remove whatever there is of a file; what cannot be removed is logged."""
    for path in _objects(file_id):
        try:
            with translated():
                await obstore.delete_async(store, path)
        except FileNotFound:
            pass
        except StorageUnavailable:
            logger.warning("Parts of a failed upload could not be removed", exc_info=True)


def _objects(file_id: str) -> Iterable[str]:
    # The sidecar first: what is left after a failure is no file to anyone.
    return sidecar(file_id), file_id
