"""What the `jobcast` command understands. Commands import what they need when they run."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from jobcast import __version__
from jobcast.cli import client, queues, servers, tools


class GroupThatListsSettings(TyperGroup):
    """Adds the settings to `jobcast --help`."""

    def get_help(self, ctx: Any) -> str:
        """The help, with the settings after it."""
        from jobcast.cli.settings_table import settings_table

        formatter = ctx.make_formatter()
        self.format_help(ctx, formatter)
        return f"{formatter.getvalue()}\n{settings_table(formatter.width)}"


app = typer.Typer(
    name="jobcast",
    help="Background jobs with a live GraphQL API.",
    cls=GroupThatListsSettings,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Text, which takes a third of the time of rich boxes: docs/decisions/0017-start-up.md.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
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
app.command()(queues.queues)
app.command()(queues.pause)
app.command()(queues.resume)
app.command()(tools.schema)
app.command()(tools.token)
