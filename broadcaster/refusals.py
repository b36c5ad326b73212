"""`Refusals`: what Valkey's access list forbids, as an error and in the log."""

from __future__ import annotations

import logging
from collections import defaultdict

from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError

from broadcaster.errors import BackendRefused
from broadcaster.reminder import Reminder

logger = logging.getLogger("jobcast.broadcaster")

# What a script is told that may not run one of its commands; which one follows. What it wrote
# until there stays written.
_FORBIDDEN_TO_A_SCRIPT = "ACL failure in script"


class Refusals:
    """Recognises refusals, and logs each: not all callers do, and none ends by itself."""

    def __init__(self) -> None:
        # No more entries than commands and scripts.
        self._said: defaultdict[str, Reminder] = defaultdict(Reminder)

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
        if self._said[message].is_due():
            logger.error("%s", message)
        return BackendRefused(message)
