"""Signatures of what this deployment gave out, each for one purpose."""

from __future__ import annotations

import base64
import hashlib
import hmac

WEAKEST_SECRET = 32  # bytes: RFC 2104 section 3, no less than the hash's size


def signature(secret: bytes, purpose: bytes, *parts: str) -> str:
    """HMAC-SHA-256 (RFC 2104) of the parts, as unpadded base64url.

    `purpose` sets these signatures apart from others by the same key. No part that is signed
    may hold a line break, so no two lists of parts give one text.
    """
    message = b"\n".join((purpose, *(part.encode("utf-8", "replace") for part in parts)))
    digest = hmac.new(secret, message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def equal(expected: str, given: str) -> bool:
    """Whether they are the same, in a time that tells nothing of where they differ."""
    # Compared as bytes: `compare_digest` refuses text that is not ASCII.
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))
