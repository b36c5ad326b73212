"""One call that is made on Valkey, until its reply is there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from broadcaster.scripts import Script


@dataclass(slots=True)
class Call:
    """A script with its keys and arguments, or a command with its own.

    Attributes:
        script: None for a command, whose name is the first argument.
        arguments: What follows the script's text or digest, or the whole command.
        reply: What the caller waits for.
        whole: Send the script's text, not its digest.
        sendings: How often it was sent.
    """

    script: Script | None
    arguments: tuple[Any, ...]
    reply: asyncio.Future[Any]
    whole: bool = False
    sendings: int = 0

    @property
    def name(self) -> str:
        """The script's, or the command's."""
        return self.script.name if self.script is not None else str(self.arguments[0])

    def command(self) -> tuple[Any, ...]:
        """The command to send."""
        if self.script is None:
            return self.arguments
        if self.whole:
            return ("EVAL", self.script.source, *self.arguments)
        return ("EVALSHA", self.script.sha, *self.arguments)

    def fail(self, error: Exception) -> None:
        """Let the call's caller get this error; unless it has its answer, or is gone."""
        if not self.reply.done():
            self.reply.set_exception(error)
