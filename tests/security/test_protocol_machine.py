"""Messages of a client in any order, legal or not, against a model of graphql-transport-ws."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from socket import SHUT_RDWR
from typing import Any, ClassVar

import httpx
import pytest
from anyio.to_thread import run_sync
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.support.protocol_model import LONGEST_ID, QUERIES, Closed, ProtocolModel, Reply
from tests.support.stack import SERVERS, running_stack

# All that a viewer may have at a time. Each run ends with taking all of it: what an earlier
# connection had not given back would be missing.
CONNECTIONS = 4
OPERATIONS = 3
WAIT_SECONDS = 15.0
SUBPROTOCOL = Subprotocol("graphql-transport-ws")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(-1e9, 1e9) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.none() | st.dictionaries(st.text(max_size=3), JSON, max_size=3)
IDS = st.sampled_from(["a", "b", "c", "d"])
REQUESTS = st.fixed_dictionaries(
    {"query": st.sampled_from(sorted(QUERIES))},
    optional={
        "operationName": st.sampled_from([None, None, "Named", "Nope"]),
        "variables": OBJECTS,
        "extensions": OBJECTS,
    },
)
# Now and then a member is of another type.
ODD_IDS = IDS | st.sampled_from([None, 7, "", "x" * LONGEST_ID, "x" * (LONGEST_ID + 1), ["a"]])
ODD_REQUESTS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("query", "operationName", "variables", "extensions"), JSON)
)
TYPES = st.sampled_from(
    ["connection_init", "connection_ack", "ping", "pong", "subscribe", "next", "error", "complete"]
)
ODD_MESSAGES = st.fixed_dictionaries(
    {"type": TYPES | JSON}, optional={"id": ODD_IDS, "payload": ODD_REQUESTS | JSON}
)
NO_MESSAGES = st.sampled_from(["", "{", "]", "NaN", r'{"type":"\udc00"}', "[" * 3000, "9" * 5000])


class Messages(RuleBasedStateMachine):
    """One client after another."""

    port: ClassVar[int]

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        self.begin()

    def begin(self) -> None:
        self.open.close()
        self.socket = opened(self.port, self.open)
        self.model = ProtocolModel(OPERATIONS)

    @rule(payload=OBJECTS, pieces=st.integers(1, 5))
    def init(self, payload: Any, pieces: int) -> None:
        if not self.model.initialised:  # a second one is among the odd ones
            self.exchange({"type": "connection_init", "payload": without_name(payload)}, pieces)

    @rule(type=st.sampled_from(["ping", "pong"]), payload=OBJECTS)
    def show_life(self, type: str, payload: Any) -> None:
        self.exchange({"type": type, "payload": without_name(payload)})

    @rule(id=IDS, payload=REQUESTS, pieces=st.integers(1, 5))
    def subscribe(self, id: str, payload: Any, pieces: int) -> None:
        if self.model.acknowledged and id not in self.model.streams:
            self.exchange({"type": "subscribe", "id": id, "payload": payload}, pieces)

    @rule(id=IDS)
    def complete(self, id: str) -> None:
        self.exchange({"type": "complete", "id": id})

    @rule(id=ODD_IDS, payload=REQUESTS | ODD_REQUESTS)
    def subscribe_at_any_time(self, id: Any, payload: Any) -> None:
        self.exchange({"type": "subscribe", "id": id, "payload": payload})

    @rule(type=st.sampled_from(["connection_init", "ping", "pong"]), payload=JSON)
    def show_life_oddly(self, type: str, payload: Any) -> None:
        self.send_anything({"type": type, "payload": payload})

    @rule(message=ODD_MESSAGES | JSON)
    def send_anything(self, message: Any) -> None:
        if isinstance(message, dict) and isinstance(message.get("payload"), dict):
            message["payload"] = without_name(message["payload"])
        self.exchange(message)

    @rule(text=NO_MESSAGES | st.binary(max_size=20))
    def send_no_message(self, text: str | bytes) -> None:
        self.socket.send(text)
        self.expect(Closed(4400), text)

    @rule(in_order=st.booleans())
    def leave(self, in_order: bool) -> None:
        if not in_order:
            self.socket.socket.shutdown(SHUT_RDWR)
        self.begin()

    @invariant()
    def nothing_else_was_sent(self) -> None:
        self.exchange({"type": "ping"})

    def exchange(self, message: Any, pieces: int = 1) -> None:
        text = json.dumps(message, ensure_ascii=False).encode()
        step = len(text) // pieces + 1
        self.socket.send([text[at : at + step] for at in range(0, len(text), step)], text=True)
        self.expect(self.model.take(message), message)

    def expect(self, wanted: list[Reply] | Closed, sent: Any) -> None:
        if isinstance(wanted, list):
            assert [self.receive() for _ in wanted] == wanted, sent
            return
        with pytest.raises(ConnectionClosed) as closed:
            raise AssertionError(f"{self.receive()} after {sent!r}")
        assert closed.value.rcvd is not None, sent
        assert closed.value.rcvd.code == wanted.code, (sent, closed.value.rcvd)
        assert closed.value.rcvd.reason
        self.begin()

    def receive(self) -> Reply:
        text = self.socket.recv(WAIT_SECONDS)
        assert "INTERNAL_SERVER_ERROR" not in str(text)
        message = json.loads(text)
        return Reply(message["type"], message.get("id"))

    def teardown(self) -> None:
        self.open.close()
        assert httpx.get(f"http://127.0.0.1:{self.port}/healthz").status_code == 200
        give_up = time.monotonic() + WAIT_SECONDS
        while not all_is_to_be_had(self.port):
            assert time.monotonic() < give_up, "connections or operations were not given back"
            time.sleep(0.01)


@pytest.mark.anyio
@pytest.mark.timeout(300)  # a failure takes its time to be reduced
@pytest.mark.parametrize(("server", "examples"), [(SERVERS[0], 40), (SERVERS[1], 10)])
async def test_any_message_at_any_time_has_the_answer_that_the_protocol_gives_it(
    valkey_port: int, tmp_path: Path, server: str, examples: int
) -> None:
    async with running_stack(
        valkey_port,
        tmp_path,
        workers=0,
        served_by=server,
        messages_per_second="100000",
        connections_per_address=str(CONNECTIONS),
        connections_per_viewer=str(CONNECTIONS),
        subscriptions_per_connection=str(OPERATIONS),
        subscriptions_per_viewer=str(CONNECTIONS * OPERATIONS),
    ) as stack:

        class Machine(Messages):
            port = stack.port

        await run_sync(
            lambda: run_state_machine_as_test(
                Machine,
                settings=settings(
                    max_examples=examples,
                    stateful_step_count=25,
                    deadline=None,
                    print_blob=True,
                    report_multiple_bugs=False,
                    suppress_health_check=list(HealthCheck),  # how slow a machine may be
                ),
            )
        )
        assert "traceback" not in stack.log.read_text().lower()


def opened(port: int, exits: ExitStack) -> ClientConnection:
    """A connection; the server may still be at the end of those before it."""
    give_up = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return exits.enter_context(
                connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[SUBPROTOCOL])
            )
        except InvalidStatus:
            assert time.monotonic() < give_up, "connections were not given back"
            time.sleep(0.01)


def all_is_to_be_had(port: int) -> bool:
    """Whether a viewer can have as many connections and operations as the limits allow."""
    feed = {"query": "subscription { jobs { at } }"}
    with ExitStack() as sockets, suppress(InvalidStatus, ConnectionClosed):
        for _ in range(CONNECTIONS):
            socket = sockets.enter_context(
                connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[SUBPROTOCOL])
            )
            messages = [
                {"type": "connection_init"},
                *({"type": "subscribe", "id": str(n), "payload": feed} for n in range(OPERATIONS)),
                {"type": "ping"},
            ]
            for message in messages:
                socket.send(json.dumps(message))
            for wanted in ("connection_ack", "pong"):
                if json.loads(socket.recv(WAIT_SECONDS))["type"] != wanted:
                    return False
        return True
    return False


def without_name(payload: dict[str, Any] | None) -> dict[str, Any] | None:
    """The members that say who is asking are the matter of other tests."""
    if payload is None:
        return None
    return {name: x for name, x in payload.items() if name not in {"viewer", "authorization"}}
