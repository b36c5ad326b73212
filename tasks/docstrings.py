"""Reads Google-style docstrings: they are what clients see of a task in GraphiQL."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field

# https://google.github.io/styleguide/pyguide.html#383-functions-and-methods, and what tools for
# it accept as well.
_SECTION = re.compile(
    r"(Args|Arguments|Parameters|Attributes|Returns|Yields|Raises|Examples?|Notes?|Warnings?"
    r"|See Also|Todo|References):\s*"
)
_DESCRIBING = {"Args", "Arguments", "Parameters", "Attributes"}
_ENTRY = re.compile(r"\*{0,2}(?P<name>\w+)\s*(?:\([^)]*\))?\s*:\s*(?P<text>.*)")


@dataclass(frozen=True, slots=True)
class Docstring:
    """A docstring's parts."""

    text: str = ""  # all before the first section
    entries: dict[str, str] = field(default_factory=dict)  # of Args and Attributes, by name


def read_docstring(raw: str | None) -> Docstring:
    """The parts of `raw`; empty when there is none."""
    if not raw:
        return Docstring()
    text: list[str] = []
    entries: dict[str, list[str]] = {}
    section: str | None = None
    entry: list[str] | None = None
    entry_indent = 0
    for line in inspect.cleandoc(raw).splitlines():
        indent = len(line) - len(line.lstrip())
        if indent == 0 and (heading := _SECTION.fullmatch(line)):
            section, entry, entry_indent = heading[1], None, 0
        elif section is None:
            text.append(line)
        elif section in _DESCRIBING and line.strip():
            entry_indent = entry_indent or indent
            match = _ENTRY.fullmatch(line.strip())
            if indent <= entry_indent and match:
                entry = entries.setdefault(match["name"], [])
                entry.append(match["text"])
            elif entry is not None:
                entry.append(line.strip())
    return Docstring(
        "\n".join(text).strip(),
        {name: " ".join(filter(None, lines)) for name, lines in entries.items()},
    )


def own_docstring(cls: type) -> str | None:
    """The class's docstring, unless it is inherited or made up by `dataclass` or `Enum`."""
    text = cls.__dict__.get("__doc__")
    if not isinstance(text, str) or text.startswith(f"{cls.__name__}("):
        return None
    # Python 3.11 gives this to every Enum without a docstring.
    return None if text == "An enumeration." else text
