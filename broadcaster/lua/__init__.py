"""The broadcaster's Lua: how a channel is written, for scripts of other layers to build on."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def append_source() -> str:
    """The text that defines `append` and `notify` (append.lua); put it before a script's body.

    The text in front of it must define two locals: PUBLISH (the publishing command's name)
    and EPOCH_SEED (the epoch of a history that begins now).
    """
    return source("append")


@cache
def source(name: str) -> str:
    """The text of `<name>.lua`."""
    return (files("broadcaster.lua") / f"{name}.lua").read_text(encoding="utf-8")
