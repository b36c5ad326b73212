"""A task's function with everything that it is to be called with."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tasks.definition import TaskDefinition


def bind(
    definition: TaskDefinition, arguments: bytes, job: object | None = None
) -> Callable[[], Any]:
    """The function, bound to its job context (if it takes one) and its arguments.

    Raises:
        pydantic.ValidationError: The arguments are not what this version of the task takes.
    """
    values = definition.arguments.model_validate_json(arguments)
    keywords = {
        parameter.name: getattr(values, parameter.name) for parameter in definition.parameters
    }
    if definition.takes_context:
        return partial(definition.function, job, **keywords)
    return partial(definition.function, **keywords)
