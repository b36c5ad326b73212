"""`Refusals`: what Valkey's access list forbids, as an error and in the log."""

from __future__ import annotations

import logging
import time

from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError

from broadcaster.errors import BackendRefused

logger = logging.getLogger("jobcast.broadcaster")

# What a script is told that may not run one of its commands; which one follows. What it wrote
# until there stays written.
_FORBIDDEN_TO_A_SCRIPT = "ACL failure in script"

# Often enough for whoever looks, and no flood: a refused call is repeated several times a second.
_SAID_AGAIN_SECONDS = 60.0


class Refusals:
    """Recognises refusals, and logs each: not all callers do, and none ends by itself."""

    def __init__(self) -> None:
        self._said: dict[str, float] = {}  # when; no more entries than commands and scripts

    def found_in(self, error: BaseException, what: str) -> BackendRefused | None:
        """The refusal of `what` (a command, or a script by its name) that `error` is, if it is."""
        if isinstance(error, AuthenticationError):
            return self._refusal(f"Valkey does not accept our user and password: {error}")
        if isinstance(error, NoPermissionError) or (
            isinstance(error, ResponseError) and str(error).startswith(_FORBIDDEN_TO_A_SCRIPT)
        ):
            return self._refusal(f"Valkey's access list forbids {what}: {error}")
        return None

    def _refusal(self, message: str) -> BackendRefused:
        now = time.monotonic()
        if now - self._said.get(message, -_SAID_AGAIN_SECONDS) >= _SAID_AGAIN_SECONDS:
            self._said[message] = now
            logger.error("%s", message)
        return BackendRefused(message)
