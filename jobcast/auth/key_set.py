"""Reads a JSON Web Key Set (RFC 7517, section 5) into keys that can verify."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from jobcast.auth.algorithms import algorithms_of
from jobcast.auth.errors import KeysUnavailable

# RFC 7518, section 3.3.
WEAKEST_RSA_BITS = 2048

# Issuers publish two or three. It bounds the work that one token without a key id can cause.
MOST_KEYS = 32


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """One key of the set, ready for each algorithm that it may verify."""

    key_id: str | None
    by_algorithm: Mapping[str, jwt.PyJWK]


def read_key_set(document: bytes, accepted: Collection[str]) -> Sequence[PublishedKey]:
    """The usable keys of `document`; others in it, such as those for encryption, are left out.

    Raises:
        KeysUnavailable: It is no key set.
    """
    try:
        content = orjson.loads(document)
    except orjson.JSONDecodeError as exc:
        raise KeysUnavailable("the answer is not JSON") from exc
    entries = content.get("keys") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise KeysUnavailable("the answer has no list of keys")
    keys = [_read(entry, accepted) for entry in entries if isinstance(entry, dict)]
    return [key for key in keys if key.by_algorithm][:MOST_KEYS]


def _read(jwk: dict[str, Any], accepted: Collection[str]) -> PublishedKey:
    key_id = jwk.get("kid")
    usable: dict[str, jwt.PyJWK] = {}
    for algorithm in sorted(algorithms_of(jwk).intersection(accepted)):
        try:
            key = jwt.PyJWK(jwk, algorithm)
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
            continue  # broken; the set's other keys are none the worse
        if isinstance(key.key, RSAPublicKey) and key.key.key_size < WEAKEST_RSA_BITS:
            continue
        usable[algorithm] = key
    return PublishedKey(key_id if isinstance(key_id, str) else None, usable)
