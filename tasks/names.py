"""The GraphQL names of tasks and their types, and those that are taken already."""

from __future__ import annotations

import re

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_TYPES = """
    BigInt Boolean CancelJobAccepted CancelJobInput CancelJobPayload CreateWatchLinkInput
    CreateWatchLinkPayload Cursor Date DateTime Decimal DeclaredFailure DeleteFileAccepted
    DeleteFileInput DeleteFilePayload Duration EnqueueOptions FailureKind File FileRef Float
    Forbidden ID IdempotencyConflict InputProblem Int InvalidInput Job JobAccepted JobCancelled
    JobCancelling JobConnection JobEdge JobEnqueued JobEvent JobFailed JobFailure JobFilter
    JobLogged JobNotFound JobNotRetryable JobOutput JobProgressed JobReset JobRetryScheduled
    JobScheduled JobSnapshot JobStarted JobStatus JobStatusCount JobSucceeded LatencySeconds
    LogLevel Mutation Node PageInfo PauseQueueAccepted PauseQueueInput PauseQueuePayload Problem
    Progress Query Queue QueueMinute QueueNotFound RateLimited ResetReason ResumeQueueAccepted
    ResumeQueueInput ResumeQueuePayload RetryJobAccepted RetryJobInput RetryJobPayload
    RevokeWatchLinksInput RevokeWatchLinksPayload ServiceUnavailable StorageFull StorageUsage
    String Subscription Task TaskFault Time TimedOut URL UUID UnknownFile UnregisteredJob
    UnregisteredOutput UnregisteredSucceeded UnserializableResult Viewer WatchLinkCreated
    WatchLinksRevoked Worker WorkerLost
"""

# Types that every Jobcast schema has (a test compares this with the schema).
RESERVED_TYPES = frozenset(_TYPES.split())

# Fields that the type Mutation has without any task.
RESERVED_MUTATIONS = frozenset(
    {
        "cancelJob",
        "createWatchLink",
        "deleteFile",
        "pauseQueue",
        "resumeQueue",
        "retryJob",
        "revokeWatchLinks",
    }
)


def is_graphql_name(name: str) -> bool:
    """Whether GraphQL allows the name; those with two leading underscores are its own."""
    return _NAME.fullmatch(name) is not None and not name.startswith("__")


def camel_case(name: str) -> str:
    """`transcode_video` → `transcodeVideo`; leading underscores stay."""
    stem = name.lstrip("_")
    first, *others = [part for part in stem.split("_") if part] or [""]
    prefix = name[: len(name) - len(stem)]
    return prefix + first[:1].lower() + first[1:] + "".join(map(_capitalized, others))


def pascal_case(name: str) -> str:
    """`transcode_video` → `TranscodeVideo`."""
    return "".join(_capitalized(part) for part in name.split("_") if part)


def enum_name(value: str) -> str:
    """A GraphQL enum value's name for any text: `720p` → `_720P`, `two words` → `TWO_WORDS`."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", value).strip("_").upper()
    return f"_{name}" if not name or name[0].isdigit() else name


def in_words(name: str) -> str:
    """A sentence made of a name: `Max width.` for `max_width`."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).replace("_", " ").split()
    text = " ".join(word if word.isupper() else word.lower() for word in words)
    return f"{text[:1].upper()}{text[1:]}."


def _capitalized(part: str) -> str:
    return part[:1].upper() + part[1:]
