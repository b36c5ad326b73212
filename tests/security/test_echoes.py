"""What a client sends is not sent back at any length: messages quote only its beginning."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.http_client import http_client
from tests.support.raw_upload import OPERATIONS
from tests.support.stack import Stack

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

SETTINGS: dict[str, str] = {}

LONG = "x" * 20_000
LONGEST_ANSWER = 3000  # bytes, with 20,000 in the question

QUESTIONS: list[dict[str, Any]] = [
    {"query": f"{{ {LONG} }}"},
    {"query": f"{{ viewer {{ id }} }} {LONG}"},
    {"query": f"query({LONG}"},
    {"query": f"query A {{ viewer {{ id }} }} query {LONG} {{ viewer {{ id }} }}"},
    {"query": "query A { viewer { id } }", "operationName": LONG},
    {"query": f"{{ ...{LONG} }} fragment {LONG} on Query {{ ...{LONG} }}"},
    {"query": f"query(${LONG}: Int) {{ viewer {{ id }} }}"},
    {"query": "query($c: Int!) { jobs(first: $c) { edges { cursor } } }", "variables": {"c": LONG}},
    {
        "query": "query($f: JobFilter) { jobs(filter: $f) { edges { cursor } } }",
        "variables": {"f": {LONG: 1}},
    },
    {
        "query": "query($f: JobFilter) { jobs(filter: $f) { edges { cursor } } }",
        "variables": {"f": {"enqueuedAfter": LONG}},
    },
]


async def test_no_message_about_a_question_repeats_it_at_length(shared: Stack) -> None:
    async with http_client() as http:
        for question in QUESTIONS:
            response = await http.post(shared.url, json=question)

            assert response.json()["errors"][0]["message"]
            assert len(response.content) < LONGEST_ANSWER, question["query"][:60]


async def test_no_message_about_an_upload_repeats_it_at_length(shared: Stack) -> None:
    name = "x" * 900  # a part's head has 1 KiB
    maps: list[tuple[dict[str, list[str]], str]] = [
        ({"0": [f"variables.{LONG}"]}, "0"),
        ({LONG: ["variables.file"]}, "0"),
        ({LONG: ["variables.file"]}, ""),
        ({"0": ["variables.file"]}, name),
    ]
    async with http_client(headers={"GraphQL-Require-Preflight": "true"}) as http:
        for map, part in maps:
            parts: list[tuple[str, Any]] = [
                ("operations", (None, OPERATIONS)),
                ("map", (None, json.dumps(map))),
                *([(part, ("a", b"bytes"))] if part else []),
            ]
            response = await http.post(shared.url, files=parts)

            assert response.status_code == 400
            assert len(response.content) < 300
