"""Checks of values that pydantic lets through and JSON or GraphQL would not."""

from __future__ import annotations

import math
from typing import Any

from tasks.shapes.constraints import INT_32, INT_64
from tasks.shapes.shape import ListOf, Nullable, Object, Scalar, ScalarKind, Shape, UnionOf


def text_problem(text: str) -> str | None:
    """Why `text` cannot be stored; None when it can."""
    if "\x00" in text:
        return "Text must not contain the character NUL."
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        return "Text must not contain half of a surrogate pair."
    return None


def float_problem(number: float) -> str | None:
    """Why `number` is none that JSON has; None when it is."""
    return None if math.isfinite(number) else "Must be a finite number."


def int_problem(kind: ScalarKind, number: int) -> str | None:
    """Why GraphQL cannot carry `number` as an `INT` or `BIG_INT`; None when it can."""
    if kind is ScalarKind.BIG_INT:
        return None if number in INT_64 else "An integer must fit into 64 bits."
    return None if number in INT_32 else "An integer must fit into 32 bits."  # GraphQL, 3.5.1


def check_result(shape: Shape, value: Any, path: str = "the value") -> Any:
    """`value` itself, when all of it can be stored and given to clients.

    Raises:
        ValueError: It cannot; says which part and why.
    """
    match shape:
        case Nullable(item):
            if value is not None:
                check_result(item, value, path)
        case ListOf(item):
            for index, element in enumerate(value):
                check_result(item, element, f"{path}[{index}]")
        case Object(fields=fields):
            for field in fields:
                check_result(field.shape, getattr(value, field.name), f"{path}.{field.name}")
        case UnionOf(members=members):
            for member in members:
                if isinstance(value, member.python or ()):
                    check_result(member, value, path)
                    break
        case Scalar(kind):
            if problem := _scalar_problem(kind, value):
                raise ValueError(f"{path}: {problem}")
    return value


def _scalar_problem(kind: ScalarKind, value: Any) -> str | None:
    if kind is ScalarKind.STRING and isinstance(value, str):
        return text_problem(value)
    if kind is ScalarKind.FLOAT and isinstance(value, float):
        return float_problem(value)
    if kind in {ScalarKind.INT, ScalarKind.BIG_INT} and isinstance(value, int):
        problem = int_problem(kind, value)
        hint = " A larger bound in its type, as Field(le=2**53), makes it a BigInt."
        return f"{problem}{hint}" if problem and kind is ScalarKind.INT else problem
    if kind is ScalarKind.DATETIME and value.utcoffset() is None:
        return "A datetime must say its time zone, such as datetime.now(UTC)."
    return None
