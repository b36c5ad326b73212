"""Errors of the composition root.

JobcastError
├── InvalidSettings          the environment is wrong; lists every problem
├── ValkeyRefused            Valkey does not let us in, or not do what we must; says what to mend
├── UnsafeExposure           the API would be open to strangers; says what to set
├── EmbeddedValkeyError
│   ├── NoValkeyBinary       this platform has none; use an outside server
│   ├── DataDirectoryInUse   another process has the data open
│   └── ValkeyFailed         it did not start, or it ended; carries the end of its log
├── ChildFailed              a process of `jobcast dev` cannot be kept running
└── ClientError              what `jobcast enqueue` and `watch` cannot go on from
"""

from __future__ import annotations

from collections.abc import Sequence


class JobcastError(Exception):
    """Base of what the composition root raises on purpose; the message is for a person."""


class InvalidSettings(JobcastError):
    """One or more settings are wrong; correct them and start again."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("Invalid settings:\n" + "\n".join(f"  {line}" for line in problems))
        self.problems = tuple(problems)


class ValkeyRefused(JobcastError):
    """Valkey is there, but will not serve this process; mend its URL, certificate or ACL."""


class UnsafeExposure(JobcastError):
    """The API would answer anyone; configure tokens, or bind to a loopback address."""


class EmbeddedValkeyError(JobcastError):
    """The embedded Valkey cannot be used."""


class NoValkeyBinary(EmbeddedValkeyError):
    """No Valkey comes with Jobcast for this platform; set JOBCAST_REDIS_URL."""


class DataDirectoryInUse(EmbeddedValkeyError):
    """Another `jobcast dev` works with this data directory; use that one or end it."""


class ValkeyFailed(EmbeddedValkeyError):
    """Valkey did not start, or ended by itself; its log says why."""


class ChildFailed(JobcastError):
    """A process of `jobcast dev` cannot be kept running; what it wrote says why."""


class ClientError(JobcastError):
    """The command-line client cannot go on; the message says why, `exit_code` which kind."""

    def __init__(self, message: str, exit_code: int = 2) -> None:
        super().__init__(message)
        self.exit_code = exit_code
