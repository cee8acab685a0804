"""Looks at feeds outside a poll: `check --online`, `feeds add`. What they bring is kept.

Publishers do not care why they are asked. So a look asks with the validators that polls left, and
the first poll asks with those that a look left, and takes up its document when it is still current.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from aggregator.config.load import Config
from aggregator.errors import AggregatorError
from aggregator.fetch.localfile import is_file
from aggregator.store import feeds as stored_feeds
from aggregator.store import looks as stored
from aggregator.store.engine import Store
from aggregator.values.feed import Feed, FeedSettings, FeedState, Fetched, Look


class Looks:
    """What is known of feeds; without a store nothing is, and nothing is kept."""

    def __init__(self, store: Store | None) -> None:
        """Look things up, and keep them, in a database."""
        self._store = store

    def feed(self, settings: FeedSettings) -> Feed:
        """A feed as polls and looks left it, whether it is in feeds.yaml or not."""
        feed = Feed(0, settings, FeedState())
        if self._store is None:
            return feed
        with self._store.reading() as session:
            state = stored_feeds.state_by_url(session, settings.url)
            look = None if state.last_full else stored.of(session, settings.url)
        return replace(feed, state=state, look=look)

    def had(self, url: str) -> bool:
        """Whether there was a look at the feed of this address, and no poll since."""
        if self._store is None:
            return False
        with self._store.reading() as session:
            return stored.of(session, url) is not None

    def keep(self, feed: Feed, fetched: Fetched, now: datetime) -> None:
        """Keep what a look brought, if the feed was not polled yet."""
        settings = feed.settings
        if self._store is None or feed.state.last_full or is_file(settings.address):
            return
        with self._store.writing() as session:
            stored.keep(session, settings.url, Look(now, fetched))


@contextmanager
def opened(config: Config) -> Iterator[Looks]:
    """The looks of an instance; looking needs no database, so one that cannot be used is no trouble."""
    try:
        store = Store(config.database, config.root)
    except AggregatorError:
        yield Looks(None)
        return
    try:
        yield Looks(store)
    finally:
        store.close()
