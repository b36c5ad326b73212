"""What runs in the process of a `@task(process=True)`: one call of one function."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from importlib import import_module
from typing import BinaryIO, NoReturn

import orjson

from tasks.definition import TaskDefinition
from tasks.errors import UnknownTask
from tasks.worker.calling import bind
from tasks.worker.failures import failed_by, fault
from tasks.worker.outcome import Failed
from tasks.worker.values import dump

SUCCEEDED = b"succeeded\n"  # before the result; a failure is a JSON object instead


def main(request: BinaryIO) -> NoReturn:
    """Answer `request` on what is standard output at the start, and leave."""
    answer = _take_standard_streams()
    header = orjson.loads(request.readline())
    arguments = request.read(header["arguments_size"])
    threading.Thread(target=_die_with_worker, args=(request,), daemon=True).start()
    reply = _call(header["module"], header["task"], arguments)
    with os.fdopen(answer, "wb") as stream:
        stream.write(reply)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # whatever threads the function has left


def _call(module: str, task: str, arguments: bytes) -> bytes:
    try:
        definition = _definition(module, task)
    except Exception:  # noqa: BLE001 - importing runs any code
        return _failed(fault())
    try:
        value = bind(definition, arguments)()
        return SUCCEEDED + dump(value, definition.result, "result")
    except (Exception, SystemExit) as exc:  # noqa: BLE001 - whatever the task raises
        return _failed(failed_by(exc, definition))


def _definition(module: str, task: str) -> TaskDefinition:
    for value in vars(import_module(module)).values():
        definition = getattr(value, "definition", value)
        if isinstance(definition, TaskDefinition) and definition.name == task:
            return definition
    raise UnknownTask(f"Module {module} has no task {task}.")


def _failed(failed: Failed) -> bytes:
    return orjson.dumps(
        {
            "failure": orjson.Fragment(failed.failure.to_json()),
            "retryable": failed.retryable,
            "traceback": traceback.format_exc().encode("utf-8", "replace").decode(),
        }
    )


def _take_standard_streams() -> int:
    """Keep the function, and what it starts, from the worker's pipes; returns the one to answer.

    What it prints goes where the worker's own messages go.
    """
    answer = os.dup(1)
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return answer


def _die_with_worker(request: BinaryIO) -> None:
    """End this process and all it started when the worker is gone, however it went.

    The job runs elsewhere soon after, and must not run here as well.
    """
    request.read(1)  # the worker never sends more: only its end ends this wait
    os.killpg(0, signal.SIGKILL)
