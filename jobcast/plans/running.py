"""One run of compiled code: what it was given, what it waits for, and what root fields gave."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql.execution import Executor
from graphql.execution.values import VariableValues
from graphql.pyutils import Path

from jobcast.plans.fields import Place

# A path in the response as (the path before, key, type); lists have None for a type. graphql-core's
# `Path` is made of it only for those who ask.
PathLinks = tuple[Any, str | int, str | None]


class Outcome(NamedTuple):
    """What the resolver of a root field gave or raised."""

    value: Any
    error: Exception | None
    awaited: bool
    turn: int  # how many root fields were done before

    def again(self) -> Any:
        """Give or raise it as the resolver did."""
        if self.awaited:
            return self._later()
        return self._now()

    def _now(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.value

    async def _later(self) -> Any:
        for _ in range(self.turn):  # errors are told in the order in which they came
            await asyncio.sleep(0)
        return self._now()


class Waiting(NamedTuple):
    """A field whose resolver has to be awaited, and where its value then goes."""

    awaitable: Awaitable[Any]
    complete: Callable[[Any, Run, PathLinks], Any]
    into: dict[str, Any]
    path: PathLinks
    root: bool


@dataclass(slots=True)
class Run:
    """One run of an operation, or of one event of a subscription."""

    stand_in: Callable[[Run], Executor[Any]]
    context: Any
    variables: VariableValues
    root_value: Any
    waiting: list[Waiting]
    kept: dict[str, Outcome]  # by the key of the root field
    _executor: Executor[Any] | None = None

    def keep(self, key: str, value: Any, error: Exception | None, *, awaited: bool) -> None:
        """Remember what the resolver of a root field gave or raised."""
        self.kept[key] = Outcome(value, error, awaited, len(self.kept))

    def info(self, place: Place, path: PathLinks) -> Any:
        """What graphql-core gives the field's resolver as `info`."""
        executor = self._executor
        if executor is None:
            executor = self._executor = self.stand_in(self)
        return executor.build_resolve_info(
            place.definition, list(place.nodes), place.parent, _path(path)
        )

    async def settle(self) -> None:
        """Await all that waits, at the same time, and what comes to wait by that.

        Raises:
            Exception: Any that a resolver raised or compiled code met; the others were cancelled.
        """
        waiting, self.waiting = self.waiting, []
        try:
            if len(waiting) == 1:
                await self._finish(waiting[0])
            else:
                async with asyncio.TaskGroup() as tasks:
                    for one in waiting:
                        tasks.create_task(self._finish(one))
        except BaseException:
            self.waiting += waiting
            self.abandon()
            raise

    def abandon(self) -> None:
        """Forget what waits."""
        waiting, self.waiting = self.waiting, []
        for one in waiting:
            # Else Python warns of a coroutine that nobody awaited.
            getattr(one.awaitable, "close", _nothing)()

    async def _finish(self, one: Waiting) -> None:
        key: Any = one.path[1]
        try:
            value = await one.awaitable
        except Exception as exc:
            if one.root:
                self.keep(key, None, exc, awaited=True)
            raise
        if one.root:
            self.keep(key, value, None, awaited=True)
        try:
            one.into[key] = one.complete(value, self, one.path)
        except Exception:
            self.abandon()  # before another field's turn comes
            raise
        if self.waiting:
            await self.settle()


def _path(links: PathLinks) -> Path:
    before, key, type_name = links
    return Path(None if before is None else _path(before), key, type_name)


def _nothing() -> None:
    pass
