"""Feeds and poll settings for tests, with everything that does not matter filled in."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from aggregator.values.feed import Feed, FeedSettings, FeedState, PollSettings

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday

ATOM = b"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <id>urn:uuid:5f0a1c9e-0c5a-4a53-9d1f-2f9a2b9f1a01</id>
  <title>Harbour Notes</title>
  <updated>2026-11-23T09:00:00Z</updated>
  <entry>
    <id>urn:uuid:5f0a1c9e-0c5a-4a53-9d1f-2f9a2b9f1a02</id>
    <title>The ferry runs again</title>
    <updated>2026-11-23T09:00:00Z</updated>
    <summary>After two days of storm the morning ferry left on time.</summary>
  </entry>
</feed>
"""


def poll_settings(
    *,
    interval: timedelta = timedelta(minutes=60),
    min_interval: timedelta = timedelta(minutes=15),
    max_interval: timedelta = timedelta(hours=24),
    timeout: timedelta = timedelta(seconds=5),
    concurrency: int = 64,
    per_host: int = 2,
    max_bytes: int = 10_000_000,
    allow_private_networks: bool = True,
    allow_hosts: frozenset[str] = frozenset(),
    proxy: str | None = None,
    contact: str | None = "mailto:desk@example.org",
    root: Path = Path(),
) -> PollSettings:
    """A `poll` section; loopback is allowed unless a test says otherwise."""
    return PollSettings(
        interval,
        min_interval,
        max_interval,
        timeout,
        concurrency,
        per_host,
        max_bytes,
        allow_private_networks,
        allow_hosts,
        proxy,
        contact,
        root,
    )


def feed(
    url: str = "https://example.org/feed.xml",
    state: FeedState | None = None,
    *,
    address: str | None = None,
    interval: timedelta | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> Feed:
    """A feed at an address, never polled unless a state is given."""
    settings = FeedSettings(url, address or url, None, interval, None, (), headers)
    return Feed(1, settings, state or FeedState())
