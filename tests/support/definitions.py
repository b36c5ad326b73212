"""Tasks in registries of their own, retried without delay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tasks.definition import TaskDefinition
from tasks.registry import Registry
from tasks.task import task


def define(
    function: Callable[..., Any],
    *,
    queue: str = "default",
    timeout: timedelta = timedelta(seconds=30),
    max_attempts: int = 1,
    raises: tuple[type[Exception], ...] = (),
    retry_on: tuple[type[Exception], ...] = (),
    process: bool = False,
) -> TaskDefinition:
    """Make `function` a task; what is known of it."""
    registry = Registry()
    task(
        queue=queue,
        timeout=timeout,
        max_attempts=max_attempts,
        retry_base=timedelta(milliseconds=10),
        retry_cap=timedelta(milliseconds=50),
        raises=raises,
        retry_on=retry_on,
        process=process,
        registry=registry,
    )(function)
    (definition,) = registry
    return definition
