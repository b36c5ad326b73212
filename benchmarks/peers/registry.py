"""All that is measured, in the order of the tables' columns."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from benchmarks.peers.graphql_peer import GraphQLPeer
from benchmarks.peers.jobcast_peer import JobcastPeer
from benchmarks.peers.node import node
from benchmarks.peers.peer import PEERS, ROOT, Hold, Peer, Program
from benchmarks.peers.socketio_peer import SocketIOPeer

STOCK_VENV = PEERS / "stock_strawberry" / ".venv"


class RawPeer(GraphQLPeer):
    """The limit; its server makes the events itself."""

    name = "raw"
    title = "raw frames"
    has_worker = False

    def server(self, port: int, redis_url: str) -> Program:
        return _python(
            sys.executable, "benchmarks.peers.raw.server", port=port, redis_url=redis_url
        )

    def worker(self, redis_url: str, concurrency: int) -> Program:
        raise NotImplementedError("the raw server runs its jobs itself")


class YogaPeer(GraphQLPeer):
    """graphql-yoga + graphql-ws + BullMQ."""

    name = "yoga"
    title = "Yoga + BullMQ"

    def server(self, port: int, redis_url: str) -> Program:
        return node("yoga", "server.js", port=port, redis_url=redis_url)

    def worker(self, redis_url: str, concurrency: int) -> Program:
        return node("yoga", "worker.js", redis_url=redis_url, concurrency=concurrency)

    def lone_worker(self, redis_url: str, concurrency: int, jobs: int) -> Program:
        return node("yoga", "lone_worker.js", concurrency, jobs, redis_url=redis_url)


class MercuriusPeer(GraphQLPeer):
    """fastify + mercurius with its JIT + BullMQ."""

    name = "mercurius"
    title = "Mercurius + BullMQ"

    def server(self, port: int, redis_url: str) -> Program:
        return node("mercurius", "server.js", port=port, redis_url=redis_url)

    def worker(self, redis_url: str, concurrency: int) -> Program:
        return node("mercurius", "worker.js", redis_url=redis_url, concurrency=concurrency)


class StockStrawberryPeer(GraphQLPeer):
    """Strawberry and SAQ as their own pages show them."""

    name = "strawberry"
    title = "Strawberry + SAQ"
    # Its JSON has spaces.
    step = re.compile(rb'"status":\s*"active",\s*"progress":\s*([1-9]\d*)')
    hold = Hold.RESTART
    is_slow = True

    def server(self, port: int, redis_url: str) -> Program:
        application = "benchmarks.peers.stock_strawberry.server:app"
        options = ("--host", "127.0.0.1", "--port", str(port), "--log-level", "warning")
        return self._program("uvicorn", application, *options, redis_url=redis_url)

    def worker(self, redis_url: str, concurrency: int) -> Program:
        settings = "benchmarks.peers.stock_strawberry.worker.settings"
        return self._program("saq", settings, redis_url=redis_url, concurrency=concurrency)

    def lone_worker(self, redis_url: str, concurrency: int, jobs: int) -> Program:
        module = "benchmarks.peers.stock_strawberry.lone_worker"
        return self._program(
            "python", "-m", module, str(concurrency), str(jobs), redis_url=redis_url
        )

    def _program(self, command: str, *arguments: str, **environment: object) -> Program:
        argv = (str(STOCK_VENV / "bin" / command), *arguments)
        return Program(argv, ROOT, _variables(environment))


def _python(python: str | Path, module: str, **environment: object) -> Program:
    return Program((str(python), "-m", module), ROOT, _variables(environment))


def _variables(environment: dict[str, object]) -> dict[str, str]:
    named = {key.upper(): str(value) for key, value in environment.items()}
    return {"PYTHONPATH": os.pathsep.join([str(ROOT)]), **named}


ALL: tuple[Peer, ...] = (
    JobcastPeer(),
    RawPeer(),
    SocketIOPeer(),
    YogaPeer(),
    MercuriusPeer(),
    StockStrawberryPeer(),
)
