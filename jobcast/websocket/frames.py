"""WebSocket frames (RFC 6455, section 5): those of the server made, those of a client read."""

from __future__ import annotations

from enum import IntEnum

from jobcast.token_bucket import TokenBucket

try:
    from websockets.speedups import apply_mask  # in C, where there is a wheel
except ImportError:
    from websockets.utils import apply_mask

# Pings, pongs and continuations; four seconds' worth may come at once. Browsers send a ping's
# answer now and then; clients in other languages cut a message into pieces of 1 to 64 KiB.
FRAMES_PER_SECOND = 250
# Empty pieces cost memory, and the bound on a message's size does not count them. Less than may
# come at once, so that a client is told of the right limit.
MOST_FRAGMENTS = 900

# A close reason may have 123 bytes of UTF-8 (section 5.5).
REASON_BYTES = 123

_FIN = 0x80
_RESERVED = 0x70
_MASKED = 0x80
_CONTROL = 0x08  # the bit that all control frames have
_LARGEST_CONTROL = 125  # bytes
_MASK_BYTES = 4


class Opcode(IntEnum):
    """What a frame is (section 5.2)."""

    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


_OPCODES = {int(opcode): opcode for opcode in Opcode}  # found faster than by calling the class


class FrameFault(IntEnum):
    """Why a connection is closed for what its frames are (section 7.4.1)."""

    PROTOCOL_ERROR = 1002
    INVALID_TEXT = 1007
    POLICY_VIOLATION = 1008
    TOO_BIG = 1009


class FrameRefused(Exception):
    """What the client sent cannot be taken: close with this code and reason."""

    def __init__(self, code: FrameFault, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def text_head(message_bytes: int) -> bytes:
    """The head of a frame that holds a whole text message of that many bytes."""
    return _head(Opcode.TEXT, message_bytes)


def control_frame(opcode: Opcode, data: bytes = b"") -> bytes:
    """A ping, pong or close; `data` has at most 125 bytes."""
    return _head(opcode, len(data)) + data


def close_frame(code: int, reason: str = "") -> bytes:
    """A close; the reason is cut where it is too long."""
    cut = reason.encode()[:REASON_BYTES].decode(errors="ignore").encode()
    return control_frame(Opcode.CLOSE, code.to_bytes(2) + cut)


def _head(opcode: Opcode, size: int) -> bytes:
    if size < 126:
        return bytes((_FIN | opcode, size))
    if size < 2**16:
        return bytes((_FIN | opcode, 126)) + size.to_bytes(2)
    return bytes((_FIN | opcode, 127)) + size.to_bytes(8)


class FrameReader:
    """Makes messages of the bytes that a client sends, as many as are asked for.

    An idle one holds no buffer.
    """

    __slots__ = ("_at", "_data", "_kind", "_most_bytes", "_pieces", "_pieces_bytes", "_rate")

    def __init__(self, most_bytes: int) -> None:
        """Take messages of at most so many bytes."""
        self._most_bytes = most_bytes
        self._data: bytes | bytearray = b""  # all before `_at` is read
        self._at = 0
        self._kind = Opcode.TEXT  # of the message whose first pieces are there
        self._pieces: list[bytes] | None = None  # those; None between messages
        self._pieces_bytes = 0
        self._rate: TokenBucket | None = None

    @property
    def held_bytes(self) -> int:
        """How much of what has come is kept."""
        return len(self._data) + self._pieces_bytes

    def feed(self, data: bytes) -> None:
        """Add what has come."""
        if self._at == len(self._data):
            self._data, self._at = data, 0
            return
        # A bytearray grows without being copied each time, should a frame trickle in.
        rest = self._data
        if not isinstance(rest, bytearray):
            rest = bytearray(memoryview(rest)[self._at :])
        else:
            del rest[: self._at]
        rest += data
        self._data, self._at = rest, 0

    def next(self) -> tuple[Opcode, bytes] | None:
        """The next message or control frame; None when more bytes have to come first.

        Raises:
            FrameRefused: There is none that can be taken, and will be none.
        """
        while (frame := self._frame()) is not None:
            first, data = frame
            opcode = _OPCODES[first & 0x0F]
            if opcode & _CONTROL:
                self._count()
                return opcode, data
            if opcode is not Opcode.CONTINUATION:
                if first & _FIN:
                    return opcode, data
                self._kind, self._pieces, self._pieces_bytes = opcode, [data], len(data)
                continue
            pieces = self._pieces
            assert pieces is not None  # noqa: S101 - `_check` has seen to it
            if len(pieces) >= MOST_FRAGMENTS:
                raise FrameRefused(FrameFault.TOO_BIG, "The message comes in too many pieces")
            self._count()
            pieces.append(data)
            self._pieces_bytes += len(data)
            if first & _FIN:
                self._pieces, self._pieces_bytes = None, 0
                return self._kind, b"".join(pieces)
        if self._at == len(self._data):
            self._data, self._at = b"", 0
        return None

    def _frame(self) -> tuple[int, bytes] | None:
        """The first byte and the data of the next frame, if it is there as a whole."""
        data, at = self._data, self._at
        there = len(data) - at
        if there < 2:
            return None
        first, size = data[at], data[at + 1] & 0x7F
        self._check(first, data[at + 1])
        begin = at + 2
        if size >= 126:
            extended = 2 if size == 126 else 8
            if there < 2 + extended:
                return None
            size = int.from_bytes(data[begin : begin + extended])
            begin += extended
        if not first & _CONTROL and self._pieces_bytes + size > self._most_bytes:
            raise FrameRefused(FrameFault.TOO_BIG, f"A message may have {self._most_bytes} bytes")
        end = begin + _MASK_BYTES + size
        if len(data) < end:
            return None
        self._at = end
        mask = bytes(data[begin : begin + _MASK_BYTES])
        return first, apply_mask(data[begin + _MASK_BYTES : end], mask)

    def _check(self, first: int, second: int) -> None:
        """Refuse a frame for its first two bytes."""
        opcode = first & 0x0F
        if first & _RESERVED or opcode not in _OPCODES:
            reason = "There is no such kind of frame"
        elif not second & _MASKED:
            reason = "Frames of a client have to be masked"
        elif opcode & _CONTROL and (not first & _FIN or second & 0x7F > _LARGEST_CONTROL):
            reason = "Control frames are short and whole"
        elif opcode in {Opcode.TEXT, Opcode.BINARY} and self._pieces is not None:
            reason = "The message before has not ended"
        elif opcode == Opcode.CONTINUATION and self._pieces is None:
            reason = "There is no message to go on with"
        else:
            return
        raise FrameRefused(FrameFault.PROTOCOL_ERROR, reason)

    def _count(self) -> None:
        if self._rate is None:
            self._rate = TokenBucket(FRAMES_PER_SECOND)
        if not self._rate.allows():
            raise FrameRefused(FrameFault.POLICY_VIOLATION, "You send frames too fast")


def check_close(data: bytes) -> None:
    """Look at what a client closes with: a code and a reason, or nothing (section 5.5.1).

    Raises:
        FrameRefused: It is no code that may be sent, or the reason is not UTF-8.
    """
    if not data:
        return
    code = int.from_bytes(data[:2])
    # Sections 7.4.1 and 7.4.2; 1004 to 1006 and 1015 are never sent.
    if len(data) < 2 or not (1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999):
        raise FrameRefused(FrameFault.PROTOCOL_ERROR, "There is no such close code")
    try:
        data[2:].decode()
    except UnicodeDecodeError:
        raise FrameRefused(FrameFault.INVALID_TEXT, "The reason must be UTF-8") from None
