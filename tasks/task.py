"""`@task`: makes a function a task."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import FrameType
from typing import Any, TypeVar, overload

from tasks.declared import Exceptions, check_exceptions, listed, read_exception
from tasks.definition import RetryPolicy, TaskDefinition
from tasks.errors import InvalidTask
from tasks.ids import QUEUE_NAME
from tasks.names import camel_case, is_graphql_name, pascal_case
from tasks.registry import Registry, default_registry
from tasks.shapes.errors import Inexpressible
from tasks.shapes.reading import ShapeReader
from tasks.signature import read_signature

F = TypeVar("F", bound=Callable[..., Any])


@overload
def task(function: F, /) -> F: ...


@overload
def task(
    *,
    queue: str = ...,
    timeout: timedelta = ...,
    max_attempts: int = ...,
    retry_base: timedelta = ...,
    retry_cap: timedelta = ...,
    raises: Exceptions = ...,
    retry_on: Exceptions = ...,
    retention: timedelta = ...,
    process: bool = ...,
    name: str | None = ...,
    registry: Registry = ...,
) -> Callable[[F], F]: ...


def task(
    function: Callable[..., Any] | None = None,
    /,
    *,
    queue: str = "default",
    timeout: timedelta = timedelta(minutes=10),
    max_attempts: int = 3,
    retry_base: timedelta = timedelta(seconds=1),
    retry_cap: timedelta = timedelta(minutes=5),
    raises: Exceptions = (),
    retry_on: Exceptions = (),
    retention: timedelta = timedelta(days=1),
    process: bool = False,
    name: str | None = None,
    registry: Registry = default_registry,
) -> Any:
    """Make a function a task: a mutation, a type for its jobs, and typed events.

    The function stays as it is and can be called; `function.definition` is what was learned.

    Args:
        function: The function, when used without arguments.
        queue: The queue of its jobs.
        timeout: How long one attempt may take.
        max_attempts: How often it is tried, the first time included.
        retry_base: Upper bound of the wait before the second attempt; doubles with each.
        retry_cap: Upper bound of any wait between attempts.
        raises: Exceptions that clients see typed; final, unless they are in `retry_on` too.
        retry_on: Those of `raises` after which another attempt is worth it.
        retention: How long a job and its history are kept after its end.
        process: Run a plain function in a process of its own instead of a thread.
        name: Its name instead of the function's.
        registry: Where it is registered.

    Raises:
        InvalidTask: It cannot be a task; the message says where, why and what to do.
    """
    namespace = _locals_of(inspect.currentframe())

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        location = _location(function)
        its_name = name or str(getattr(function, "__name__", function))
        try:
            definition = _define(
                function,
                its_name,
                location,
                namespace,
                queue=queue,
                timeout=timeout,
                retention=retention,
                retry=RetryPolicy(max_attempts, retry_base, retry_cap),
                raises=listed(raises, "raises"),
                retry_on=listed(retry_on, "retry_on"),
                process=process,
            )
        except Inexpressible as exc:
            raise InvalidTask(f"{location}: task {its_name}: {exc.problem}. {exc.remedy}") from exc
        registry.add(definition)
        function.definition = definition  # type: ignore[attr-defined]
        return function

    return register if function is None else register(function)


def _define(
    function: Callable[..., Any],
    name: str,
    location: str,
    namespace: Mapping[str, Any],
    *,
    queue: str,
    timeout: timedelta,
    retention: timedelta,
    retry: RetryPolicy,
    raises: tuple[type[Exception], ...],
    retry_on: tuple[type[Exception], ...],
    process: bool,
) -> TaskDefinition:
    if not inspect.isfunction(function):
        raise Inexpressible("it is not a function", "Decorate a function with @task.")
    _check_name(name)
    _check_options(queue, timeout, retention, retry)
    check_exceptions(raises, retry_on)
    type_name = pascal_case(name)
    reader = ShapeReader(namespace)
    signature = read_signature(function, type_name, reader, process=process)
    return TaskDefinition(
        name=name,
        type_name=type_name,
        field_name=camel_case(name),
        description=signature.description,
        function=function,
        execution=signature.execution,
        takes_context=signature.takes_context,
        queue=queue,
        timeout=timeout,
        retention=retention,
        retry=retry,
        raises=raises,
        retry_on=retry_on,
        parameters=signature.parameters,
        arguments=signature.arguments,
        result_annotation=signature.result_annotation,
        result=signature.result,
        output_annotation=signature.output_annotation,
        output=signature.output,
        location=location,
        shapes=signature.shapes,
        failures=tuple(read_exception(exception, reader) for exception in raises),
    )


def _check_name(name: str) -> None:
    if not is_graphql_name(name) or name.startswith("_"):
        raise Inexpressible(
            f"GraphQL has no use for the name {name!r}",
            "Give one as name= that starts with a letter; then letters, digits and underscores.",
        )


def _check_options(queue: Any, timeout: Any, retention: Any, retry: RetryPolicy) -> None:
    nothing = timedelta()
    if not isinstance(queue, str) or QUEUE_NAME.fullmatch(queue) is None:
        raise Inexpressible(
            f"{queue!r} is no name for a queue",
            "Start with a lower-case letter; then up to 30 of a-z, 0-9, _ and -.",
        )
    for option, value in (("timeout", timeout), ("retention", retention)):
        if not isinstance(value, timedelta) or value <= nothing:
            raise Inexpressible(f"{option} is {value!r}", "Give a timedelta of more than nothing.")
    attempts: Any = retry.max_attempts
    if type(attempts) is not int or attempts < 1:
        raise Inexpressible(f"max_attempts is {attempts!r}", "Give 1 or more.")
    waits: tuple[Any, ...] = (retry.base, retry.cap)
    if (
        not all(isinstance(wait, timedelta) for wait in waits)
        or not nothing <= retry.base <= retry.cap
    ):
        raise Inexpressible(
            f"retry_base is {retry.base} and retry_cap is {retry.cap}",
            "Give timedeltas, the base not below nothing and not above the cap.",
        )


def _locals_of(frame: FrameType | None) -> dict[str, Any]:
    """The names local to whoever called this frame: annotations there may use them."""
    caller = frame.f_back if frame is not None else None
    if caller is None or caller.f_locals is caller.f_globals:
        return {}
    return dict(caller.f_locals)


def _location(function: Any) -> str:
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return getattr(function, "__module__", "?")
    return f"{code.co_filename}:{code.co_firstlineno}"
