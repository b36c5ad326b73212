"""The queue's Lua scripts, put together once a process and known by their digest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from broadcaster.lua import append_source

# What append.lua expects to find: which command publishes, and where an epoch comes from
# (enqueue.lua sets it; the other scripts only touch histories that have one).
_HEADER = "local PUBLISH = 'PUBLISH'\nlocal EPOCH_SEED = ''\n"


@dataclass(frozen=True, slots=True)
class Script:
    """A script's text, and the digest that Valkey knows it by once it has seen it."""

    name: str
    source: str
    sha: str


@cache
def script(name: str) -> Script:
    """The script in `lua/<name>.lua`, with what it builds on in front."""
    shebang, _, body = _read(name).partition("\n")
    source = "\n".join([shebang, _HEADER, append_source(), _read("transition"), body])
    # SHA-1 is how the protocol names scripts; nothing secret depends on it.
    sha = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
    return Script(name, source, sha)


def _read(name: str) -> str:
    return (files("tasks.queue.lua") / f"{name}.lua").read_text(encoding="utf-8")
