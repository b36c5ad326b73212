"""`LinkSigner`: links to files that work without a token, for a while."""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
import re
import time
from collections.abc import Callable
from datetime import timedelta

from tasks.files.errors import InvalidLink, LinkExpired

WEAKEST_SECRET = 32  # bytes: RFC 2104 section 3, no less than the hash's size

# Sets these signatures apart from others that the same key might make.
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
        signature = self._signature(file_id, expires)
        return f"{self._prefix}/{file_id}?expires={expires}&signature={signature}"

    def verify(self, file_id: str, expires: str, signature: str) -> None:
        """Check the parts of a link, as they stand in it.

        Raises:
            InvalidLink: It was not signed with this key.
            LinkExpired: It was, but its time is over.
        """
        expected = self._signature(file_id, expires)
        # Compared as bytes: `compare_digest` refuses text that is not ASCII.
        if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
            raise InvalidLink("The link is not valid.")
        if not _EXPIRES.fullmatch(expires):
            raise InvalidLink("The link is not valid.")
        if int(expires) <= self._clock():
            raise LinkExpired("The link has expired.")

    def _signature(self, file_id: str, expires: str) -> str:
        # Neither an id nor a number holds a line break, so no two pairs give one text.
        message = b"\n".join(
            (_PURPOSE, file_id.encode("utf-8", "replace"), expires.encode("utf-8", "replace"))
        )
        digest = hmac.new(self._secret, message, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
