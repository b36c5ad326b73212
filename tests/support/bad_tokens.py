"""Tokens that must sign nobody in, where HS256 with `SECRET` is accepted."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from jobcast.auth.credentials import LARGEST_TOKEN
from tests.support.tokens import SECRET, claims_of, in_seconds, rsa_key, token


def part(content: Any) -> str:
    """Base64url of bytes, or of something as JSON."""
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def signed(header: Any, claims: Any, secret: bytes = SECRET.encode()) -> str:
    """A token of any content with a good HMAC; PyJWT would not write such."""
    text = f"{part(header)}.{part(claims)}"
    return f"{text}.{part(hmac.digest(secret, text.encode(), hashlib.sha256))}"


DEEP = b"[" * 5000
REFUSED: dict[str, str] = {
    "expired": token({"exp": in_seconds(-40)}),
    "not yet valid": token({"nbf": in_seconds(3600)}),
    "issued in the future": token({"iat": in_seconds(3600)}),
    "without exp": token({"exp": None}),
    "exp is a text": token({"exp": str(in_seconds(3600))}),
    "exp is true": token({"exp": True}),
    "exp is infinite": token({"exp": float("inf")}),
    "exp is no number": token({"exp": float("nan")}),
    "exp is beyond all calendars": token({"exp": 10**17}),
    "exp has thousands of digits": signed({"alg": "HS256"}, b'{"sub":"a","exp":1' + b"0" * 5000),
    "nbf is a list": token({"nbf": [1]}),
    "without sub": token({"sub": None}),
    "empty sub": token({"sub": ""}),
    "blank sub": token({"sub": "  "}),
    "sub is a number": signed({"alg": "HS256"}, claims_of({"sub": 7})),
    "sub is too long": token({"sub": "x" * 257}),
    "sub with NUL": token({"sub": "alice\x00"}),
    "sub with a line break": token({"sub": "alice\nbob"}),
    "sub that is written backwards": token({"sub": "alice\u202eecila"}),
    "sub with half a surrogate pair": token({"sub": "alice\ud800"}),
    "another secret": token(secret="t" * 32),
    "audience for others": token({"aud": "other"}),
    "no signature": token().rpartition(".")[0] + ".",
    "cut": token()[:-3],
    "algorithm none": f"{part({'alg': 'none'})}.{part(claims_of())}.",
    "algorithm none with a signature": signed({"alg": "none"}, claims_of()),
    "algorithm None": signed({"alg": "None"}, claims_of()),
    "algorithm is a list": signed({"alg": ["HS256"]}, claims_of()),
    "without algorithm": signed({"typ": "JWT"}, claims_of()),
    "another HMAC": signed({"alg": "HS512"}, claims_of()),
    "public-key algorithm": rsa_key().sign(),
    "critical extension": signed({"alg": "HS256", "crit": ["exp"], "exp": 1}, claims_of()),
    "key id is a list": signed({"alg": "HS256", "kid": ["a"]}, claims_of()),
    "key id is huge": signed({"alg": "HS256", "kid": "k" * 1000}, claims_of()),
    "header is nested deeply": f"{part(DEEP)}.{part(claims_of())}.AAAA",
    "claims are nested deeply": signed({"alg": "HS256"}, DEEP),
    "claims are a list": signed({"alg": "HS256"}, [claims_of()]),
    "claims are no JSON": signed({"alg": "HS256"}, b"\xff\xfe"),
    "huge": token({"pad": "x" * LARGEST_TOKEN}),
    "huge and no token": "x" * 10_000_000,
    "five parts": token() + ".a.b",
    "two tokens": f"{token()}, {token()}",
    "not ASCII": token() + "é",
    "words": "let me in",
    "empty": "",
    "dots": "..",
}
