"""What the examples need to know of the place they run in; the composition root says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tasks.examples.media.ffmpeg import Limits


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in."""

    host: str
    port: int
    sender: str = "shop@jobcast.example"


@dataclass(frozen=True, slots=True)
class Configuration:
    """One immutable object for a process's life."""

    ffmpeg: Path | None = None  # None: look for one
    media_limits: Limits = field(default_factory=Limits)
    encoder_speed: str = "veryfast"  # libx264's preset: `ultrafast` to `veryslow`
    mail: MailServer | None = None  # None: notifications are skipped, and the job's log says so
    # All workers need the same; None: a private one for each process, lost when it ends.
    shop_database: Path | None = None


_configuration = Configuration()


def configure(configuration: Configuration) -> None:
    """Set what `current` gives; call it before the first job runs."""
    global _configuration  # noqa: PLW0603 - tasks are plain functions: nobody hands it to them
    _configuration = configuration


def current() -> Configuration:
    """The configuration in force."""
    return _configuration
