"""Pages that stand in for the console where there is none, and say how to get it."""

from __future__ import annotations

from html import escape
from typing import NamedTuple


class Notice(NamedTuple):
    """What such a page says."""

    title: str
    text: str


OFF = Notice(
    "The console is off",
    "This server answers GraphQL requests at /graphql. With JOBCAST_CONSOLE=on it has the console "
    "here, and GraphiQL at /graphql.",
)

NOT_BUILT = Notice(
    "The console is not built",
    "This server answers GraphQL requests at /graphql, but there is no console to show. Build it "
    "with `make console` in the checkout, and start the server again. It needs Node 20.19 or "
    "newer, or the network to fetch one.",
)


def notice_page(notice: Notice) -> str:
    """A page with this title and text; it needs no script and no style."""
    title, text = map(escape, notice)
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{title} · Jobcast</title>\n<h1>{title}</h1>\n<p>{text}</p>\n</html>\n"
    )
