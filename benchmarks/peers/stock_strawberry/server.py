"""Strawberry's router in FastAPI, and SAQ: a Redis connection for each subscription."""

import json
from collections.abc import AsyncGenerator

import redis.asyncio as redis
import strawberry
from fastapi import FastAPI
from strawberry.fastapi import GraphQLRouter

from benchmarks.peers.stock_strawberry.shared import REDIS_URL, channel, queue


@strawberry.type
class Job:
    id: strawberry.ID
    status: str
    progress: int | None = None
    result: str | None = None


@strawberry.input
class EnqueueInput:
    file: str
    user_id: str
    id: strawberry.ID | None = None
    steps: int | None = None
    pause_ms: int | None = None


@strawberry.type
class Query:
    @strawberry.field
    async def job(self, id: strawberry.ID) -> Job | None:
        found = await queue.job(id)
        if found is None:
            return None
        return Job(id=id, status=found.status, progress=int(found.progress), result=found.result)


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def enqueue(self, input: EnqueueInput) -> Job:
        key = {"key": input.id} if input.id else {}
        job = await queue.enqueue(
            "process",
            file=input.file,
            user_id=input.user_id,
            steps=input.steps or 0,
            pause_ms=input.pause_ms or 0,
            **key,
        )
        assert job is not None, "a job of this id is in the queue"
        return Job(id=strawberry.ID(job.key), status="queued", progress=0)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def job(self, id: strawberry.ID) -> AsyncGenerator[Job, None]:
        async with redis.from_url(REDIS_URL) as client, client.pubsub() as pubsub:
            await pubsub.subscribe(channel(id))
            async for message in pubsub.listen():
                if message["type"] == "message":
                    yield Job(**json.loads(message["data"]))


app = FastAPI()
app.include_router(
    GraphQLRouter(strawberry.Schema(Query, Mutation, Subscription)), prefix="/graphql"
)
