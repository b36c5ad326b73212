"""A registered task, as the rest of the system sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, TypeAdapter

from tasks.shapes.shape import Object, TaskShapes


class Execution(StrEnum):
    """How a worker runs the function."""

    ASYNC = "async"
    GENERATOR = "generator"  # async generator; what it yields is partial output
    THREAD = "thread"
    PROCESS = "process"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of the task, beside its `JobContext`."""

    name: str
    annotation: Any  # as written, with `Annotated` metadata
    required: bool
    default: Any  # None when required
    description: str  # from the docstring's Args section, else derived from the name


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How attempts follow one another: full jitter over min(cap, base * 2**(attempt - 1)).

    Source: Brooker, "Exponential Backoff and Jitter" (AWS Architecture Blog, 2015).
    """

    max_attempts: int
    base: timedelta
    cap: timedelta


@dataclass(frozen=True, slots=True)
class DeclaredException:
    """An exception in a task's `raises`, and what clients see of it."""

    exception: type[Exception]
    shape: Object  # the fields it has as a dataclass; none for a plain one
    data: type[BaseModel]  # reads these fields back from `Failure.data`


@dataclass(frozen=True, slots=True)
class TaskDefinition:
    """What `@task` learned from a function's signature."""

    name: str  # the function's, snake_case; unique
    type_name: str  # PascalCase, the stem of its GraphQL types; unique
    field_name: str  # camelCase, its mutation
    description: str
    function: Callable[..., Any]
    execution: Execution
    takes_context: bool  # whether the first parameter is a JobContext
    queue: str
    timeout: timedelta
    retention: timedelta  # how long a finished job and its history are kept
    retry: RetryPolicy
    raises: tuple[type[Exception], ...]  # declared: typed failures, final unless in retry_on
    retry_on: tuple[type[Exception], ...]  # declared ones worth another attempt
    parameters: tuple[Parameter, ...]
    arguments: type[BaseModel]  # validates the input and gives the function's keyword arguments
    result_annotation: Any | None  # None: the task returns nothing
    result: TypeAdapter[Any] | None
    output_annotation: Any | None  # None: not a generator
    output: TypeAdapter[Any] | None
    location: str  # "file:line", for messages
    shapes: TaskShapes = field(default_factory=TaskShapes)
    failures: tuple[DeclaredException, ...] = ()
