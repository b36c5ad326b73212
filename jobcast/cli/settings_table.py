"""The settings, as `jobcast --help` lists them."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from jobcast.settings_help import setting_rows


def print_settings() -> None:
    """Print every setting with its default and what it is for."""
    console = Console(highlight=False)
    console.print(" Settings, read from the environment:\n")
    for row in setting_rows():
        head = Text(f" {row.variable}", style="cyan")
        head.append(f"  {row.default}", style="yellow")
        console.print(head)
        console.print(Padding(Text(row.description.replace("`", "")), (0, 1, 0, 5)))
