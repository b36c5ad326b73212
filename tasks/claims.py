"""The GraphQL names that a task takes, so that no two things are called alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tasks.definition import Execution, TaskDefinition
from tasks.shapes.shape import EnumOf, Object, Shape, UnionOf, parts


@dataclass(frozen=True, slots=True)
class Claim:
    """One type name, and what it stands for."""

    name: str
    owner: Any  # equal owners may share the name
    what: str  # for messages


def claims_of(definition: TaskDefinition) -> Iterator[Claim]:
    """All type names of the task, its own and those of its parameters, results and failures."""
    stem = definition.type_name
    task = f"task {definition.name}"
    own = ["Input", "Job", "Accepted", "Payload", "Succeeded"]
    if definition.parameters:
        own.append("Arguments")
    if definition.execution is Execution.GENERATOR:
        own.append("Output")
    for suffix in own:
        yield Claim(f"{stem}{suffix}", (suffix, definition.name), task)
    for field in definition.shapes.arguments.fields:
        yield from _of_shape(field.shape, is_input=True)
    for shape in (definition.shapes.result, definition.shapes.output):
        if shape is not None:
            yield from _of_shape(shape, is_input=False)
    for failure in definition.failures:
        yield _of_class(failure.shape.name, failure.exception, "failure")
        for field in failure.shape.fields:
            yield from _of_shape(field.shape, is_input=False)


def _of_shape(shape: Shape, *, is_input: bool) -> Iterator[Claim]:
    for part in parts(shape):
        match part:
            case Object(python=python) if python is not None:
                # What was put in can be read back: so inputs are outputs as well.
                yield _of_class(part.output_name, python, "object")
                if is_input:
                    yield _of_class(part.input_name, python, "input")
            case EnumOf(python=python) if python is not None:
                yield _of_class(part.name, python, "enum")
            case EnumOf():
                values = tuple(member.value for member in part.members)
                yield Claim(part.name, values, f"Literal{list(values)}")
            case UnionOf():
                classes = tuple(member.python for member in part.members)
                yield Claim(part.name, classes, f"the union {part.name}")


def _of_class(name: str, cls: type, role: str) -> Claim:
    return Claim(name, (role, cls), f"{cls.__module__}.{cls.__qualname__}")
