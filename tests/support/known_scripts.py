"""Every script that Jobcast sends to Valkey."""

from __future__ import annotations

from broadcaster.lua import source
from broadcaster.scripts import Script, compose
from tasks.queue.scripts import script
from tests.support.stack import ROOT

_OF_THE_BROADCASTER = ("read", "changed", "publish")


def known_scripts() -> list[Script]:
    """Those of the queue, and of the broadcaster."""
    names = [path.stem for path in (ROOT / "tasks" / "queue" / "lua").glob("*.lua")]
    ours = [script(name) for name in names if name != "transition"]  # a part of the others
    return ours + [compose(name, source(name)) for name in _OF_THE_BROADCASTER]
