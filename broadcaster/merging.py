"""Mergeable events: one may stand for several."""

from __future__ import annotations

from broadcaster.events import Event, Kind, Position


def follows(event: Event, older: Event) -> bool:
    """Whether the event may be merged with the one just before it."""
    return (
        older.kind is Kind.MERGEABLE
        and older.position.epoch == event.position.epoch
        and older.position.offset + 1 == event.position.offset
    )


def merge(older: Event, newer: Event) -> Event:
    """The newer event, standing for the older as well."""
    return Event(
        newer.position, newer.kind, newer.payload, older.merged + newer.merged + 1, newer.channel
    )


def unmerge(event: Event, given: Position) -> Event:
    """The event, not standing for what was given already."""
    already = given.offset + 1 - (event.position.offset - event.merged)
    if already <= 0:
        return event
    return Event(event.position, event.kind, event.payload, event.merged - already, event.channel)
