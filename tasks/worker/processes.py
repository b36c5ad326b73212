"""Runs a task in a process of its own, which lives no longer than the attempt.

Not `anyio.to_process`: there, what a subprocess of the task prints ends up in the reply, and a
killed task leaves its subprocesses behind.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from typing import cast

import orjson
from anyio import CapacityLimiter

from tasks.definition import TaskDefinition
from tasks.queue.claim import Claimed
from tasks.records import Failure
from tasks.worker.child import SUCCEEDED
from tasks.worker.failures import fault, log_fault
from tasks.worker.outcome import Failed, Outcome, Succeeded

# The child must find modules where this process does, before it imports any of ours. It keeps
# its end of the pipe for itself: see child.py.
_START = """
import json, os, sys
request = os.fdopen(os.dup(0), "rb")
sys.path[:] = json.loads(request.readline())
from tasks.worker.child import main
main(request)
"""


async def run_in_process(
    definition: TaskDefinition, claim: Claimed, limiter: CapacityLimiter
) -> Outcome:
    """Call the function in a process; cancelling kills it, and what it has started.

    Only names and JSON travel: the child loads the task's module, and checks arguments and
    result itself. So they need not be picklable, and large ones do not hold up this loop.
    """
    async with limiter:
        # A session of its own: a Ctrl-C is for the worker to handle, and a group can be killed.
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _START, stdin=PIPE, stdout=PIPE, start_new_session=True
        )
        try:
            reply = await _ask(child, definition, claim)
        finally:
            await _end(child)
    if not reply:
        failed = fault()
        log_fault(failed, claim, f"Its process ended with {child.returncode}.")
        return failed
    if reply.startswith(SUCCEEDED):
        return Succeeded(reply[len(SUCCEEDED) :])
    content = orjson.loads(reply)
    failed = Failed(Failure.from_mapping(content["failure"]), content["retryable"])
    log_fault(failed, claim, content["traceback"])
    return failed


async def _ask(child: Process, definition: TaskDefinition, claim: Claimed) -> bytes:
    to_child = cast("asyncio.StreamWriter", child.stdin)
    from_child = cast("asyncio.StreamReader", child.stdout)
    header = {
        "module": definition.function.__module__,
        "task": definition.name,
        "arguments_size": len(claim.arguments),
    }
    for part in (orjson.dumps(sys.path), b"\n", orjson.dumps(header), b"\n", claim.arguments):
        to_child.write(part)
    with suppress(ConnectionError):  # it died early: there will be no reply
        await to_child.drain()
    return await from_child.read()  # until it closes its end


async def _end(child: Process) -> None:
    if child.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    await child.wait()
