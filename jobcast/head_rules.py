"""What the parser lets through, and the next one on the way might read in another way.

Sources: RFC 9112, sections 3.2, 6.1 and 6.3, which have a server refuse such requests; RFC 9110,
section 5.3, as to fields that come twice.
"""

from __future__ import annotations

from collections.abc import Sequence


def fault_in_head(
    headers: Sequence[tuple[bytes, bytes]], version: str, *, handshake: bool
) -> str | None:
    """What is wrong with a request's head, as a sentence; None when nothing is.

    Args:
        headers: Names in lower case, and values.
        version: Of HTTP, such as `1.1`.
        handshake: Whether it is to become a WebSocket (RFC 6455, section 4.1: a GET, so no body).
    """
    names = [name for name, _ in headers]
    hosts = names.count(b"host")
    if hosts > 1 or (hosts == 0 and version != "1.0"):
        return "Send exactly one `Host` header."
    if names.count(b"authorization") > 1:
        return "Send one `Authorization` header, not several."
    if b"transfer-encoding" in names:
        codings = [value.strip().lower() for name, value in headers if name == b"transfer-encoding"]
        if codings != [b"chunked"] or version == "1.0":
            return "Send `Content-Length`, or `Transfer-Encoding: chunked` with HTTP/1.1."
        if b"content-length" in names:
            return "Send `Content-Length` or `Transfer-Encoding`, not both."
        if handshake:
            return _NO_BODY
    elif handshake and dict(headers).get(b"content-length", b"0") != b"0":
        return _NO_BODY
    return None


_NO_BODY = "A WebSocket handshake has no body."
