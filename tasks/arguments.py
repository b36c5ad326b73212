"""From a mutation's input to a task's arguments: checked, complete, and as JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any

import orjson
from pydantic import ValidationError

from tasks.definition import TaskDefinition
from tasks.files.reference import FileRef
from tasks.shapes.checking import float_problem, int_problem, text_problem
from tasks.shapes.shape import (
    EnumOf,
    Field,
    File,
    ListOf,
    Nullable,
    Object,
    Scalar,
    ScalarKind,
    Shape,
    parts,
)

Path = tuple[str, ...]

# Which of a client's mistakes are worth a list; the rest would only be noise.
_MOST_PROBLEMS = 50


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input."""

    path: Path  # GraphQL field names and list indices, from the mutation's `input` on
    message: str


class BadFile(Exception):
    """This file cannot be taken; the text is fit for the client."""


async def replace_files(
    definition: TaskDefinition,
    raw: Mapping[str, Any],
    receive: Callable[[Any], Awaitable[FileRef]],
) -> dict[str, Any] | list[Problem]:
    """The input with each file replaced by what `receive` makes of its id or upload.

    `receive` is called one file after another, and may raise `BadFile` to refuse one.
    """
    problems: list[Problem] = []

    async def replaced(shape: Shape, value: Any, path: Path) -> Any:
        match shape:
            case _ if value is None:
                return None
            case File():
                try:
                    return await receive(value)
                except BadFile as exc:
                    problems.append(Problem(path, str(exc)))
                    return value
            case Nullable(item):
                return await replaced(item, value, path)
            case ListOf(item):
                return [
                    await replaced(item, element, (*path, str(index)))
                    for index, element in enumerate(value)
                ]
            case Object(fields=fields):
                known = {field.graphql_name: field for field in fields}
                return {
                    name: await replaced(known[name].shape, element, (*path, name))
                    if name in known
                    else element
                    for name, element in value.items()
                }
            case _:
                return value

    arguments = definition.shapes.arguments
    if not _takes_files(arguments):
        return dict(raw)
    result: dict[str, Any] = await replaced(arguments, raw, ())
    return problems or result


def validate_arguments(definition: TaskDefinition, raw: Mapping[str, Any]) -> bytes | list[Problem]:
    """The arguments as canonical JSON, or what is wrong with them.

    Args:
        definition: The task.
        raw: The input as GraphQL coerced it, by GraphQL names; its files already replaced.
    """
    problems: list[Problem] = []
    shape = definition.shapes.arguments
    values = _plain(shape, raw, (), problems)
    if problems:
        return problems[:_MOST_PROBLEMS]
    try:
        arguments = definition.arguments.model_validate(values)
    except ValidationError as exc:
        errors = exc.errors(include_url=False, include_input=False, include_context=False)
        return [
            Problem(_path(shape, error["loc"]), _message(error["msg"]))
            for error in errors[:_MOST_PROBLEMS]
        ]
    if _takes_sets(shape):
        # The same set must give the same bytes, or it would look like another input.
        return orjson.dumps(_ordered(shape, arguments.model_dump(mode="json")))
    return arguments.model_dump_json().encode()


# Asked for each job, and the same for all of a task.
@cache
def _takes_files(arguments: Object) -> bool:
    return any(isinstance(part, File) for part in parts(arguments))


@cache
def _takes_sets(arguments: Object) -> bool:
    return any(isinstance(part, ListOf) and part.unordered for part in parts(arguments))


def _plain(shape: Shape, value: Any, path: Path, problems: list[Problem]) -> Any:
    """`value` by Python names, without what pydantic lets through and JSON does not."""
    if value is None:
        return None
    match shape:
        case Scalar(kind):
            if problem := _scalar_problem(kind, value):
                problems.append(Problem(path, problem))
        case Nullable(item):
            return _plain(item, value, path, problems)
        case ListOf(item) if isinstance(value, list | tuple):
            return [
                _plain(item, element, (*path, str(index)), problems)
                for index, element in enumerate(value)
            ]
        case Object(fields=fields) if isinstance(value, (dict, Mapping)):  # a dict at once
            values: dict[str, Any] = {}
            for field in fields:
                element = value.get(field.graphql_name)
                if element is None and not _takes_null(field, value):
                    continue
                name = field.graphql_name
                values[field.name] = _plain(field.shape, element, (*path, name), problems)
            return values
        case EnumOf() if isinstance(value, Enum):
            return value.value
    return value


def _scalar_problem(kind: ScalarKind, value: Any) -> str | None:
    if kind is ScalarKind.STRING and isinstance(value, str):
        return text_problem(value)
    if kind is ScalarKind.FLOAT and isinstance(value, float):
        return float_problem(value)
    if kind in {ScalarKind.INT, ScalarKind.BIG_INT} and isinstance(value, int):
        return int_problem(kind, value)
    return None


def _takes_null(field: Field, given: Mapping[str, Any]) -> bool:
    """Whether an absent or null field is to become None: GraphQL lets clients leave out both."""
    if not field.settable or not isinstance(field.shape, Nullable):
        return False
    return field.graphql_name in given or field.required


def _ordered(shape: Shape, value: Any) -> Any:
    """The dumped `value` with each set sorted."""
    if value is None:
        return None
    match shape:
        case Nullable(item):
            return _ordered(item, value)
        case ListOf(item, unordered):
            items = [_ordered(item, element) for element in value]
            return sorted(items, key=orjson.dumps) if unordered else items
        case Object(fields=fields):
            known = {field.name: field for field in fields}
            return {
                name: _ordered(known[name].shape, element) if name in known else element
                for name, element in value.items()
            }
        case _:
            return value


def _path(shape: Shape, location: tuple[str | int, ...]) -> Path:
    """Where pydantic found it, in GraphQL names; what is no field or index is left out."""
    path: list[str] = []
    for step in location:
        while isinstance(shape, Nullable):
            shape = shape.item
        if isinstance(shape, ListOf) and isinstance(step, int):
            path.append(str(step))
            shape = shape.item
        elif isinstance(shape, Object):
            for field in shape.fields:
                if field.name == step:
                    path.append(field.graphql_name)
                    shape = field.shape
                    break
    return tuple(path)


def _message(text: str) -> str:
    """What pydantic says, without what speaks of Python."""
    text = text.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return f"{text[:1].upper()}{text[1:].removesuffix('.')}."
