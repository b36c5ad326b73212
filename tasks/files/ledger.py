"""`FileLedger`: how many bytes each owner's files take, counted in Valkey for all processes."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import TypeVar

from broadcaster.errors import BackendFull, BackendUnavailable
from broadcaster.pipeline import ValkeyPipeline
from broadcaster.scripts import Script, compose
from tasks.deadline import answer_in_time
from tasks.errors import QueueUnavailable
from tasks.files.errors import StorageFull, StorageUnavailable

logger = logging.getLogger("jobcast.files")

T = TypeVar("T")

FILES = "jobcast:files:"  # what all of its keys begin with

# Two objects in the store and an entry here: empty files are not free, and with a limit of
# 20 GiB an owner's part of the ledger takes 65 MB of Valkey's memory at most.
SMALLEST_CHARGE = 64 * 1024  # bytes

# The longest pause between two writes of a file. The room of a writer that died comes back then.
HOLD = timedelta(hours=1)

# How often an owner who is at the limit can make us look for files that are gone.
_CHECK_INTERVAL = 60  # seconds

_PAUSE = 1.0  # seconds between a patient caller's attempts


@dataclass(frozen=True, slots=True)
class Reserved:
    """The answer to a reservation."""

    granted_bytes: int
    lapsed: tuple[str, ...]  # ids of files whose writer died: what is left of them can go


class FileLedger:
    """Charges files to their owners, up to a limit for each.

    Every method raises `StorageUnavailable` when Valkey does not answer within 1.5 s; a patient
    ledger waits until it does, as a running job has to.
    """

    def __init__(
        self, pipeline: ValkeyPipeline, limit_bytes: int | None, *, patient: bool = False
    ) -> None:
        self.limit_bytes = limit_bytes
        self._pipeline = pipeline
        self._patient = patient

    async def reserve(self, owner: str, file_id: str, needed: int, wished: int) -> Reserved:
        """Hold room for a file that is being written: `wished` bytes, or what there is.

        Raises:
            StorageFull: There is not even room for `needed` bytes.
        """
        return await self._charge(owner, file_id, needed, wished, HOLD)

    async def keep(self, owner: str, file_id: str, size_bytes: int) -> Reserved:
        """Charge a finished file.

        Raises:
            StorageFull: There is no room for it (any more: its hold had lapsed).
        """
        return await self._charge(owner, file_id, size_bytes, size_bytes, None)

    async def release(self, owner: str, *file_ids: str) -> None:
        """Give back what these files were charged with."""
        await self._answer(
            lambda: self._pipeline.call(_script("release"), [_prefix(owner)], *file_ids)
        )

    async def used(self, owner: str) -> int:
        """Bytes that the owner's files are charged with, those being written included."""
        reply = await self._answer(lambda: self._pipeline.command("GET", _prefix(owner) + "used"))
        return int(reply or 0)

    async def oldest(self, owner: str, count: int) -> list[str]:
        """Ids of the owner's finished files, the oldest first."""
        key = _prefix(owner) + "kept"
        reply = await self._answer(lambda: self._pipeline.command("ZRANGE", key, 0, count - 1))
        return [file_id.decode() for file_id in reply]

    async def may_check(self, owner: str) -> bool:
        """Whether it is time to look for files of the owner that are gone."""
        key = _prefix(owner) + "checked"
        command = ("SET", key, 1, "NX", "EX", _CHECK_INTERVAL)
        return await self._answer(lambda: self._pipeline.command(*command)) is not None

    async def _charge(
        self, owner: str, file_id: str, needed: int, wished: int, hold: timedelta | None
    ) -> Reserved:
        needed, wished = max(needed, SMALLEST_CHARGE), max(wished, SMALLEST_CHARGE)
        granted, used, lapsed = await self._answer(
            lambda: self._pipeline.call(
                _script("reserve"),
                [_prefix(owner)],
                file_id,
                needed,
                wished,
                "" if self.limit_bytes is None else self.limit_bytes,
                "" if hold is None else round(hold / timedelta(milliseconds=1)),
            )
        )
        if int(granted) < 0:
            raise StorageFull(int(used), self.limit_bytes or 0)
        return Reserved(int(granted), tuple(other.decode() for other in lapsed))

    async def _answer(self, ask: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                with answer_in_time():
                    return await ask()
            except (BackendUnavailable, BackendFull, QueueUnavailable) as exc:
                if not self._patient:
                    raise StorageUnavailable("Valkey, which counts files, is away.") from exc
            await asyncio.sleep(_PAUSE)


def _prefix(owner: str) -> str:
    # A digest: an owner's name may hold braces, which are special in a key.
    return f"{FILES}{{{hashlib.sha256(owner.encode()).hexdigest()[:32]}}}:"


@cache
def _script(name: str) -> Script:
    return compose(name, _read(name), _read("ledger"))


def _read(name: str) -> str:
    return (files("tasks.files.lua") / f"{name}.lua").read_text(encoding="utf-8")
