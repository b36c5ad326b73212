"""Which names a viewer can have."""

from __future__ import annotations

from typing import Any

from jobcast.auth.errors import CredentialRefused

# Part of keys in Valkey and of log lines. Issuers' subjects have up to 255 characters (OpenID
# Connect Core 1.0, section 2).
LONGEST_VIEWER_ID = 256  # characters


def check_viewer_id(name: Any) -> str:
    """`name` itself.

    Raises:
        CredentialRefused: It is empty, too long, or has characters that cannot be seen.
    """
    if not isinstance(name, str) or not name.strip():
        raise CredentialRefused("it names no viewer")
    if len(name) > LONGEST_VIEWER_ID:
        raise CredentialRefused("its viewer's name is too long")
    # Control characters, halves of surrogate pairs, marks that reorder text.
    if not name.isprintable():
        raise CredentialRefused("its viewer's name has characters that cannot be shown")
    return name
