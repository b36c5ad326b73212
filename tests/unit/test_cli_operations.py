"""The operations that the command line sends fit the server's schema."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLError,
    GraphQLSchema,
    build_schema,
    graphql_sync,
    parse,
    validate,
)

from jobcast.cli import operations
from jobcast.cli.api import Api
from jobcast.cli.introspection import ServedSchema
from jobcast.errors import ClientError

pytestmark = pytest.mark.anyio

SDL = """
scalar Cursor
scalar DateTime
scalar FileRef
enum JobStatus { QUEUED RUNNING SUCCEEDED }
type Progress { fraction: Float! message: String }
type JobFailure { message: String! type: String }
interface Job {
  id: ID! status: JobStatus! attempt: Int! maxAttempts: Int! progress: Progress
  failure: JobFailure enqueuedAt: DateTime! startedAt: DateTime finishedAt: DateTime
  cursor: Cursor!
}
type Poster { url: String! }
type Clip { url: String! poster: Poster sized(width: Int!): String }
type Pair { value: Int! }
type Word { value: String! }
union Outcome = Pair | Word
type CutJob implements Job {
  id: ID! status: JobStatus! attempt: Int! maxAttempts: Int! progress: Progress
  failure: JobFailure enqueuedAt: DateTime! startedAt: DateTime finishedAt: DateTime
  cursor: Cursor! result: Clip
}
type CutOffJob implements Job {
  id: ID! status: JobStatus! attempt: Int! maxAttempts: Int! progress: Progress
  failure: JobFailure enqueuedAt: DateTime! startedAt: DateTime finishedAt: DateTime
  cursor: Cursor! result: Outcome
}
interface JobEvent { cursor: Cursor! offset: Int! at: DateTime! job: Job! }
type JobProgressed implements JobEvent {
  cursor: Cursor! offset: Int! at: DateTime! job: Job! merged: Int!
}
type CutOutput implements JobEvent {
  cursor: Cursor! offset: Int! at: DateTime! job: Job! output: Int!
}
type CutOffOutput implements JobEvent {
  cursor: Cursor! offset: Int! at: DateTime! job: Job! output: Clip!
}
type CutAccepted { job: CutJob! deduplicated: Boolean! }
type CutOffAccepted { job: CutOffJob! deduplicated: Boolean! }
type Problem { path: [String!]! message: String! }
type InvalidInput { message: String! problems: [Problem!]! }
type RateLimited { message: String! retryAfter: String! }
union CutPayload = CutAccepted | InvalidInput | RateLimited
union CutOffPayload = CutOffAccepted | InvalidInput
input EnqueueOptions { tags: [String!] }
input FileInput { id: ID upload: FileRef }
input CutInput { filmReel: FileInput! at: Int options: EnqueueOptions }
type CancelJobPayload { message: String }
type Mutation {
  cut(input: CutInput!): CutPayload!
  cutOff(input: CutInput!): CutOffPayload!
  cancelJob(id: ID!): CancelJobPayload
}
type Query { job(id: ID!): Job }
type Subscription { job(id: ID!, after: Cursor): JobEvent! }
"""


class SchemaApi(Api):
    """Executes introspection on a schema, checks all else against it, and answers `answer`."""

    def __init__(self, schema: GraphQLSchema) -> None:
        super().__init__("http://schema", None)
        self._schema = schema
        self.answer: dict[str, Any] = {}
        self.sent: Mapping[str, Any] = {}
        self.uploads: Mapping[str, Path] = {}

    async def execute(
        self,
        document: str,
        variables: Mapping[str, Any],
        files: Mapping[str, Path] | None = None,
    ) -> dict[str, Any]:
        assert problems(self._schema, document) == []
        if "__schema" in document:
            result = graphql_sync(self._schema, document)
            assert result.data is not None
            return result.data
        self.sent, self.uploads = variables, files or {}
        return self.answer


async def test_the_subscription_selects_the_task_s_own_events_and_no_other_s() -> None:
    schema = build_schema(SDL)
    served = await ServedSchema.load(SchemaApi(schema))

    document = operations.subscription(served, "CutJob")

    assert problems(schema, document) == []
    assert "CutOutput" in document
    assert "JobProgressed" in document
    assert "CutOffOutput" not in document


async def test_a_name_that_begins_another_s_is_told_apart() -> None:
    served = await ServedSchema.load(SchemaApi(build_schema(SDL)))

    document = operations.subscription(served, "CutOffJob")

    assert "CutOffOutput" in document
    assert "CutOutput" not in document


async def test_a_result_is_selected_whole_but_for_fields_that_need_arguments() -> None:
    api = SchemaApi(build_schema(SDL))
    served = await ServedSchema.load(api)
    api.answer = {"job": {"result": {"url": "u", "poster": {"url": "p"}}}}

    result = await operations.result(api, served, {"__typename": "CutJob", "id": "q.1"})

    assert result == {"url": "u", "poster": {"url": "p"}}


async def test_members_of_a_union_with_clashing_fields_are_selected_by_alias() -> None:
    served = await ServedSchema.load(SchemaApi(build_schema(SDL)))

    selection = served.selection("Outcome")

    assert "value__Pair: value" in selection
    assert "value__Word: value" in selection


@pytest.mark.parametrize("task", ["cut_off", "cutOff"])
async def test_a_task_is_found_by_either_of_its_names(task: str) -> None:
    api = SchemaApi(build_schema(SDL))
    served = await ServedSchema.load(api)
    api.answer = {"cutOff": {"deduplicated": False, "job": {"id": "q.1"}}}

    accepted = await operations.enqueue(api, served, task, {"at": 3}, {"tags": ["a"]}, {})

    assert accepted["job"]["id"] == "q.1"
    assert api.sent == {"input": {"at": 3, "options": {"tags": ["a"]}}}


async def test_a_file_goes_where_the_input_has_its_upload(tmp_path: Path) -> None:
    api = SchemaApi(build_schema(SDL))
    served = await ServedSchema.load(api)
    api.answer = {"cut": {"deduplicated": False, "job": {"id": "q.1"}}}

    await operations.enqueue(api, served, "cut", {}, {}, {"film_reel": tmp_path})

    assert api.sent == {"input": {"filmReel": {"upload": None}}}
    assert api.uploads == {"variables.input.filmReel.upload": tmp_path}


@pytest.mark.parametrize(
    ("arguments", "file", "problem"),
    [
        ({}, "at", r"'at' of cut is no file but Int: give it in --input. Files: filmReel\."),
        ({}, "reel", r"cut has no argument 'reel'. It has: filmReel, at, options\."),
        ({"filmReel": {"id": "f"}}, "film_reel", r"'filmReel' is given by --input and by --file"),
    ],
)
async def test_a_file_for_what_takes_none_is_refused_in_words(
    tmp_path: Path, arguments: dict[str, Any], file: str, problem: str
) -> None:
    api = SchemaApi(build_schema(SDL))
    served = await ServedSchema.load(api)

    with pytest.raises(ClientError, match=problem) as caught:
        await operations.enqueue(api, served, "cut", arguments, {}, {file: tmp_path})

    assert caught.value.exit_code == 2
    assert api.sent == {}


async def test_what_is_no_task_is_refused_with_those_there_are() -> None:
    api = SchemaApi(build_schema(SDL))
    served = await ServedSchema.load(api)

    with pytest.raises(ClientError, match=r"no task .cancel_job.\. It has: cut, cutOff") as caught:
        await operations.enqueue(api, served, "cancel_job", {}, {}, {})

    assert caught.value.exit_code == 2


async def test_a_refusal_is_told_with_its_details() -> None:
    api = SchemaApi(build_schema(SDL))
    served = await ServedSchema.load(api)
    problem = {"path": ["at", "0"], "message": "must be positive"}
    api.answer = {"cut": {"__typename": "InvalidInput", "message": "Wrong.", "problems": [problem]}}

    with pytest.raises(ClientError, match=r"Wrong\.\n  at\.0: must be positive"):
        await operations.enqueue(api, served, "cut", {"at": -1}, {}, {})


def problems(schema: GraphQLSchema, document: str) -> list[GraphQLError]:
    return list(validate(schema, parse(document)))
