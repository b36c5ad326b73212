"""The operations of `jobcast enqueue` and `watch`, made to fit the server's schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jobcast.cli import EXIT_USAGE
from jobcast.cli.api import Api
from jobcast.cli.introspection import Field, ServedSchema
from jobcast.errors import ClientError

# What every event and job has: selected by name. The rest is found by introspection.
_FILE = "FileRef"  # the scalar that takes an upload, or a file's id
_EVENT_FIELDS = frozenset({"cursor", "offset", "at", "job"})
_JOB_FIELDS = "id status attempt maxAttempts cursor enqueuedAt startedAt finishedAt"

EXIT_REFUSED = 2


async def enqueue(
    api: Api,
    schema: ServedSchema,
    task: str,
    arguments: Mapping[str, Any],
    options: Mapping[str, Any],
    files: Mapping[str, Path],
) -> dict[str, Any]:
    """Call the task's mutation, and return `{"job": {…}, "deduplicated": …}`.

    Args:
        api: The server.
        schema: Its schema.
        task: The task's name, as in Python or as in GraphQL.
        arguments: The mutation's input, but for options and files.
        options: The set members of `EnqueueOptions`.
        files: Files to upload, by argument.

    Raises:
        ClientError: There is no such task, a file is given for what takes none, or the server
            answers otherwise than by accepting.
    """
    mutation = _mutation(schema, task)
    given: dict[str, Any] = dict(arguments)
    if options:
        given["options"] = dict(options)
    uploads: dict[str, Path] = {}
    for name, path in files.items():
        steps = _place_of_file(schema, mutation, camel_case(name))
        if steps[0] in given:
            raise ClientError(
                f"'{steps[0]}' is given by --input and by --file: leave one out.", EXIT_USAGE
            )
        inner: Any = None
        for step in reversed(steps[1:]):
            inner = {step: inner}
        given[steps[0]] = inner
        uploads[".".join(["variables", "input", *steps])] = path
    document = (
        f"mutation Enqueue($input: {mutation.arguments['input']}!) {{ "
        f"{mutation.name}(input: $input) {_payload_selection(schema, mutation)} }}"
    )
    data = await api.execute(document, {"input": given}, uploads)
    payload: dict[str, Any] = data[mutation.name]
    if "job" not in payload:
        raise ClientError(_refusal(payload), EXIT_REFUSED)
    return payload


def subscription(schema: ServedSchema, job_type: str) -> str:
    """The subscription to one job of type `job_type`: all of its events, the job after each."""
    events = _events_of(schema, job_type)
    own = " ".join(schema.fragments(events, 4, without=_EVENT_FIELDS))
    job = schema.types["Job"].fields
    parts = [f"{name} {schema.selection(job[name].type, 3)}" for name in ("progress", "failure")]
    return (
        "subscription Watch($id: ID!, $after: Cursor) { job(id: $id, after: $after) { "
        f"__typename cursor offset at {own} "
        f"job {{ __typename {_JOB_FIELDS} {' '.join(parts)} }} }} }}"
    )


async def find_job(api: Api, job_id: str) -> dict[str, Any]:
    """The job's type and status.

    Raises:
        ClientError: There is no such job, or it is another viewer's.
    """
    document = "query Find($id: ID!) { job(id: $id) { __typename id status } }"
    job: dict[str, Any] | None = (await api.execute(document, {"id": job_id}))["job"]
    if job is None:
        raise ClientError(f"There is no job {job_id} (or it is not yours to see).", EXIT_USAGE)
    return job


async def result(api: Api, schema: ServedSchema, job: Mapping[str, Any]) -> Any:
    """The typed result of a job that has succeeded; None when its task gives none."""
    field = schema.types[job["__typename"]].fields.get("result")
    if field is None:
        return None
    document = (
        f"query Result($id: ID!) {{ job(id: $id) {{ ... on {job['__typename']} "
        f"{{ result {schema.selection(field.type, 6)} }} }} }}"
    )
    data = await api.execute(document, {"id": job["id"]})
    return (data["job"] or {}).get("result")


def camel_case(name: str) -> str:
    """`transcode_video` as GraphQL names it: `transcodeVideo`."""
    return re.sub(r"_+([a-z0-9])", lambda match: match[1].upper(), name)


def _mutation(schema: ServedSchema, task: str) -> Field:
    tasks = {
        name: field
        for name, field in schema.types["Mutation"].fields.items()
        if any("deduplicated" in schema.types[member].fields for member in _payload(schema, field))
    }
    found = tasks.get(camel_case(task))
    if found is None:
        known = ", ".join(sorted(tasks)) or "none"
        raise ClientError(f"The server has no task '{task}'. It has: {known}.", EXIT_USAGE)
    return found


def _payload(schema: ServedSchema, mutation: Field) -> tuple[str, ...]:
    return schema.types[mutation.type].members


def _payload_selection(schema: ServedSchema, mutation: Field) -> str:
    fragments = []
    for member in _payload(schema, mutation):
        if "deduplicated" in schema.types[member].fields:
            fragments.append(
                f"... on {member} {{ deduplicated job {{ __typename {_JOB_FIELDS} }} }}"
            )
        else:
            fragments += schema.fragments((member,), 3, without=frozenset({"job"}))
    return "{ __typename " + " ".join(fragments) + " }"


def _place_of_file(schema: ServedSchema, mutation: Field, name: str) -> list[str]:
    """Where in the input the upload goes: the argument, or a member `upload` of it."""
    fields = schema.types[mutation.arguments["input"]].fields
    if name not in fields:
        raise ClientError(
            f"{mutation.name} has no argument '{name}'. It has: {', '.join(fields)}.", EXIT_USAGE
        )
    if steps := _steps_to_upload(schema, fields[name]):
        return steps
    takers = [field.name for field in fields.values() if _steps_to_upload(schema, field)]
    raise ClientError(
        f"'{name}' of {mutation.name} is no file but {fields[name].signature}: give it in --input. "
        f"Files: {', '.join(takers) or 'none'}.",
        EXIT_USAGE,
    )


def _steps_to_upload(schema: ServedSchema, field: Field) -> list[str]:
    if field.type == _FILE:
        return [field.name]
    for inner in schema.types[field.type].fields.values():
        if inner.type == _FILE:
            return [field.name, inner.name]
    return []


def _events_of(schema: ServedSchema, job_type: str) -> tuple[str, ...]:
    """Events that such a job can have: not those that other tasks' types begin the name of."""
    stems = [name.removesuffix("Job") for name in schema.types["Job"].members]
    own = job_type.removesuffix("Job")
    events = []
    for event in schema.types["JobEvent"].members:
        stem = max((stem for stem in stems if event.startswith(stem)), key=len, default=own)
        if stem == own:
            events.append(event)
    return tuple(events)


def _refusal(payload: Mapping[str, Any]) -> str:
    lines = [str(payload.get("message") or payload["__typename"])]
    for name, value in payload.items():
        if isinstance(value, list):
            lines += [f"  {_detail(entry)}" for entry in value if isinstance(entry, dict)]
        elif name == "retryAfter":
            lines.append(f"  Try again after {value}.")
    return "\n".join(lines)


def _detail(problem: Mapping[str, Any]) -> str:
    parts = [
        ".".join(map(str, part)) if isinstance(part, list) else str(part)
        for part in problem.values()
    ]
    return ": ".join(filter(None, parts))
