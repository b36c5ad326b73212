"""Signing keys and the tokens that they make."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SECRET = "s" * 32


@dataclass(frozen=True)
class SigningKey:
    """A private key, and its public half as an issuer shows it."""

    algorithm: str
    private: Any

    def published(self, **members: Any) -> dict[str, Any]:
        """The public half as a JWK."""
        implementation = jwt.get_algorithm_by_name(self.algorithm)
        jwk = json.loads(implementation.to_jwk(self.private.public_key()))
        return {**jwk, "key_ops": ["verify"], **members}

    def pem(self) -> bytes:
        """The public half, as it is often handed around."""
        encoded: bytes = self.private.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
        return encoded

    def sign(self, claims: dict[str, Any] | None = None, **header: Any) -> str:
        """A token that is valid for an hour, unless `claims` says otherwise."""
        return jwt.encode(claims_of(claims), self.private, self.algorithm, header)


@cache
def rsa_key(name: str = "first", bits: int = 2048) -> SigningKey:
    """An RSA key for each name; made once, since that takes a while."""
    return SigningKey("RS256", generate_rsa(65537, bits))


@cache
def ec_key(name: str = "first") -> SigningKey:
    """A P-256 key for each name."""
    return SigningKey("ES256", generate_private_key(SECP256R1()))


@cache
def ed_key(name: str = "first") -> SigningKey:
    """An Ed25519 key for each name."""
    return SigningKey("EdDSA", Ed25519PrivateKey.generate())


def claims_of(changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """Good claims with changes; one that is changed to None is left out."""
    claims = {"sub": "alice", "exp": in_seconds(3600), **(changes or {})}
    return {name: value for name, value in claims.items() if value is not None}


def in_seconds(seconds: float) -> int:
    """That moment, as tokens state it."""
    return int((datetime.now(UTC) + timedelta(seconds=seconds)).timestamp())


def token(claims: dict[str, Any] | None = None, secret: str | bytes = SECRET, **header: Any) -> str:
    """An HS256 token."""
    return jwt.encode(claims_of(claims), secret, "HS256", header)
