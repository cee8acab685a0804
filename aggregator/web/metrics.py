"""`/metrics`: how the service is doing, for Prometheus and whatever reads its format.

What happens is counted as it does; what there is, is looked up when asked for, every few seconds
at most. Names end in their unit, as https://prometheus.io/docs/practices/naming/ asks.
"""

import time
from collections import Counter as Tally
from threading import Lock
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE

from aggregator import __version__
from aggregator.pipeline import Tools
from aggregator.publish.health import Condition, condition
from aggregator.pulse import PollEnded, Pulse, RoundEnded
from aggregator.store import feeds as stored_feeds
from aggregator.store import items as stored_items
from aggregator.store import outputs as outbox
from aggregator.store import queue
from aggregator.store import watch as stored_watch
from aggregator.values.feed import Outcome

__all__ = ["CONTENT_TYPE", "Metrics"]

FRESH_S = 10  # what was looked up so lately is not looked up again
POLL_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40)
NEWS = ("new", "updated", "duplicates")
LAG_SECONDS = (0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """The numbers of one instance."""

    def __init__(self, pulse: Pulse) -> None:
        """Count from zero; `pulse` is looked at when asked."""
        self._pulse = pulse
        self._looked_up: float | None = None
        self._lock = Lock()
        self.registry = registry = CollectorRegistry()
        Gauge("aggregator_info", "The release.", ["version"], registry=registry).labels(
            __version__
        ).set(1)
        self._polls = Counter(
            "aggregator_polls", "Polls by what they came to.", ["outcome"], registry=registry
        )
        self._poll_seconds = Histogram(
            "aggregator_poll_duration_seconds",
            "From the request to the read document.",
            buckets=POLL_SECONDS,
            registry=registry,
        )
        self._news = Counter(
            "aggregator_items_seen", "Items by what happened to them.", ["what"], registry=registry
        )
        self._files = Counter(
            "aggregator_files_published", "Files whose bytes changed.", registry=registry
        )
        self._lag = Histogram(
            "aggregator_publish_lag_seconds",
            "From the first new item of a round to the published files.",
            buckets=LAG_SECONDS,
            registry=registry,
        )
        self._rounds = Counter(
            "aggregator_rounds", "Looks at what is due.", ["outcome"], registry=registry
        )
        self._feeds = Gauge(
            "aggregator_feeds", "Feeds of feeds.yaml by health.", ["health"], registry=registry
        )
        self._stored = Gauge("aggregator_stored", "What is stored.", ["what"], registry=registry)
        self._queue = Gauge(
            "aggregator_queue_depth", "What waits for its turn.", ["queue"], registry=registry
        )
        self._jobs = Gauge(
            "aggregator_jobs", "Jobs in the queue of a PostgreSQL deployment, by how they are.",
            ["state"], registry=registry,
        )  # fmt: skip
        self._workers = Gauge(
            "aggregator_workers", "Processes that take jobs of that queue.", registry=registry
        )
        self._config = Gauge(
            "aggregator_config_ok", "1 while feeds.yaml as it lies there is in use.",
            registry=registry,
        )  # fmt: skip
        self._background = Gauge(
            "aggregator_background_remaining_items",
            "Stored items still to be brought in line with a changed feeds.yaml.",
            registry=registry,
        )

        for kind in get_args(Outcome):
            self._polls.labels(kind.__name__.lower())  # there from the start, as rates need
        for what in NEWS:
            self._news.labels(what)

    def poll_ended(self, poll: PollEnded) -> None:
        """Count a poll."""
        self._polls.labels(poll.outcome).inc()
        self._poll_seconds.observe(poll.seconds)
        for what in NEWS:
            self._news.labels(what).inc(getattr(poll, what))

    def round_ended(self, ended: RoundEnded) -> None:
        """Count a round."""
        self._rounds.labels("failed" if ended.failed else "ok").inc()
        self._files.inc(ended.files)
        if ended.lag_s is not None:
            self._lag.observe(ended.lag_s)

    def page(self, tools: Tools) -> bytes:
        """Everything, as text."""
        with self._lock:
            if self._looked_up is None or time.monotonic() - self._looked_up > FRESH_S:
                self._look_up(tools)
                self._looked_up = time.monotonic()
        self._config.set(not self._pulse.config_errors)
        work = self._pulse.background
        self._background.set(0 if work is None else work.total - work.done)
        return generate_latest(self.registry)

    def _look_up(self, tools: Tools) -> None:
        now = tools.now()
        with tools.store.reading() as session:
            feeds = stored_feeds.health(session, tools.feeds)
            counts = stored_items.counts(session)
            self._queue.labels("publish").set(outbox.waiting(session))
            self._queue.labels("alerts").set(stored_watch.waiting(session))
            depth = queue.depth(session)
        if depth is not None:
            for state in ("waiting", "running", "stalled", "failed"):
                self._jobs.labels(state).set(getattr(depth, state))
            self._workers.set(depth.workers)
        for what, number in counts.items():
            self._stored.labels(what).set(number)
        conditions = Tally(condition(feed, now) for feed in feeds)
        for health in get_args(Condition):
            self._feeds.labels(health).set(conditions[health])
        due = sum(feed.state.next_poll is None or feed.state.next_poll <= now for feed in feeds)
        self._queue.labels("poll").set(due - conditions["gone"])
