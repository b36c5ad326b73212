"""Content-Security-Policies of the console's pages.

Nothing may come from another host, and no script may stand in a page. `'self'` covers the
WebSocket at the same address (CSP Level 3, section 6.7.2.8).
"""

from __future__ import annotations

_COMMON = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; font-src 'self'; "
    "img-src 'self' data:; media-src 'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

CONSOLE_POLICY = f"{_COMMON}; style-src 'self'"

# Monaco makes style elements for the colours and places of its text, with no way to name a nonce.
GRAPHIQL_POLICY = f"{_COMMON}; style-src 'self' 'unsafe-inline'"
