"""The settings, as `jobcast --help` lists them."""

from __future__ import annotations

from textwrap import fill

import typer

from jobcast.settings_help import setting_rows

_INDENT = " " * 6


def settings_table(width: int) -> str:
    """Every setting with its default and what it is for, in lines of `width` characters."""
    lines = ["Settings, read from the environment:"]
    for row in setting_rows():
        head = typer.style(f"  {row.variable}", fg="cyan")
        lines.append(head + (typer.style(f"  {row.default}", fg="yellow") if row.default else ""))
        text = row.description.replace("`", "")
        lines.append(fill(text, width, initial_indent=_INDENT, subsequent_indent=_INDENT))
    return "\n".join(lines)
