"""The scalars. `SCALARS` belongs into the schema's `StrawberryConfig(scalar_map=…)`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NewType
from uuid import UUID

from graphql import GraphQLError, IntValueNode, ValueNode, value_from_ast_untyped
from pydantic import AnyUrl
from strawberry.types.scalar import ScalarDefinition

from schema.durations import format_duration, parse_duration
from schema.quoting import quoted
from tasks.files.reference import FileRef
from tasks.shapes.constraints import INT_64

Cursor = NewType("Cursor", str)
BigInt = NewType("BigInt", int)

_RFC_3339 = "https://scalars.graphql.org/andimarek/date-time.html"


def _from_text(name: str, parse: Callable[[str], Any]) -> Callable[[Any], Any]:
    """A parser that takes text only, and says what it expected."""

    def parse_value(value: Any) -> Any:
        if not isinstance(value, str):
            raise GraphQLError(f"{name} must be a string.")
        try:
            return parse(value)
        except (ValueError, InvalidOperation) as exc:
            raise GraphQLError(f"{name} cannot be {quoted(value)}. {exc}".strip()) from exc

    return parse_value


def _in_words(parse: Callable[[str], Any], words: str) -> Callable[[str], Any]:
    """A parser that says `words` instead of what Python would."""

    def parse_text(text: str) -> Any:
        try:
            return parse(text)
        except ValueError as exc:
            raise ValueError(words) from exc

    return parse_text


_moment = _in_words(
    datetime.fromisoformat, "Give RFC 3339 with a day that exists, such as 2026-01-31T09:30:00Z."
)


def _datetime(text: str) -> datetime:
    moment: datetime = _moment(text)
    if moment.utcoffset() is None:
        raise ValueError("Say the time zone, such as 2026-01-31T09:30:00Z.")
    return moment


# As JSON writes numbers (RFC 8259, section 6), and with zeros or a plus sign in front.
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d{1,9})?", re.ASCII)

# `1e999999999` is short, and as an integer it fills a worker's memory.
LONGEST_DECIMAL = 1000  # digits; money and measures have some 30


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise GraphQLError("Decimal must be a string or a number.")
    text = str(value)
    if _NUMBER.fullmatch(text) is None:
        raise GraphQLError(f"Decimal cannot be {quoted(text)}. Write a number such as -12.50.")
    number = Decimal(text)
    if len(text) > LONGEST_DECIMAL or abs(number.adjusted()) > LONGEST_DECIMAL:
        raise GraphQLError(
            f"Decimal may have {LONGEST_DECIMAL} digits before and after the point, and no more."
        )
    return number


_BIG_INT = re.compile(r"-?\d{1,19}", re.ASCII)


def _big_int(value: Any) -> int:
    if isinstance(value, str) and _BIG_INT.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value not in INT_64:
        raise GraphQLError("BigInt must be an integer of at most 64 bits.")
    return value


def _big_int_literal(node: ValueNode, _variables: Any = None) -> int:
    return _big_int(int(node.value) if isinstance(node, IntValueNode) else _untyped(node))


def _decimal_literal(node: ValueNode, _variables: Any = None) -> Decimal:
    # As written: a float would lose digits.
    return _decimal(getattr(node, "value", None) or _untyped(node))


def _untyped(node: ValueNode) -> Any:
    return value_from_ast_untyped(node)


def _file(value: Any) -> Any:
    if isinstance(value, str) and value:
        return value
    if hasattr(value, "filename") and hasattr(value, "read"):
        return value
    raise GraphQLError("FileRef must be the id of a file, or an upload with the multipart request.")


def _isoformat(value: date | time) -> str:
    return value.isoformat()


def _define(
    name: str,
    description: str,
    serialize: Callable[[Any], Any],
    parse: Callable[[Any], Any],
    *,
    literal: Callable[..., Any] | None = None,
    specified_by: str | None = None,
) -> ScalarDefinition:
    return ScalarDefinition(
        name=name,
        description=description,
        specified_by_url=specified_by,
        serialize=serialize,
        parse_value=parse,
        parse_literal=literal,
    )


SCALARS: dict[object, ScalarDefinition] = {
    BigInt: _define(
        "BigInt",
        "An integer of up to 64 bits, as a number; in input also as a string. JavaScript's "
        "numbers are exact up to 2^53.",
        int,
        _big_int,
        literal=_big_int_literal,
    ),
    Decimal: _define(
        "Decimal",
        "A decimal number, as a string, so that no digit is lost; in input also as a number.",
        str,
        _decimal,
        literal=_decimal_literal,
    ),
    datetime: _define(
        "DateTime",
        "A moment, with its time zone: RFC 3339, such as `2026-01-31T09:30:00Z`.",
        lambda moment: moment.isoformat().replace("+00:00", "Z"),
        _from_text("DateTime", _datetime),
        specified_by=_RFC_3339,
    ),
    date: _define(
        "Date",
        "A day, such as `2026-01-31`.",
        _isoformat,
        _from_text(
            "Date", _in_words(date.fromisoformat, "Give a day that exists, such as 2026-01-31.")
        ),
    ),
    time: _define(
        "Time",
        "A time of day, such as `09:30:00`.",
        _isoformat,
        _from_text("Time", _in_words(time.fromisoformat, "Give such as 09:30:00.")),
    ),
    timedelta: _define(
        "Duration",
        "A length of time: ISO 8601 in weeks, days, hours, minutes and seconds, such as "
        "`PT1M30S` or `P1DT2H`.",
        format_duration,
        _from_text("Duration", parse_duration),
    ),
    UUID: _define(
        "UUID",
        "A UUID, such as `0193a5f2-7c1e-7d4b-9a54-3f0d2c1b8e77`.",
        str,
        _from_text("UUID", _in_words(UUID, "Give 32 hexadecimal digits, with or without hyphens.")),
        specified_by="https://www.rfc-editor.org/rfc/rfc9562",
    ),
    AnyUrl: _define("URL", "A URL.", str, _from_text("URL", str)),
    Cursor: _define(
        "Cursor",
        "A place in a job's events. Opaque: take it from an event or a job, and give it as "
        "`after` to go on from exactly there.",
        str,
        _from_text("Cursor", str),
    ),
    FileRef: _define(
        "FileRef",
        "A file to work on: the id of a stored one, or an upload, as the GraphQL multipart "
        "request specification has it.",
        lambda file: file if isinstance(file, str) else file.id,
        _file,
    ),
}
