"""The exceptions that a task declares: what clients see of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tasks.definition import DeclaredException
from tasks.docstrings import own_docstring, read_docstring
from tasks.errors import AttemptSuperseded, JobCancelled
from tasks.names import in_words, is_graphql_name
from tasks.shapes.errors import Inexpressible
from tasks.shapes.fields import class_hints, read_fields
from tasks.shapes.place import Place
from tasks.shapes.reading import ShapeReader
from tasks.shapes.shape import Object, Scalar, ScalarKind
from tasks.signature import arguments_model

Exceptions = type[Exception] | Iterable[type[Exception]]

# Every failure in GraphQL has these; an exception's own fields stand beside them.
_FAILURE_FIELDS = frozenset({"kind", "attempt"})


def listed(given: Exceptions, option: str) -> tuple[type[Exception], ...]:
    """One or several, as a tuple.

    Raises:
        Inexpressible: It is neither.
    """
    if isinstance(given, type):
        return (given,)
    try:
        return tuple(given)
    except TypeError as exc:
        raise Inexpressible(f"{option} is {given!r}", "Name classes of exceptions.") from exc


def check_exceptions(raises: tuple[Any, ...], retry_on: tuple[Any, ...]) -> None:
    """Refuse what is no exception of the task's own.

    Raises:
        Inexpressible: One of them is not.
    """
    for exception in raises:
        if not (isinstance(exception, type) and issubclass(exception, Exception)):
            raise Inexpressible(f"raises has {exception!r}", "Name classes of exceptions.")
        if exception in {Exception, JobCancelled, AttemptSuperseded}:
            raise Inexpressible(
                f"raises has {exception.__name__}, which is no failure of its own",
                "Name what the task itself raises: its text is shown to clients.",
            )
    for exception in retry_on:
        if exception not in raises:
            shown = getattr(exception, "__name__", repr(exception))
            raise Inexpressible(
                f"retry_on has {shown}, raises has not", "Add it to raises as well."
            )


def read_exception(exception: type[Exception], reader: ShapeReader) -> DeclaredException:
    """What clients see of `exception`: its name, its docstring, and its fields as a dataclass.

    Raises:
        Inexpressible: GraphQL cannot say one of these.
    """
    label = f"exception {exception.__name__}"
    if not is_graphql_name(exception.__name__):
        raise Inexpressible(f"{label}: GraphQL allows no such name", "Rename it.")
    text = read_docstring(own_docstring(exception)).text
    shape = Object(exception.__name__, text or in_words(exception.__name__), exception)
    if hasattr(exception, "__dataclass_fields__"):
        fields = list(
            read_fields(exception, reader.read, reader.namespace, Place(label, shape.name))
        )
        for field in fields:
            if field.graphql_name in _FAILURE_FIELDS or (
                field.name == "message" and field.shape != Scalar(ScalarKind.STRING)
            ):
                raise Inexpressible(
                    f"{label}: every failure has a field {field.name} already", "Rename it."
                )
        # A `message` of its own is the message.
        shape.fields = tuple(field for field in fields if field.name != "message")
    hints = class_hints(exception, reader.namespace) if shape.fields else {}
    return DeclaredException(
        exception, shape, arguments_model(f"{shape.name}Data", shape.fields, hints)
    )
