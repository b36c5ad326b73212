"""Which media type a client accepts an answer in.

Source: GraphQL over HTTP, "Media Types" and "Legacy Watershed"; RFC 9110, section 12.5.1.
"""

from __future__ import annotations

from functools import lru_cache

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
EVENTS = "text/event-stream"
HTML = "text/html"

# Clients say one of a few things; longer ones, which would fill the memory, are read each time.
_LONGEST_KEPT = 256  # characters

# In order of preference where a client likes several equally well. Without a preference, what
# every client understands comes first.
_OFFERED = (JSON, GRAPHQL)


def negotiate(accept: str | None) -> str | None:
    """One of JSON, GRAPHQL and EVENTS; None when the client accepts none of them."""
    if accept is not None and len(accept) > _LONGEST_KEPT:
        return _choice.__wrapped__(accept)
    return _choice(accept)


@lru_cache(maxsize=256)
def _choice(accept: str | None) -> str | None:
    ranges = _ranges(accept)
    best, best_quality = None, 0.0
    for offered in _OFFERED:
        quality = _quality(ranges, offered)
        if quality > best_quality:
            best, best_quality = offered, quality
    # `*/*` does not ask for a stream: only its name does.
    if ranges.get(EVENTS, 0) > best_quality or (EVENTS in ranges and best is None):
        return EVENTS
    return best


def accepts_events(accept: str | None) -> bool:
    """Whether the client names event streams, even after others: what fits a subscription."""
    return _ranges(accept).get(EVENTS, 0) > 0


def wants_page(accept: str | None) -> bool:
    """Whether a browser asks for a page to look at."""
    ranges = _ranges(accept)
    return HTML in ranges and JSON not in ranges and GRAPHQL not in ranges


def _ranges(accept: str | None) -> dict[str, float]:
    ranges: dict[str, float] = {}
    for part in (accept or "*/*").lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key == "q":
                try:
                    quality = float(value)
                except ValueError:
                    quality = 0.0
        ranges[name] = quality
    return ranges


def _quality(ranges: dict[str, float], offered: str) -> float:
    for name in (offered, "application/*", "*/*"):
        if name in ranges:
            return ranges[name]
    return 0.0
