"""Dispatch: which feeds are polled now, and what follows. `poll` and `serve` both do one tick."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Protocol

import anyio
from anyio import from_thread, to_thread
from sqlmodel import Session

from aggregator import pipeline, retention, watcher
from aggregator.fetch.due import is_allowed, is_due
from aggregator.lock import alone_async
from aggregator.pipeline import Network, Polled, Tools, ignore
from aggregator.store import feeds as stored_feeds
from aggregator.store.looks import with_looks
from aggregator.values.feed import Feed
from aggregator.values.tick import Tick


class Workplace:
    """What all that work in this process share, so that they may do so side by side."""

    def __init__(self, lock: Path) -> None:
        """Share the lock of an instance: the file that keeps two processes apart."""
        self.visited: set[int] = set()  # feeds that are being polled, by number
        self.press = anyio.Lock()  # whoever publishes holds it
        self._lock = lock
        self._door = anyio.Lock()
        self._inside = 0
        self._held = AsyncExitStack()

    @asynccontextmanager
    async def entered(self) -> AsyncIterator[None]:
        """The instance is this process's while anybody is inside.

        Raises:
            Busy: another process has been at work for too long.
        """
        async with self._door:
            if not self._inside:
                await self._held.enter_async_context(alone_async(self._lock))
            self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1
            if not self._inside:
                await self._held.aclose()  # closes a file, and waits for nobody


class Dispatcher(Protocol):
    """Sees to it that what is due is done."""

    async def tick(self, *, watch: Callable[[Polled], None] = ignore) -> Tick:
        """Look what is due now; `watch` is told of every poll that ends before this does."""


class Embedded:
    """One process does it all, in its own event loop."""

    def __init__(self, tools: Tools, network: Network, workplace: Workplace) -> None:
        """Work with these tools, beside others at the same workplace."""
        self.tools = tools
        self._network = network
        self._place = workplace

    async def tick(
        self,
        everything: bool = False,
        begin: Callable[[int], None] = ignore,
        watch: Callable[[Polled], None] = ignore,
    ) -> Tick:
        """Poll what is due, then publish what changed.

        Args:
            everything: every feed that is not gone and has not asked us to wait.
            begin: is told how many feeds will be polled.
            watch: is told of every poll as it ends.

        Raises:
            Busy: another process has been at work for too long; Unusable: see `pipeline`.
        """
        started = time.monotonic()
        tools, visited = self.tools, self._place.visited
        async with self._place.entered():
            due = await to_thread.run_sync(chosen, tools, everything)
            feeds = [feed for feed in due if feed.id not in visited]
            begin(len(feeds))
            visited |= {feed.id for feed in feeds}
            try:
                polled = await pipeline.cycle(tools, self._network, feeds, watch)
            finally:
                visited -= {feed.id for feed in feeds}
            self._network.rest()
            async with self._place.press:
                if polled:
                    await to_thread.run_sync(_look, tools)
                await to_thread.run_sync(_forget, tools)
                published = await to_thread.run_sync(_publish, tools)
        return _told(polled, published, time.monotonic() - started)


def chosen(tools: Tools, everything: bool = False) -> list[Feed]:
    """The feeds that are due; or every one that is not gone, though never against a Retry-After."""
    with tools.store.reading() as session:
        if not everything:
            return due(session, tools)
        now = tools.now()
        feeds = stored_feeds.configured(session, tools.feeds)
        return with_looks(session, [feed for feed in feeds if is_allowed(feed, now)])


def due(session: Session, tools: Tools) -> list[Feed]:
    """The feeds whose next poll has come."""
    now, poll = tools.now(), tools.config.poll
    candidates = stored_feeds.maybe_due(session, tools.feeds, now, poll.max_interval)
    return with_looks(session, [feed for feed in candidates if is_due(feed, poll, now)])


def _of_now(tools: Tools) -> Tools:
    """Those to go on with: feeds.yaml may have been edited meanwhile."""
    with tools.store.reading() as session:
        return tools.in_line(session)


def _look(tools: Tools) -> None:
    watcher.look(_of_now(tools))


def _forget(tools: Tools) -> None:
    """Forget what is old; at a stop, what is left is left for later."""
    retention.forget_old(_of_now(tools), watch=lambda _: from_thread.check_cancelled())


def _publish(tools: Tools) -> int:
    """Publish in a thread; at a stop, between two channels: what is left stays in the outbox."""
    return pipeline.publish_changed(tools, watch=lambda _: from_thread.check_cancelled())


def _told(polled: Sequence[Polled], published: int, seconds: float) -> Tick:
    verdicts = [poll.verdict for poll in polled]
    return Tick(
        feeds=len(polled),
        changed=verdicts.count("changed"),
        unchanged=verdicts.count("unchanged"),
        failed=verdicts.count("failed"),
        new=sum(poll.recorded.new for poll in polled),
        updated=sum(poll.recorded.updated for poll in polled),
        duplicates=sum(poll.recorded.duplicates for poll in polled),
        published=published,
        seconds=round(seconds, 3),
    )
