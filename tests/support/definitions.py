"""Task definitions made by hand: for tests of what comes after the decorator."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter, create_model

from tasks.definition import Execution, Parameter, RetryPolicy, TaskDefinition


def define(
    function: Callable[..., Any],
    *,
    execution: Execution | None = None,
    queue: str = "default",
    timeout: timedelta = timedelta(seconds=30),
    max_attempts: int = 1,
    raises: tuple[type[Exception], ...] = (),
    retry_on: tuple[type[Exception], ...] = (),
    result: Any = None,
    output: Any = None,
) -> TaskDefinition:
    """A definition of `function`; its first parameter is the job's context if named `job`."""
    if execution is None and inspect.isasyncgenfunction(function):
        execution = Execution.GENERATOR
    elif execution is None:
        asynchronous = inspect.iscoroutinefunction(function)
        execution = Execution.ASYNC if asynchronous else Execution.THREAD
    parameters = list(inspect.signature(function, eval_str=True).parameters.values())
    takes_context = bool(parameters) and parameters[0].name == "job"
    inputs = parameters[1:] if takes_context else parameters
    name = function.__name__
    fields: dict[str, Any] = {parameter.name: (parameter.annotation, ...) for parameter in inputs}
    return TaskDefinition(
        name=name,
        type_name=name.title().replace("_", ""),
        field_name=name,
        description="",
        function=function,
        execution=execution,
        takes_context=takes_context,
        queue=queue,
        timeout=timeout,
        retention=timedelta(hours=1),
        # Short, so that no test waits for it.
        retry=RetryPolicy(max_attempts, timedelta(milliseconds=10), timedelta(milliseconds=50)),
        raises=raises,
        retry_on=retry_on,
        parameters=tuple(
            Parameter(each.name, each.annotation, required=True, default=None, description="")
            for each in inputs
        ),
        arguments=create_model(f"{name}_arguments", **fields),
        result_annotation=result,
        result=None if result is None else TypeAdapter(result),
        output_annotation=output,
        output=None if output is None else TypeAdapter(output),
        location=f"{__file__}:1",
    )
