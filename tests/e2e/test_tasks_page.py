"""What docs/tasks.md shows, put together as one module, registered, and run by a worker."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.graphql import GraphQLClient
from tests.support.http_client import http_client
from tests.support.stack import ROOT, running_stack

pytestmark = pytest.mark.anyio

MODULE = "tasks_of_the_page"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)

JOB = """
  __typename status attempt
  failure { __typename kind message ... on OutOfStock { left } }
  ... on SummarizeJob { summary: result { mean unit } }
  ... on ReserveJob { number: result }
  ... on CountLettersJob { number: result }
  ... on ChargeJob { text: result }
  ... on BakeJob { text: result }
  ... on FingerprintJob { text: result }
  ... on MonthlyReportJob { text: result }
  ... on ShoutJob { file: result { name url } }
"""
WATCH = f"""subscription ($id: ID!, $after: Cursor) {{ job(id: $id, after: $after) {{
  __typename ... on JobLogged {{ message }} ... on PrimesOutput {{ output }}
  job {{ id {JOB} }} }} }}"""

CANCEL = "mutation ($id: ID!) { cancelJob(input: {id: $id}) { __typename } }"
SHOUT = """mutation ($text: FileRef!) { shout(input: {text: $text}) {
  ... on ShoutAccepted { job { id cursor } } } }"""

# Of each task, what it is given and what its job says at its end.
RUNS: dict[str, tuple[str, dict[str, Any]]] = {
    "summarize": ("values: [1, 2]", {"summary": {"mean": 1.5, "unit": "CELSIUS"}}),
    "knit": ("rows: 3", {"status": "SUCCEEDED"}),
    "primes": ("below: 12", {"status": "SUCCEEDED"}),
    "reserve": ("count: 2", {"number": 2}),
    "charge": ("cents: 5", {"attempt": 3, "status": "SUCCEEDED"}),
    "waitForRain": ("hours: 1", {"status": "FAILED"}),
    "bake": ("minutes: 0", {"text": "a cake"}),
    "countLetters": ('text: "to be"', {"number": 4}),
    "fingerprint": ('text: "me", rounds: 10', {"status": "SUCCEEDED"}),
    "monthlyReport": ('month: "May"', {"text": "All was well in May."}),
}


async def test_every_task_of_the_page_does_what_the_page_says(
    valkey_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "tasks.md").read_text()
    (tmp_path / f"{MODULE}.py").write_text("\n\n".join(BLOCK.findall(page)))
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{ROOT}")

    async with running_stack(valkey_port, tmp_path, tasks=MODULE) as stack:
        client = stack.client()
        ends = {field: await run(client, field, input) for field, (input, _) in RUNS.items()}
        refused = await client.execute("mutation { summarize(input: {values: []}) { __typename } }")
        failed = await run(client, "reserve", "count: 9")
        cancelled = await run(client, "bake", "minutes: 60", cancel=True)
        shouted = await shout(client, b"be not afraid")

    assert page.count("\n@task") == len({*RUNS, "shout"})
    for field, (_, expected) in RUNS.items():
        assert expected.items() <= ends[field][-1]["job"].items(), field
    assert [event["message"] for event in ends["knit"] if "message" in event] == [
        "3 rows for ada, attempt 1"
    ]
    assert [event["output"] for event in ends["primes"] if "output" in event] == [2, 3, 5, 7, 11]
    assert ends["charge"][-1]["job"]["text"].startswith("charged 5 once, by default.")
    assert ends["waitForRain"][-1]["job"]["failure"]["kind"] == "TIMED_OUT"
    assert refused["summarize"]["__typename"] == "InvalidInput"
    assert failed[-1]["job"]["failure"] == {
        "__typename": "OutOfStock",
        "kind": "DECLARED",
        "message": "Only 5 are left.",
        "left": 5,
    }
    assert failed[-1]["job"]["attempt"] == 1
    assert [event["message"] for event in cancelled if "message" in event] == [
        "the oven is on",
        "the oven is off",
    ]
    assert cancelled[-1]["job"]["status"] == "CANCELLED"
    assert shouted == ("loud words.txt", "BE NOT AFRAID")


async def run(
    client: GraphQLClient, field: str, input: str, *, cancel: bool = False
) -> list[dict[str, Any]]:
    """All events of a new job, which is cancelled once it has logged something if that is asked."""
    data = await client.execute(
        f"mutation {{ {field}(input: {{{input}}}) {{ ... on JobAccepted {{ job {{ id cursor }} }} "
        "... on Problem { message } } }"
    )
    return await watch(client, data[field]["job"], cancel=cancel)


async def watch(
    client: GraphQLClient, job: dict[str, str], *, cancel: bool = False
) -> list[dict[str, Any]]:
    events = []
    async with client.socket() as socket:
        await socket.subscribe(WATCH, {"id": job["id"], "after": job["cursor"]})
        async for result in socket.results():
            events.append(result["data"]["job"])
            if cancel and "message" in events[-1]:
                await client.execute(CANCEL, id=job["id"])
                cancel = False
    return events


async def shout(client: GraphQLClient, content: bytes) -> tuple[str, str]:
    """Name and text of what became of a file."""
    operations = {"query": SHOUT, "variables": {"text": None}}
    async with http_client(base_url=client.url.removesuffix("/graphql")) as http:
        answer = await http.post(
            "/graphql",
            files=[
                ("operations", (None, json.dumps(operations))),
                ("map", (None, '{"0": ["variables.text"]}')),
                ("0", ("words.txt", content, "text/plain")),
            ],
            headers={"GraphQL-Require-Preflight": "true", **client.headers},
        )
        events = await watch(client, answer.json()["data"]["shout"]["job"])
        file: dict[str, str] = events[-1]["job"]["file"]
        return file["name"], (await http.get(file["url"])).text
