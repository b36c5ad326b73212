"""`ErrorCode`: every `extensions.code` that an error can have, over any transport."""

from __future__ import annotations

from enum import StrEnum


class ErrorCode(StrEnum):
    """What a client's program can tell errors apart by; docs/protocol.md says what to do then.

    There is a code for each thing that a program would do something else about. Whatever is wrong
    with a request and has none of its own is a `BAD_REQUEST`, whose message is for a person.
    """

    BAD_REQUEST = "BAD_REQUEST"
    CURSOR_INVALID = "CURSOR_INVALID"
    FORBIDDEN = "FORBIDDEN"
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"
    JOB_GONE = "JOB_GONE"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    NOT_FOUND = "NOT_FOUND"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
    STORAGE_FULL = "STORAGE_FULL"
    TIMEOUT = "TIMEOUT"
    TOO_LARGE = "TOO_LARGE"
    TOO_MANY_CONNECTIONS = "TOO_MANY_CONNECTIONS"
    TOO_MANY_REQUESTS = "TOO_MANY_REQUESTS"
    TOO_MANY_SUBSCRIPTIONS = "TOO_MANY_SUBSCRIPTIONS"
    TOO_MANY_UPLOADS = "TOO_MANY_UPLOADS"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    UNREADABLE = "UNREADABLE"
