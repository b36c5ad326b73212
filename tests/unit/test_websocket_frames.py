"""Frames of a client, as `websockets` makes them, and frames of the server, as it reads them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.exceptions import ProtocolError
from websockets.frames import Close, Frame
from websockets.frames import Opcode as Kind
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from jobcast.websocket.frames import (
    FrameFault,
    FrameReader,
    FrameRefused,
    Opcode,
    check_close,
    close_frame,
    control_frame,
    text_head,
)

MOST_BYTES = 70_000

CONTROL = st.tuples(st.sampled_from([Kind.PING, Kind.PONG]), st.binary(max_size=125))
MESSAGES = st.tuples(
    st.sampled_from([Kind.TEXT, Kind.BINARY]),
    st.lists(st.binary(max_size=200), min_size=1, max_size=5),
    st.lists(CONTROL, max_size=2),  # between the pieces
)


@given(st.lists(MESSAGES, max_size=5), st.lists(st.integers(1, 300), min_size=1))
def test_messages_are_read_however_they_are_cut(
    messages: list[tuple[Kind, list[bytes], list[tuple[Kind, bytes]]]], steps: list[int]
) -> None:
    sent, wanted = b"", []
    for kind, pieces, controls in messages:
        for n, piece in enumerate(pieces):
            last = n == len(pieces) - 1
            sent += Frame(Kind.CONT if n else kind, piece, last).serialize(mask=True)
            if n < len(controls) and not last:
                sent += Frame(*controls[n]).serialize(mask=True)
                wanted.append((int(controls[n][0]), controls[n][1]))
        wanted.append((int(kind), b"".join(pieces)))
    reader = FrameReader(MOST_BYTES)
    read: list[tuple[int, bytes]] = []

    while sent:
        step = steps[len(read) % len(steps)]
        reader.feed(sent[:step])
        sent = sent[step:]
        while (frame := reader.next()) is not None:
            read.append((int(frame[0]), frame[1]))

    assert read == wanted
    assert reader.held_bytes == 0


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, MOST_BYTES])
def test_a_message_of_any_length_is_read_and_written(size: int) -> None:
    message = b"x" * size
    reader = FrameReader(MOST_BYTES)
    reader.feed(Frame(Kind.TEXT, message).serialize(mask=True))

    assert reader.next() == (Opcode.TEXT, message)
    assert as_client(text_head(size) + message) == [(Kind.TEXT, message)]


def test_a_frame_that_comes_byte_by_byte_is_read_once_it_is_whole() -> None:
    frame = Frame(Kind.TEXT, b"x" * 300).serialize(mask=True)
    reader = FrameReader(MOST_BYTES)

    for n in range(len(frame)):
        assert reader.next() is None
        reader.feed(frame[n : n + 1])

    assert reader.next() == (Opcode.TEXT, b"x" * 300)


def test_a_frame_that_is_too_large_is_refused_by_its_head() -> None:
    whole = Frame(Kind.BINARY, b"x" * (MOST_BYTES + 1)).serialize(mask=True)
    reader = FrameReader(MOST_BYTES)
    reader.feed(whole[:10])

    with pytest.raises(FrameRefused, match="70000 bytes") as refused:
        reader.next()

    assert refused.value.code is FrameFault.TOO_BIG


@given(st.integers(990, 5010), st.binary(max_size=10) | st.text(max_size=30).map(str.encode))
def test_a_client_may_close_with_what_others_take(code: int, reason: bytes) -> None:
    for data in (code.to_bytes(2) + reason, reason[:1], b""):
        assert taken(check_close, data) == taken(Close.parse, data)


def taken(look: Callable[[bytes], object], data: bytes) -> bool:
    try:
        look(data)
    except (FrameRefused, ProtocolError, UnicodeDecodeError):
        return False
    return True


def test_a_reason_is_cut_at_a_whole_character() -> None:
    ((kind, data),) = as_client(close_frame(4400, "é" * 100))

    assert kind is Kind.CLOSE
    assert Close.parse(data) == Close(4400, "é" * 61)  # 122 of 123 bytes


def test_control_frames_are_read_by_clients() -> None:
    assert as_client(control_frame(Opcode.PING, b"1234")) == [(Kind.PING, b"1234")]


def as_client(data: bytes) -> list[tuple[Kind, bytes]]:
    """The frames that a client reads."""
    client = ClientProtocol(parse_uri("ws://x/"), state=OPEN)
    client.receive_data(data)
    frames = [event for event in client.events_received() if isinstance(event, Frame)]
    assert client.parser_exc is None
    return [(frame.opcode, bytes(frame.data)) for frame in frames]
