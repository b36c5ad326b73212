"""Reads stored JSON back into what a task's types say."""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError

from schema.errors import ValueUnreadable
from tasks.definition import TaskDefinition


def read_value(adapter: TypeAdapter[Any], value: Any, what: str) -> Any:
    """The Python value for parsed JSON.

    Raises:
        ValueUnreadable: It does not fit the type, which has changed since.
    """
    try:
        return adapter.validate_python(value)
    except ValidationError:
        # Strict types tell Python's values from JSON's.
        try:
            return adapter.validate_json(orjson.dumps(value))
        except ValidationError as exc:
            raise ValueUnreadable(what) from exc


def read_arguments(definition: TaskDefinition, raw: bytes) -> BaseModel:
    """The arguments that a job was given.

    Raises:
        ValueUnreadable: They do not fit the task's parameters, which have changed since.
    """
    try:
        return definition.arguments.model_validate_json(raw)
    except ValidationError as exc:
        raise ValueUnreadable("input") from exc
