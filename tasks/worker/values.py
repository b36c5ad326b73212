"""What a task returns, yields and says, as JSON of a bounded size."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

# Every viewer of a job is sent its result and its outputs whole. What is larger belongs into
# a file, of which the result holds the reference.
LARGEST_VALUE = 4 * 1024 * 1024  # bytes


class UnserializableValue(Exception):
    """The value is not of the declared type, or too large; the text is fit for the owner."""


def dump(value: Any, adapter: TypeAdapter[Any] | None, what: str) -> bytes:
    """`value` as JSON, checked against its declared type (None: there is nothing to keep).

    Raises:
        UnserializableValue: It cannot be; `__cause__` says why.
    """
    if adapter is None:
        return b"null"
    try:
        encoded = adapter.dump_json(adapter.validate_python(value), warnings="error")
    except Exception as exc:  # serializers may be the task's own code
        raise UnserializableValue(f"The task's {what} is not what it declares.") from exc
    if len(encoded) > LARGEST_VALUE:
        megabytes = LARGEST_VALUE // 1024**2
        raise UnserializableValue(f"The task's {what} is larger than {megabytes} MiB.")
    return encoded


def clip(text: str, size_bytes: int) -> str:
    """As much of `text` as fits into `size_bytes` of UTF-8."""
    if len(text) * 4 <= size_bytes and text.isascii():
        return text
    return text.encode("utf-8", "replace")[:size_bytes].decode("utf-8", "ignore")
