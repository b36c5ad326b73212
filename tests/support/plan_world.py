"""A world in which every resolver gives what chance has it, the same however often it is asked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import DocumentNode, FieldNode, get_operation_ast

from tests.support.plan_values import RandomValues


@dataclass(slots=True)
class World:
    """Answers fields, and notes who asked."""

    values: RandomValues
    seed: int
    calls: list[str] = field(default_factory=list)
    _kept: dict[str, Any] = field(default_factory=dict)

    def kept(self, name: str, type_: Any) -> Any:
        """The value of that name, of this type."""
        if name not in self._kept:
            self._kept[name] = self.values.of(type_)
        return self._kept[name]

    def event(self, document: DocumentNode) -> Any:
        """What the document's subscription gives, or what cannot be that."""
        operation = get_operation_ast(document)
        root = self.values.schema.subscription_type
        assert operation is not None
        assert root is not None
        (field,) = operation.selection_set.selections
        assert isinstance(field, FieldNode)
        return self.kept("event", root.fields[field.name.value].type)

    def answer(self, info: Any, arguments: dict[str, Any]) -> Any:
        """Answers a root field, now or later, with a value or an exception."""
        key = info.path.key
        self.calls.append(f"{info.parent_type}.{info.field_name} {key} {arguments!r}")
        chance = Random(f"{self.seed} {key}")
        fails, sleeps = chance.randrange(12) == 0, chance.randrange(4)
        value = self.kept(key, info.return_type)
        if sleeps == 0:
            return _give(value, fails=fails)
        return _later(value, fails=fails, sleeps=sleeps - 1)


@dataclass(slots=True)
class WorldContext:
    """Answers what types ask of `info.context`."""

    world: World

    async def job_arguments(self, job_id: str) -> bytes | None:
        """Arguments that fit some task or other."""
        await asyncio.sleep(0)
        return (None, b"{}", b'{"a": 1}', b'{"to": 3}', b'{"seconds": 1}')[self.world.seed % 5]

    async def storage_usage(self) -> Any:
        """How much is stored, if it is known."""
        return self.world.kept("usage", self._type("StorageUsage"))

    async def stored_files(self, first: int) -> Any:
        """Files, unless too many are asked for."""
        if first > 5:
            raise ValueError(first)
        return self.world.kept("files", self._type("Viewer").fields["storedFiles"].type)

    def workers(self, queue: Any, first: int) -> Any:
        """Workers of any queue, unless too many are asked for."""
        if first > 5:
            raise ValueError(first)
        return self.world.kept("workers", self._type("Queue").fields["workers"].type)

    def running_jobs(self, worker: Any, first: int) -> Any:
        """Jobs of any worker."""
        return self.world.kept("running", self._type("Worker").fields["runningJobs"].type)

    def file_url(self, file: Any) -> str:
        """A link, in most worlds."""
        if self.world.seed % 7 == 0:
            raise ValueError("no link")
        return f"/files/{file.id}"

    def _type(self, name: str) -> Any:
        return self.world.values.schema.type_map[name]


async def _later(value: Any, *, fails: bool, sleeps: int) -> Any:
    for _ in range(sleeps):
        await asyncio.sleep(0)
    return _give(value, fails=fails)


def _give(value: Any, *, fails: bool) -> Any:
    if fails:
        raise ValueError("raised")
    return value
