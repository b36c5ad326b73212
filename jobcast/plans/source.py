"""Python source that is being written, and the objects that it names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Source:
    """The body of one function."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._names: dict[str, Any] = {}
        self._variables = 0
        self._indent = ""

    def add(self, line: str) -> None:
        """Add a line to the body."""
        self._lines.append(f"{self._indent}{line}")

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Lines that are added within stand below `head`."""
        self.add(head)
        before, self._indent = self._indent, f"{self._indent}    "
        yield
        self._indent = before

    def variable(self) -> str:
        """A fresh name for a local variable."""
        self._variables += 1
        return f"v{self._variables}"

    def bind(self, kind: str, value: Any) -> str:
        """A fresh name, beginning with `kind`, by which the body can use the object."""
        name = f"{kind}{len(self._names)}"
        self._names[name] = value
        return name

    def function(self, name: str, parameters: str) -> Callable[..., Any]:
        """Compile it."""
        lines = "".join(f"    {line}\n" for line in self._lines)
        names = dict(self._names)
        # What comes from clients are names of GraphQL's (`[_A-Za-z][_0-9A-Za-z]*`), quoted.
        exec(compile(f"def {name}({parameters}):\n{lines}", "<plan>", "exec"), names)  # noqa: S102
        made: Callable[..., Any] = names[name]
        return made
