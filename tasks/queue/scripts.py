"""The queue's Lua scripts."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from broadcaster.scripts import Script, compose


@cache
def script(name: str) -> Script:
    """The script in `lua/<name>.lua`, with what it uses of `transition.lua` in front."""
    return compose(name, _read(name), _read("transition"))


def _read(name: str) -> str:
    return (files("tasks.queue.lua") / f"{name}.lua").read_text(encoding="utf-8")
