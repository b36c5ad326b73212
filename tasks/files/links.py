"""`LinkSigner`: links to files that work without a token, for a while."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from datetime import timedelta

from tasks.files.errors import InvalidLink, LinkExpired
from tasks.signatures import WEAKEST_SECRET, equal, signature

_PURPOSE = b"jobcast file link 1"
_EXPIRES = re.compile(r"[1-9][0-9]{0,11}")


class LinkSigner:
    """Signs and checks links. All processes of a deployment need the same secret.

    Whoever has a link can fetch the file, so links are short-lived and name one file only.
    """

    def __init__(
        self,
        secret: bytes,
        *,
        base_url: str = "",
        path: str = "/files",
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Keep the key.

        Args:
            secret: The key, at least 32 random bytes.
            base_url: What links begin with, `https://jobs.example.org`; empty: they are relative.
            path: Where the route that serves files is mounted.
            clock: Seconds since 1970.
        """
        if len(secret) < WEAKEST_SECRET:
            raise ValueError(f"The secret of links needs at least {WEAKEST_SECRET} bytes.")
        self._secret = secret
        self._prefix = base_url.rstrip("/") + path
        self._clock = clock

    def sign(self, file_id: str, expires_in: timedelta) -> str:
        """A URL of the file: `<base>/files/<id>?expires=<seconds since 1970>&signature=…`."""
        expires = str(math.ceil(self._clock() + expires_in.total_seconds()))
        signed = self._signature(file_id, expires)
        return f"{self._prefix}/{file_id}?expires={expires}&signature={signed}"

    def verify(self, file_id: str, expires: str, given: str) -> None:
        """Check the parts of a link, as they stand in it; `given` is the signature.

        Raises:
            InvalidLink: It was not signed with this key.
            LinkExpired: It was, but its time is over.
        """
        expected = self._signature(file_id, expires)
        if not equal(expected, given):
            raise InvalidLink("The link is not valid.")
        if not _EXPIRES.fullmatch(expires):
            raise InvalidLink("The link is not valid.")
        if int(expires) <= self._clock():
            raise LinkExpired("The link has expired.")

    def _signature(self, file_id: str, expires: str) -> str:
        return signature(self._secret, _PURPOSE, file_id, expires)
