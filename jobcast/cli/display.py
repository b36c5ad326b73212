"""How a job's events look in the terminal: a live bar, plain lines, or JSON lines."""

from __future__ import annotations

import json
import sys
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn


class Display(ABC):
    """Shows one job; a context manager."""

    def __enter__(self) -> Display:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None

    @abstractmethod
    def event(self, event: dict[str, Any]) -> None:
        """Show one event."""

    @abstractmethod
    def dropped(self, reason: str) -> None:
        """Say that the connection dropped and is being made anew."""

    @abstractmethod
    def result(self, value: Any) -> None:
        """Show the result of a job that has succeeded."""


class JsonDisplay(Display):
    """One JSON object a line on stdout: the events, then `{"result": …}`."""

    def event(self, event: dict[str, Any]) -> None:
        """Print the event as the server sent it."""
        self._print(event)

    def dropped(self, reason: str) -> None:
        """Say so on stderr, where it is not in the way."""
        sys.stderr.write(f"{reason}; resuming\n")

    def result(self, value: Any) -> None:
        """Print the result."""
        self._print({"result": value})

    def _print(self, value: Any) -> None:
        sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
        sys.stdout.flush()


class TerminalDisplay(Display):
    """A bar for the progress on a terminal; events that are more than progress above it."""

    def __init__(self, title: str) -> None:
        """Show a job under `title`."""
        self._console = Console(highlight=False, soft_wrap=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[message]}"),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._title = title
        self._row = self._bar.add_task(title, total=1.0, message="")
        self._shown = ""

    def __enter__(self) -> Display:
        self._bar.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def event(self, event: dict[str, Any]) -> None:
        """Move the bar, and print what is worth a line."""
        job = event["job"]
        progress = job.get("progress") or {}
        fraction = 1.0 if job["status"] == "SUCCEEDED" else progress.get("fraction") or 0.0
        message = progress.get("message") or ""
        self._bar.update(
            self._row,
            completed=fraction,
            description=f"{self._title} {job['status']}",
            message=message,
        )
        line = self._line(event, fraction, message)
        if line and line != self._shown:
            self._shown = line
            self._bar.print(line, markup=False)

    def dropped(self, reason: str) -> None:
        """Say it where the message stands."""
        self._bar.update(self._row, message=f"{reason}; resuming")
        if not self._console.is_terminal:
            self._bar.print(f"{reason}; resuming", markup=False)

    def result(self, value: Any) -> None:
        """Print the result, indented."""
        if value is not None:
            self._console.print_json(data=value)

    def _line(self, event: dict[str, Any], fraction: float, message: str) -> str:
        name = event["__typename"]
        job = event["job"]
        if name.endswith("Progressed"):
            # The bar shows it already.
            return "" if self._console.is_terminal else f"{fraction:6.1%} {message}".rstrip()
        own = {
            key: value
            for key, value in event.items()
            if key not in {"__typename", "cursor", "offset", "at", "job", "merged"}
        }
        if name.endswith("Logged"):
            return " ".join(str(value) for value in own.values())
        if job["status"] == "FAILED" and job.get("failure"):
            return f"FAILED: {job['failure'].get('message', '')}"
        if name.endswith("Output"):
            return json.dumps(next(iter(own.values()), None), ensure_ascii=False)
        detail = (
            f" (attempt {job['attempt']} of {job['maxAttempts']})" if job["attempt"] > 1 else ""
        )
        return f"{job['status']}{detail}"
