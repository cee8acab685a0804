"""Dispatch: which feeds are polled now, and what follows. `poll` and `serve` both do one tick."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from anyio import from_thread, to_thread

from aggregator import pipeline
from aggregator.fetch.schedule import is_allowed, is_due
from aggregator.lock import alone_async
from aggregator.pipeline import Network, Polled, Tools, ignore
from aggregator.store import feeds as stored_feeds
from aggregator.values.feed import Feed


@dataclass(frozen=True, slots=True)
class Tick:
    """What a tick came to; the names are those of `poll --json`."""

    feeds: int  # polled
    changed: int  # with a document not seen before
    unchanged: int
    failed: int
    new: int  # items
    updated: int  # items
    duplicates: int  # entries that joined an item of another feed
    published: int  # files written
    seconds: float

    def as_dict(self) -> dict[str, int | float]:
        """For JSON and logs."""
        return asdict(self)


class Embedded:
    """One process does it all, in its own event loop."""

    def __init__(self, tools: Tools, network: Network, lock: Path) -> None:
        """Work with these tools; `lock` is the file that keeps two processes apart."""
        self.tools = tools
        self._network = network
        self._lock = lock

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
        tools = self.tools
        async with alone_async(self._lock):
            feeds = await to_thread.run_sync(chosen, tools, everything)
            begin(len(feeds))
            polled = await pipeline.cycle(tools, self._network, feeds, watch)
            published = await to_thread.run_sync(_publish, tools)
        return _told(polled, published, time.monotonic() - started)


def chosen(tools: Tools, everything: bool = False) -> list[Feed]:
    """The feeds that are due; or every one that is not gone, though never against a Retry-After."""
    now, poll = tools.now(), tools.config.poll
    with tools.store.reading() as session:
        if everything:
            feeds = stored_feeds.configured(session, tools.feeds)
            return [feed for feed in feeds if is_allowed(feed, now)]
        candidates = stored_feeds.maybe_due(session, tools.feeds, now, poll.max_interval)
    return [feed for feed in candidates if is_due(feed, poll, now)]


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
