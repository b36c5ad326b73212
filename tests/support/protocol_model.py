"""What graphql-transport-ws has the server do with each message of a client: a model."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

LONGEST_ID = 128  # characters


class Kind(Enum):
    """What comes of an operation that may run, where nothing ever happens to a job."""

    ANSWER = ("next", "complete")
    ERROR = ("error",)
    STREAM = ()


QUERIES = {
    "{ viewer { id } }": Kind.ANSWER,
    'mutation { cancelJob(input: {id: "x"}) { __typename } }': Kind.ANSWER,
    "query Named { __typename }": Kind.ANSWER,
    "{ nonsense }": Kind.ERROR,
    "{": Kind.ERROR,
    "": Kind.ERROR,
    'subscription { job(id: "none") { at } }': Kind.ERROR,
    "subscription { jobs { at } }": Kind.STREAM,
}


@dataclass(frozen=True)
class Reply:
    """A message of the server's."""

    type: str
    id: str | None = None


@dataclass(frozen=True)
class Closed:
    """The server closes the connection."""

    code: int


@dataclass
class ProtocolModel:
    """One connection, as PROTOCOL.md has it; `most` operations may run at a time."""

    most: int
    acknowledged: bool = False
    initialised: bool = False
    streams: set[str] = field(default_factory=set)

    def take(self, message: Any) -> list[Reply] | Closed:
        """What has to follow. A closed connection is of no further use."""
        if not isinstance(message, dict):
            return Closed(4400)
        payload = message.get("payload")
        match message.get("type"):
            case "connection_init":
                return self._init(payload)
            case "ping" if isinstance(payload, dict | None):
                return [Reply("pong")]
            case "pong" if isinstance(payload, dict | None):
                return []
            case "subscribe":
                return self._subscribe(message.get("id"), payload)
            case "complete" if _is_id(message.get("id")):
                self.streams.discard(message["id"])
                return []
            case _:
                return Closed(4400)

    def _init(self, payload: Any) -> list[Reply] | Closed:
        if self.initialised:
            return Closed(4429)
        self.initialised = True
        if not isinstance(payload, dict | None):
            return Closed(4400)
        self.acknowledged = True
        return [Reply("connection_ack")]

    def _subscribe(self, id: Any, payload: Any) -> list[Reply] | Closed:
        if not _is_id(id):
            return Closed(4400)
        if not self.acknowledged:
            return Closed(4401)
        if id in self.streams:
            return Closed(4409)
        if not _is_request(payload):
            return Closed(4400)
        if len(self.streams) >= self.most:
            return [Reply("error", id)]
        kind = QUERIES.get(payload["query"], Kind.ERROR)
        if payload.get("operationName") is not None and kind is not Kind.ERROR:
            named = "Named" if "Named" in payload["query"] else None
            kind = Kind.ANSWER if payload["operationName"] == named else Kind.ERROR
        if kind is Kind.STREAM:
            self.streams.add(id)
        return [Reply(type, id) for type in kind.value]


def _is_id(id: Any) -> bool:
    return isinstance(id, str) and 0 < len(id) <= LONGEST_ID


def _is_request(payload: Any) -> bool:
    return (
        isinstance(payload, dict)
        and isinstance(payload.get("query"), str)
        and isinstance(payload.get("operationName"), str | None)
        and isinstance(payload.get("variables"), dict | None)
        and isinstance(payload.get("extensions"), dict | None)
    )
