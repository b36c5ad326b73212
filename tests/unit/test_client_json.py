"""JSON from clients: what cannot be taken is named, with its place."""

from __future__ import annotations

import pytest

from jobcast.client_json import NotJson, read_json


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "It is empty."),
        (b"{]", "Line 1, column 2: not valid."),
        (b'{"a":\n nonsense}', "Line 2, column 2: not valid."),
        (b'"\xff"', "not valid."),
        (b'"\\ud800"', "Line 1, column 2: half a surrogate pair is no character"),
        (b'"\\udc00 "', "half a surrogate pair"),
        (b"[" * 2000 + b"]" * 2000, "nested too deep"),
        (b"9" * 5000, "the number is too large; send it as a string"),
        (b"-1e999", "the number is too large"),
    ],
)
@pytest.mark.parametrize("kind", [bytes, bytearray])
def test_what_cannot_be_read_is_told_in_words(
    text: bytes, words: str, kind: type[bytes | bytearray]
) -> None:
    with pytest.raises(NotJson) as refused:
        read_json(kind(text))

    assert words in str(refused.value)
    assert str(refused.value).endswith(".")


def test_what_is_json_is_read() -> None:
    assert read_json('{"a": ["\\ud83d\\ude00", 1.5]}') == {"a": ["😀", 1.5]}
