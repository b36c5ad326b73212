"""The parts of a multipart body, as they arrive."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import timedelta

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from jobcast.graphql_http.body import read_chunks
from jobcast.graphql_http.refusal import HttpRefusal

# RFC 7578 needs two header fields a part; clients send one or two more.
MOST_HEADERS = 8
LONGEST_HEADER = 1024  # bytes


@dataclass(slots=True)
class PartBegin:
    """A part begins."""

    name: str
    filename: str | None
    content_type: str


@dataclass(frozen=True, slots=True)
class PartData:
    """Bytes of the part that began last."""

    chunk: bytes


@dataclass(frozen=True, slots=True)
class PartEnd:
    """That part is complete."""


PartEvent = PartBegin | PartData | PartEnd


async def read_parts(
    request: Request, most_bytes: int, stall: timedelta
) -> AsyncGenerator[PartEvent, None]:
    """What the body holds, in order; at most one network chunk is in memory.

    Raises:
        HttpRefusal: It is no multipart body, too large, too slow, or ends too soon.
    """
    _, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if not boundary:
        raise HttpRefusal(400, "The multipart content type needs a boundary.")
    collector = _Collector()
    try:
        parser = MultipartParser(
            boundary,
            collector.callbacks(),  # type: ignore[arg-type]
            max_header_count=MOST_HEADERS,
            max_header_size=LONGEST_HEADER,
        )
        async for chunk in read_chunks(request, most_bytes, stall):
            parser.write(chunk)
            for event in collector.take():
                yield event
        parser.finalize()
    except FormParserError:
        raise HttpRefusal(400, "The multipart body is malformed.") from None
    if not collector.complete:
        raise HttpRefusal(400, "The multipart body ends too soon.")


@dataclass(slots=True)
class _Collector:
    """Turns the parser's callbacks into events."""

    complete: bool = False
    _events: list[PartEvent] = field(default_factory=list)
    _headers: dict[str, bytes] = field(default_factory=dict)
    _name: bytes = b""
    _value: bytes = b""

    def callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def take(self) -> list[PartEvent]:
        events, self._events = self._events, []
        return events

    def _begin(self) -> None:
        self._headers = {}

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.decode("latin-1").lower()] = self._value
        self._name = self._value = b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", b""))
        filename = options.get(b"filename")
        self._events.append(
            PartBegin(
                name=options.get(b"name", b"").decode("utf-8", "replace"),
                filename=None if filename is None else filename.decode("utf-8", "replace"),
                content_type=self._headers.get("content-type", b"").decode("latin-1"),
            )
        )

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._events.append(PartData(data[start:end]))

    def _end(self) -> None:
        self._events.append(PartEnd())

    def _finish(self) -> None:
        self.complete = True
