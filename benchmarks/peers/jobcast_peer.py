"""Jobcast itself, as it is run in production: `jobcast serve`, `jobcast worker`, and tokens."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt

from benchmarks.peers.graphql_peer import GraphQLPeer
from benchmarks.peers.peer import ROOT, Hold, Program, Work
from benchmarks.wire.websocket import WebSocket

_SECRET = "benchmark" * 4  # HS256 needs 32 bytes
_VIEWER = "ada"
_NEVER_REACHED = "1000000000"

# What one viewer may do in a minute is meant for people: a benchmark does all as one viewer, from
# one address. Nothing else differs from the defaults.
RAISED = (
    "connections_per_viewer",
    "connections_per_address",
    "subscriptions_per_viewer",
    "operations_per_second",
    "messages_per_second",
    "waiting_jobs_per_viewer",
    "enqueues_per_minute",
)


def _token() -> str:
    expires = datetime.now(UTC) + timedelta(days=1)
    return jwt.encode({"sub": _VIEWER, "exp": expires}, _SECRET, "HS256")


class JobcastPeer(GraphQLPeer):
    """The server names the jobs; the steps of one are its partial output."""

    name = "jobcast"
    title = "Jobcast"
    subscription = (
        "subscription($id: ID!) { job(id: $id) {"
        " job { id status ... on WorkJob { result } } ... on TellOutput { output } } }"
    )
    step = re.compile(rb'"output":(\d+)')
    end = b'"SUCCEEDED"'
    names_jobs = False
    tells_at_once = True
    hold = Hold.RESTART

    def __init__(self) -> None:
        authorization = f"Bearer {_token()}"
        self.headers = {"Authorization": authorization}
        self.init = {"authorization": authorization}
        self._data = Path(tempfile.gettempdir()) / "jobcast-benchmarks"

    def server(self, port: int, redis_url: str) -> Program:
        return self._program("serve", redis_url, port=port)

    def worker(self, redis_url: str, concurrency: int) -> Program:
        return self._program("worker", redis_url, concurrency=concurrency)

    def lone_worker(self, redis_url: str, concurrency: int, jobs: int) -> Program:
        program = self._program("worker", redis_url, concurrency=concurrency)
        variables = {**program.environment, "BENCH_JOBS": str(jobs)}
        return Program(program.argv, program.folder, variables)

    def enqueue(self, port: int, tag: str, user: str, work: Work) -> bytes:
        task: str = "work"
        input: dict[str, Any] = {"file": tag, "userId": user}
        if work.steps:
            task = "tell"
            input |= {"steps": work.steps, "pauseMs": work.pause_ms, "spread": work.spread}
        name = task.capitalize()
        mutation = (
            f"mutation($input: {name}Input!) {{ {task}(input: $input) {{"
            f" ... on {name}Accepted {{ job {{ id status }} }} ... on Problem {{ message }} }} }}"
        )
        return self.post(port, mutation, {"input": input})

    def accepted(self, status: int, body: bytes) -> bool:
        return status == 200 and b'"job"' in body

    def job_id(self, body: bytes) -> str:
        (payload,) = json.loads(body)["data"].values()
        id: str = payload["job"]["id"]
        return id

    def unwatch(self, socket: WebSocket, operation: str) -> None:
        """Nothing to ask: a subscription completes with its job."""

    def _program(self, role: str, redis_url: str, **settings: object) -> Program:
        chosen: dict[str, object] = {
            "redis_url": redis_url,
            "tasks": "benchmarks.peers.jobcast.tasks",
            "jwt_secret": _SECRET,
            "data_dir": self._data,
            "log_level": "warning",
            "shutdown_notice": "0s",
            **dict.fromkeys(RAISED, _NEVER_REACHED),
            **settings,
        }
        variables = {f"JOBCAST_{name.upper()}": str(value) for name, value in chosen.items()}
        return Program(
            (sys.executable, "-m", "jobcast", role), ROOT, {"PYTHONPATH": str(ROOT), **variables}
        )
