"""Where the keys that verify tokens come from: `KeySource`, and a shared secret as one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from types import TracebackType
from typing import Self

import jwt

from jobcast.auth.algorithms import SECRET_BYTES
from jobcast.errors import InvalidSettings

VerificationKey = jwt.PyJWK | bytes


class KeySource(ABC):
    """Keys by the id and algorithm that a token's header names. An async context manager.

    Attributes:
        version: Another number whenever the keys may have changed: what was verified with those of
            an earlier one has to be verified again.
    """

    version: int = 0

    @abstractmethod
    def known(self, key_id: str | None, algorithm: str) -> Sequence[VerificationKey]:
        """Keys that may verify such a token; `algorithm` fits each of them."""

    @abstractmethod
    async def refresh(self) -> bool:
        """Ask for newer keys, unless that was done a moment ago; whether there are some."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        return None


class SecretKey(KeySource):
    """One secret, shared by those who sign and this server."""

    def __init__(self, secret: bytes, algorithms: Collection[str]) -> None:
        """Use `secret` for these of the HS algorithms.

        Raises:
            InvalidSettings: The secret is too short for them, or no secret at all.
        """
        needed = max((SECRET_BYTES[algorithm] for algorithm in algorithms), default=32)
        if len(secret) < needed:
            raise InvalidSettings(
                [f"JOBCAST_JWT_SECRET is too weak: {', '.join(algorithms)} needs {needed} bytes"]
            )
        try:
            for algorithm in algorithms:
                jwt.encode({}, secret, algorithm)
        except jwt.InvalidKeyError as exc:  # a public key, pasted where a secret belongs
            raise InvalidSettings([f"JOBCAST_JWT_SECRET cannot be used: {exc}"]) from exc
        self._secret = secret
        self._algorithms = frozenset(algorithms)

    def known(self, key_id: str | None, algorithm: str) -> Sequence[VerificationKey]:
        """The secret, whatever key id the token names."""
        return (self._secret,) if algorithm in self._algorithms else ()

    async def refresh(self) -> bool:
        """A secret does not change while the server runs."""
        return False
