"""Messages of graphql-transport-ws: those of a client read, and some of the server's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from jobcast.client_json import NotJson, read_json
from jobcast.websocket.protocol import CloseCode, ConnectionClosed, MessageType
from schema.error_codes import ErrorCode

# Operation ids are the client's; long ones only cost memory. A UUID has 36 characters.
LONGEST_OPERATION_ID = 128

ACKNOWLEDGED = orjson.dumps({"type": MessageType.CONNECTION_ACK})
PONG = orjson.dumps({"type": MessageType.PONG})


def read_message(text: str) -> dict[str, Any]:
    """A client's message.

    Raises:
        ConnectionClosed: It is not a JSON object.
    """
    try:
        message = read_json(text)
    except NotJson as exc:
        raise ConnectionClosed(CloseCode.BAD_REQUEST, f"Messages must be JSON. {exc}") from exc
    if not isinstance(message, dict):
        raise ConnectionClosed(CloseCode.BAD_REQUEST, "Messages must be JSON objects")
    return message


def operation_id(message: Mapping[str, Any]) -> str:
    """The client's name for the operation that a message is about.

    Raises:
        ConnectionClosed: It has none that can be taken.
    """
    id = message.get("id")
    if not isinstance(id, str) or not 0 < len(id) <= LONGEST_OPERATION_ID:
        raise ConnectionClosed(
            CloseCode.BAD_REQUEST, f"id must be a text of at most {LONGEST_OPERATION_ID} characters"
        )
    return id


def payload_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """The payload of a message that may have one; empty when it has none.

    Raises:
        ConnectionClosed: It is no object.
    """
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise ConnectionClosed(CloseCode.BAD_REQUEST, "The payload must be an object")
    return payload or {}


def resume_cursors(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Cursors by operation id, as a client that comes back has them in `connection_init`."""
    resume = parameters.get("resume")
    if not isinstance(resume, dict):
        return {}
    return {id: cursor for id, cursor in resume.items() if isinstance(cursor, str)}


def message_of(id: str, type: MessageType, payload: Any = None) -> bytes:
    """A message about an operation."""
    message = {"id": id, "type": type}
    if payload is not None:
        message["payload"] = payload
    return orjson.dumps(message)


def too_many(id: str, whose: str) -> bytes:
    """An `error` message: there is no place for the operation."""
    error = {
        "message": f"More operations {whose} cannot run at a time.",
        "extensions": {"code": ErrorCode.TOO_MANY_SUBSCRIPTIONS},
    }
    return message_of(id, MessageType.ERROR, [error])
