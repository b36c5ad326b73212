"""Says in words what a type's constraints ask for."""

from __future__ import annotations

from typing import Any

from pydantic.errors import PydanticInvalidForJsonSchema

from tasks.shapes.annotations import json_schema
from tasks.shapes.shape import ListOf, Nullable, Scalar, ScalarKind, Shape

# What GraphQL's Int holds, and a signed 64-bit integer.
INT_32 = range(-(2**31), 2**31)
INT_64 = range(-(2**63), 2**63)

_BOUNDS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")


def beyond_32_bits(annotation: Any) -> bool:
    """Whether an integer's constraints name a bound that GraphQL's Int cannot hold."""
    schema = json_schema(annotation)
    return any(bound in schema and schema[bound] not in INT_32 for bound in _BOUNDS)


def constraints_in_words(annotation: Any, shape: Shape) -> str:
    """Such as `From 1 to 100.`; empty when there are none, or none that JSON Schema can state."""
    innermost = shape
    while isinstance(innermost, Nullable | ListOf):
        innermost = innermost.item
    if not isinstance(innermost, Scalar) and not isinstance(shape, ListOf):
        return ""
    try:
        schema = json_schema(annotation)
    except PydanticInvalidForJsonSchema:
        return ""
    words = _words(schema, shape)
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def _words(schema: dict[str, Any], shape: Shape) -> str:
    if isinstance(shape, Nullable):
        shape = shape.item
    merged: dict[str, Any] = {}
    for branch in (*schema.get("anyOf", ()), *schema.get("allOf", ()), schema):
        if branch.get("type") != "null":
            merged |= branch
    if isinstance(shape, ListOf):
        items = merged.get("items") or (merged.get("prefixItems") or [{}])[0]
        return _joined(_length(merged, "Items", "item"), _each(_words(items, shape.item)))
    if not isinstance(shape, Scalar):
        return ""
    if shape.kind is ScalarKind.STRING:
        pattern = merged.get("pattern")
        return _joined(
            _length(merged, "Length", "character"), f"matches `{pattern}`" if pattern else ""
        )
    step = merged.get("multipleOf")
    return _joined(_range(merged), f"a multiple of {step}" if step else "")


def _range(schema: dict[str, Any]) -> str:
    low, above, high, below = (schema.get(bound) for bound in _BOUNDS)
    if low is not None and high is not None:
        return f"from {low} to {high}"
    return _joined(
        f"at least {low}" if low is not None else "",
        f"more than {above}" if above is not None else "",
        f"at most {high}" if high is not None else "",
        f"less than {below}" if below is not None else "",
    )


def _length(schema: dict[str, Any], what: str, unit: str) -> str:
    low, high = schema.get(f"min{what}"), schema.get(f"max{what}")
    if low and high is not None:
        return _counted(f"{low}", high, unit) if low == high else _counted(f"{low} to", high, unit)
    if low:
        return _counted("at least", low, unit)
    return _counted("at most", high, unit) if high is not None else ""


def _counted(words: str, count: int, unit: str) -> str:
    number = "" if words == str(count) else f" {count}"
    return f"{words}{number} {unit}{'' if count == 1 else 's'}"


def _each(words: str) -> str:
    return f"each {words}" if words else ""


def _joined(*words: str) -> str:
    return ", ".join(filter(None, words))
