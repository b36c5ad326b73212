"""Lua scripts that write channels, put together once a process and known by their digest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from broadcaster.lua import append_source

# What append.lua expects to find: which command publishes, and where an epoch comes from (a
# script that may begin a history sets it; the others only touch histories that have one).
_HEADER = "local PUBLISH = 'PUBLISH'\nlocal EPOCH_SEED = ''\n"


@dataclass(frozen=True, slots=True)
class Script:
    """A script's text, and the digest that Valkey knows it by once it has seen it."""

    name: str
    source: str
    sha: str


def compose(name: str, body: str, *shared: str) -> Script:
    """The script `body`, with `append.lua` and `shared` texts between its shebang and the rest."""
    shebang, _, rest = body.partition("\n")
    source = "\n".join([shebang, _HEADER, append_source(), *shared, rest])
    # SHA-1 is how the protocol names scripts; nothing secret depends on it.
    return Script(name, source, hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest())
