"""What the `jobcast` command understands. Commands import what they need when they run."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from jobcast import __version__
from jobcast.cli import client, servers, tools


class GroupThatListsSettings(TyperGroup):
    """Adds the settings to `jobcast --help`."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help, then the table of settings."""
        super().format_help(ctx, formatter)
        from jobcast.cli.settings_table import print_settings

        print_settings()


app = typer.Typer(
    name="jobcast",
    help="Background jobs with a live GraphQL API.",
    cls=GroupThatListsSettings,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"jobcast {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Background jobs with a live GraphQL API."""


app.command()(servers.dev)
app.command()(servers.serve)
app.command()(servers.worker)
app.command()(client.enqueue)
app.command()(client.watch)
app.command()(tools.schema)
app.command()(tools.token)
