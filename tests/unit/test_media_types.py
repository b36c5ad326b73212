"""Which answer a client gets, by what it accepts."""

from __future__ import annotations

import pytest

from jobcast.graphql_http.media_types import (
    EVENTS,
    GRAPHQL,
    JSON,
    accepts_events,
    negotiate,
    wants_page,
)

URQL = f"{GRAPHQL}, application/graphql+json, {JSON}, {EVENTS}, multipart/mixed"


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{GRAPHQL};q=0.5, {JSON}", JSON),
        (f"{JSON.upper()};charset=utf-8", JSON),
        (EVENTS, EVENTS),
        (f"{EVENTS}, */*;q=0.1", EVENTS),
        ("text/*", None),
        (f"{JSON};q=0", None),
        (URQL, JSON),
    ],
)
def test_the_media_type_is_the_one_the_client_likes_best(
    accept: str | None, answer: str | None
) -> None:
    assert negotiate(accept) == answer


def test_a_stream_is_accepted_only_by_its_name() -> None:
    assert accepts_events(URQL)
    assert not accepts_events("*/*")
    assert not accepts_events(f"{EVENTS};q=0")
    assert not accepts_events(None)


def test_only_a_browser_wants_the_page() -> None:
    assert wants_page("text/html,application/xhtml+xml,*/*;q=0.8")
    assert not wants_page("*/*")
    assert not wants_page(f"text/html, {JSON}")
