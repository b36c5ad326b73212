"""`Metered`: charges for the time that an awaitable keeps the event loop."""

from __future__ import annotations

from collections.abc import Awaitable, Generator
from time import perf_counter
from typing import Any, Generic, TypeVar

from jobcast.budget import Budget

_T = TypeVar("_T")


class Metered(Awaitable[_T], Generic[_T]):
    """Awaits another awaitable; each of its steps is charged, and the waits between are not."""

    def __init__(self, awaitable: Awaitable[_T], budget: Budget) -> None:
        self._awaitable = awaitable
        self._budget = budget

    def __await__(self) -> Generator[Any, Any, _T]:
        steps = self._awaitable.__await__()
        resume: Any = None
        error: BaseException | None = None
        while True:
            started = perf_counter()
            try:
                waits_for = steps.send(resume) if error is None else steps.throw(error)
            except StopIteration as done:
                value: _T = done.value
                return value
            finally:
                self._budget.charge(perf_counter() - started)
            error = None
            try:
                resume = yield waits_for
            except BaseException as exc:  # noqa: BLE001 - it is the awaitable's to handle
                error = exc
