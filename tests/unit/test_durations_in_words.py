"""Durations in messages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tasks.durations import in_words


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (timedelta(), "0 s"),
        (timedelta(milliseconds=200), "0.2 s"),
        (timedelta(seconds=90), "1 min 30 s"),
        (timedelta(minutes=30), "30 min"),
        (timedelta(days=20, hours=2), "20 d 2 h"),
    ],
)
def test_a_duration_is_said_in_the_units_that_a_person_would_use(
    duration: timedelta, words: str
) -> None:
    assert in_words(duration) == words
