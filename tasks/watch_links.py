"""`WatchLinks`: tokens that show one job to whoever has them, for a while, until revoked."""

from __future__ import annotations

import asyncio
import base64
import binascii
import math
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tasks.deadline import answer_in_time
from tasks.errors import InvalidWatchLink, JobNotFound, QueueUnavailable
from tasks.ids import queue_of
from tasks.queue.queue import JobQueue
from tasks.signatures import WEAKEST_SECRET, equal, signature

PREFIX = "watch."  # no JSON Web Token begins like this

# A revoked link is shut out of what it holds open within this time. A thousand watchers make
# 200 reads a second of it, about 1 % of a core.
CHECK_SECONDS = 5.0

_PURPOSE = b"jobcast watch link 1"


@dataclass(frozen=True, slots=True)
class WatchLink:
    """What a token says.

    Attributes:
        id: Its own, so that what is limited by viewer is limited by link.
        mark: The job's mark when it was made; another one revokes it.
    """

    id: str
    job_id: str
    mark: str
    expires_at: datetime


class WatchLinks:
    """Makes, reads and revokes links. All processes of a deployment need the same secret.

    A link itself is kept nowhere; a job has one mark, which all of its links name, and which is
    thrown away to revoke them.
    """

    def __init__(
        self,
        queues: Mapping[str, JobQueue],
        secret: bytes,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Keep the key: at least 32 random bytes. `clock` tells the seconds since 1970."""
        if len(secret) < WEAKEST_SECRET:
            raise ValueError(f"The secret of links needs at least {WEAKEST_SECRET} bytes.")
        self._queues = dict(queues)
        self._secret = secret
        self._clock = clock

    async def create(self, job_id: str, lifetime: timedelta) -> tuple[str, datetime]:
        """A token that shows the job, and when it expires.

        Raises:
            JobNotFound: There is no such job.
            QueueFull: Valkey is out of memory.
            QueueUnavailable: Valkey did not answer.
        """
        queue = self._queue_of(job_id)
        with answer_in_time():
            mark = await queue.call("share", job_id, secrets.token_hex(8))  # 64 bits: never twice
        if mark is None:
            raise JobNotFound(job_id)
        expires = math.ceil(self._clock() + lifetime.total_seconds())
        link = WatchLink(
            secrets.token_hex(8), job_id, mark.decode(), datetime.fromtimestamp(expires, UTC)
        )
        return self._token(link), link.expires_at

    def read(self, token: str) -> WatchLink:
        """What a token says; whether it was revoked is not known here.

        Raises:
            InvalidWatchLink: It was not made with this key, or its time is over.
        """
        body, _, given = token.removeprefix(PREFIX).partition(".")
        if not equal(signature(self._secret, _PURPOSE, body), given):
            raise InvalidWatchLink("no key of ours signed it")
        try:
            text = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()
            id, job_id, mark, expires = text.split("\n")
            link = WatchLink(id, job_id, mark, datetime.fromtimestamp(int(expires), UTC))
        except (binascii.Error, ValueError) as exc:  # of a version to come
            raise InvalidWatchLink("it cannot be read") from exc
        if int(expires) <= self._clock():
            raise InvalidWatchLink("it has expired")
        return link

    async def holds(self, link: WatchLink) -> bool:
        """Whether the link was not revoked, and its job is still kept.

        Raises:
            QueueUnavailable: Valkey did not answer.
        """
        queue = self._queues.get(queue_of(link.job_id) or "")
        if queue is None:
            return False
        with answer_in_time():
            mark = await queue.command("HGET", queue.keys.job(link.job_id), "links")
        return mark is not None and equal(mark.decode(), link.mark)

    async def revoked(self, link: WatchLink) -> None:
        """Return once it no longer holds; looks at once, then every `CHECK_SECONDS`."""
        while True:
            try:
                if not await self.holds(link):
                    return
            except QueueUnavailable:
                pass  # nothing can be watched meanwhile either
            await asyncio.sleep(CHECK_SECONDS)

    async def revoke(self, job_id: str) -> None:
        """End all links to the job that were made so far.

        Raises:
            JobNotFound: There is no such job.
            QueueUnavailable: It is not known whether they ended; ask again.
        """
        queue = self._queue_of(job_id)
        with answer_in_time():
            if not await queue.call("unshare", job_id):
                raise JobNotFound(job_id)

    def _token(self, link: WatchLink) -> str:
        seconds = str(int(link.expires_at.timestamp()))
        text = f"{link.id}\n{link.job_id}\n{link.mark}\n{seconds}"
        body = base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
        return f"{PREFIX}{body}.{signature(self._secret, _PURPOSE, body)}"

    def _queue_of(self, job_id: str) -> JobQueue:
        queue = self._queues.get(queue_of(job_id) or "")
        if queue is None:
            raise JobNotFound(job_id)
        return queue
