"""`SilenceWatch`: looks whether a message was missed where none came for long."""

from __future__ import annotations

import asyncio
from time import monotonic

from broadcaster.errors import BackendUnavailable, ChannelNotFound
from broadcaster.registry import Entry, Registry
from broadcaster.subscription import Source

# Without a word for this long, look whether one was missed: a backstop behind the hub's own
# health check, and how one learns that a server has been emptied, which tells nobody. A thousand
# idle channels make 33 reads a second of it, some 0.2 % of a core.
SILENCE_SECONDS = 30.0

# How often to look who was silent for so long.
ROUND_SECONDS = 1.0

# In one round at least; a tenth of all channels if that is more, so that none waits for long.
# They share a pipeline, so this many hold up others for some 10 ms.
READS_AT_ONCE = 500


class SilenceWatch:
    """Asks for the newest position of silent channels, once for all who listen to one."""

    def __init__(
        self, registry: Registry, source: Source, *, silence_seconds: float = SILENCE_SECONDS
    ) -> None:
        self._registry = registry
        self._source = source
        self._silence_seconds = silence_seconds

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(min(ROUND_SECONDS, self._silence_seconds))
            since = monotonic() - self._silence_seconds
            silent = [entry for entry in self._registry.entries.values() if entry.heard_at < since]
            most = max(READS_AT_ONCE, len(self._registry.entries) // 10)
            async with asyncio.TaskGroup() as tasks:
                for entry in silent[:most]:
                    entry.heard_at = monotonic()
                    tasks.create_task(self._verify(entry))

    async def _verify(self, entry: Entry) -> None:
        try:
            newest = (await self._source.read(entry.name, None)).position
        except ChannelNotFound:
            newest = None
        except BackendUnavailable:
            return  # the next look will do
        for receiver in tuple(entry.receivers):
            receiver.verify(newest)
