"""The words of graphql-transport-ws, and the codes that connections are closed with.

Source: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md (quoted below).
"""

from __future__ import annotations

from enum import IntEnum, StrEnum

SUBPROTOCOL = "graphql-transport-ws"


class MessageType(StrEnum):
    """The `type` of a message."""

    # From the client: "Indicates that the client wants to establish a connection"
    CONNECTION_INIT = "connection_init"
    # server → client: "acknowledgement of the successful connection with the server"
    CONNECTION_ACK = "connection_ack"
    # Both ways, for "detecting failed connections".
    PING = "ping"
    # Both ways: unsolicited, or the answer to a ping, which must come "as soon as possible".
    PONG = "pong"
    # client → server: "Requests an operation specified in the message payload"
    SUBSCRIBE = "subscribe"
    # server → client: "Operation execution result(s) from the source stream"
    NEXT = "next"
    # server → client: "Operation execution error(s) in response to the Subscribe message";
    # "This message terminates the operation and no further messages will be sent"
    ERROR = "error"
    # both: "indicates that the requested operation execution has completed", or "the client has
    # stopped listening"
    COMPLETE = "complete"


class CloseCode(IntEnum):
    """Why the server closes a connection. A stock client tries again after none but 1012, 4408."""

    # "Service Restart" (IANA's registry of close codes): stock clients come back.
    RESTART = 1012
    # "Receiving a message of a type or format which is not specified in this document"
    BAD_REQUEST = 4400
    # "Unauthorized": a Subscribe before the ConnectionAck
    UNAUTHORIZED = 4401
    # "4403: Forbidden": not signed in, or no longer
    FORBIDDEN = 4403
    # "Subprotocol not acceptable"
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    # "Connection initialisation timeout". Ours: also a client that read nothing for too long.
    TIMEOUT = 4408
    # "Subscriber for <unique-operation-id> already exists"
    SUBSCRIBER_EXISTS = 4409
    # "Too many initialisation requests". Ours: also too many connections of one viewer.
    TOO_MANY_REQUESTS = 4429
    # The server's fault; the log has the reference that the reason names.
    INTERNAL_ERROR = 4500


class ConnectionClosed(Exception):
    """The server closes the connection, with this code and reason."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class ClientLeft(Exception):
    """The client closed the connection, or it broke."""
