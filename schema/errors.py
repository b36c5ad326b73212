"""Errors of the schema.

SchemaError
├── CursorInvalid       no cursor of this server, or one of another kind
└── ValueUnreadable     a stored value is not what this version of its task declares
"""

from __future__ import annotations


class SchemaError(Exception):
    """Base of all errors that `schema` raises on purpose; the text is fit for clients."""


class CursorInvalid(SchemaError):
    """This is no cursor, or not one for this place; leave it out to start from now."""

    def __init__(self) -> None:
        super().__init__("This cursor is not valid here. Leave it out to start afresh.")


class ValueUnreadable(SchemaError):
    """The value was stored by another version of the task; enqueue the job again."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The {what} was stored by another version of this task.")
