"""How log lines are written: as text for people, as JSON for machines."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal

import orjson

# A member of `extra=` that is shown as an exception's traceback is: that of another process.
TRACEBACK = "traceback"

# What every LogRecord has; all else was given by `extra=` and belongs into the line.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "color_message",  # uvicorn's: the message once more
}


def configure_logging(
    level: Literal["debug", "info", "warning", "error"],
    form: Literal["auto", "text", "json"],
    process: str,
) -> None:
    """Send the log of this process to stderr.

    Args:
        level: The least important lines that are written.
        form: `auto` is text on a terminal, JSON elsewhere.
        process: Its name in every line: `api`, `worker`, `dev`.
    """
    as_text = form == "text" or (form == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(TextFormatter(process) if as_text else JsonFormatter(process))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # These tell of each request and connection what its client or the job's history tells better.
    for chatty in ("httpx", "httpcore", "uvicorn"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class TextFormatter(logging.Formatter):
    """`12:34:56 worker  info     message  key=value`."""

    def __init__(self, process: str) -> None:
        """Format lines of the process called `process`."""
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """One line, with the traceback below it, indented, when there is one.

        Texts of clients cannot look like more: what is not printable is escaped, and whatever
        begins at the margin is a line of its own.
        """
        told = _extra(record)
        traceback = _traceback(self, record, told)
        extra = "".join(f"  {name}={value}" for name, value in told.items())
        at = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        level = record.levelname.lower()
        text = _shown(f"{record.getMessage()}{extra}")
        line = f"{at} {self._process:<7} {level:<8} {text}"
        below = "".join(f"\n  {_shown(row)}" for row in traceback.splitlines())
        return line + below


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def __init__(self, process: str) -> None:
        """Format lines of the process called `process`."""
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """One line; the traceback is a member of the object."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "process": self._process,
            "logger": record.name,
            "message": record.getMessage(),
            **_extra(record),
        }
        if traceback := _traceback(self, record, line):
            line[TRACEBACK] = traceback
        try:
            text = orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
        except TypeError:  # half of a surrogate pair, or a number of more than 64 bits
            return json.dumps(line, default=str)
        if text.isprintable():
            return text
        # JSON allows some characters that end a line, or speak to a terminal, for some readers.
        return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text)


def _shown(text: str) -> str:
    """`text` with what is not printable escaped: line breaks, terminal codes, reversed text."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def _traceback(
    formatter: logging.Formatter, record: logging.LogRecord, told: dict[str, object]
) -> str:
    """The exception's, else the one that was given as text; taken out of `told`."""
    given = told.pop(TRACEBACK, "")
    return formatter.formatException(record.exc_info) if record.exc_info else str(given)


def _extra(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}
