"""Lua scripts that write channels, put together once a process and known by their digest."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from broadcaster.lua import append_source

# What append.lua expects to find: which command publishes, and where an epoch comes from (a
# script that may begin a history sets it; the others only touch histories that have one).
_HEADER = "local PUBLISH = 'PUBLISH'\nlocal EPOCH_SEED = ''\n"

# A line that begins with `local`, and those that go on with it: indented, or closing it.
_DEFINITION = re.compile(
    r"^local (?:function )?(?P<name>\w+).*(?:\n(?:[ \t]+.*|end|\}))*", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Script:
    """A script's text, and the digest that Valkey knows it by once it has seen it."""

    name: str
    source: str
    sha: str


def compose(name: str, body: str, *shared: str) -> Script:
    """The script `body`, with what it uses of `append.lua` and the `shared` texts before it.

    Valkey runs all of a script at each call: to define what is not used takes 5 µs.
    """
    shebang, _, rest = body.partition("\n")
    used = [rest]
    for definition in reversed(_definitions("\n".join([_HEADER, append_source(), *shared]))):
        if any(re.search(rf"\b{definition.name}\b", text) for text in used):
            used.append(definition.text)
    source = "\n".join([shebang, *reversed(used)])
    # SHA-1 is how the protocol names scripts; nothing secret depends on it.
    return Script(name, source, hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest())


@dataclass(frozen=True, slots=True)
class _Definition:
    name: str
    text: str


def _definitions(text: str) -> list[_Definition]:
    """The locals that a text defines at its top level, where it does nothing else."""
    return [_Definition(match["name"], match[0]) for match in _DEFINITION.finditer(text)]
