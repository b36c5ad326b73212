"""Which signature algorithms exist, and which kind of key each goes with.

Whoever verifies lets the key decide, never the token: a public key tried as an HMAC secret would
accept what anyone can sign (RFC 8725, section 2.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# RFC 7518, section 3.2: at least as many bytes as the hash has.
SECRET_BYTES: Mapping[str, int] = {"HS256": 32, "HS384": 48, "HS512": 64}

_RSA = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
# RFC 7518, section 3.4 and RFC 8037, section 3.1: one curve each.
_CURVES = {
    ("EC", "P-256"): frozenset({"ES256"}),
    ("EC", "P-384"): frozenset({"ES384"}),
    ("EC", "P-521"): frozenset({"ES512"}),
    ("OKP", "Ed25519"): frozenset({"EdDSA"}),
}

PUBLIC_KEY_ALGORITHMS = _RSA.union(*_CURVES.values())


def algorithms_of(jwk: Mapping[str, Any]) -> frozenset[str]:
    """What a published key may verify (RFC 7517, section 4); nothing for symmetric keys."""
    if jwk.get("use", "sig") != "sig":
        return frozenset()
    operations = jwk.get("key_ops")
    if operations is not None and not (isinstance(operations, list) and "verify" in operations):
        return frozenset()
    kind, curve, only = jwk.get("kty"), jwk.get("crv"), jwk.get("alg")
    if kind == "RSA":
        algorithms = _RSA
    elif isinstance(kind, str) and isinstance(curve, str):
        algorithms = _CURVES.get((kind, curve), frozenset())
    else:
        algorithms = frozenset()
    return algorithms if only is None else algorithms.intersection({str(only)})
