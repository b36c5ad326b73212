"""Valkey's error replies."""

from __future__ import annotations

import pytest
from redis.exceptions import (
    AuthenticationError,
    NoPermissionError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
)

from broadcaster.error_replies import error_reply


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("NOSCRIPT No matching script.", NoScriptError),
        ("OOM command not allowed when used memory > 'maxmemory'.", OutOfMemoryError),
        ("READONLY You can't write against a read only replica.", ReadOnlyError),
        ("NOPERM User x has no permissions to run the 'get' command", NoPermissionError),
        ("ERR unknown command 'x'", ResponseError),
        ("WRONGPASS invalid username-password pair", AuthenticationError),
    ],
)
def test_a_known_kind_is_told_apart_and_says_the_rest(text: str, kind: type[Exception]) -> None:
    error = error_reply(text)

    assert type(error) is kind
    assert str(error) == text.partition(" ")[2]


@pytest.mark.parametrize("text", ["BUSY a script runs", "EMPTY", ""])
def test_any_other_says_all_of_it(text: str) -> None:
    error = error_reply(text)

    assert type(error) is ResponseError
    assert str(error) == text
