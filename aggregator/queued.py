"""The queue of a PostgreSQL deployment: any process puts jobs in, any worker takes them out.

    Scheduler   due feeds, stale channels ─▶ jobs in the database
    Worker      a job ─▶ the same pipeline as everywhere

Procrastinate keeps the jobs, in the database that is there already. A job is only a nudge: what is
to be done is decided from the store when it runs, so one that runs twice, or after somebody else did
the work, does no harm. Nothing here is imported unless the database is PostgreSQL.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final
from weakref import WeakValueDictionary

import procrastinate
import structlog
from anyio import CancelScope, to_thread
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.schema import SchemaManager

from aggregator import adopt, pipeline, retention, watcher
from aggregator.errors import Outdated, Unusable
from aggregator.fetch.due import is_due
from aggregator.jobs import due
from aggregator.pipeline import Network, Polled, Tools, ignore
from aggregator.store import feeds as stored_feeds
from aggregator.store import queue
from aggregator.store.outputs import SITE
from aggregator.store.queue import STALLED_S, Job
from aggregator.urls import host
from aggregator.values.feed import Feed
from aggregator.values.tick import Tick

log = structlog.get_logger()

QUEUE: Final = "aggregator"
POLL: Final = "poll"
PUBLISH: Final = "publish"
PRIORITY: Final = {PUBLISH: 1, POLL: 0}  # who waits for a page waits longer than who is polled
HEARTBEAT_S: Final = 3.0  # how often a worker says that it lives
LOOK_S: Final = 0.5  # how often a worker looks for jobs: nobody tells it that a lock fell
GRACE_S: Final = 5.0  # for jobs under way at a stop; what is cut off is taken up by another
RETRY_S: Final = 2.0  # after a worker lost the database
CONNECTIONS: Final = 8  # of the queue's own


def connected(address: str) -> procrastinate.App:
    """The queue in this database, not open yet.

    Args:
        address: as in feeds.yaml.
    """
    connector = procrastinate.PsycopgConnector(
        conninfo=address.replace("postgresql+psycopg://", "postgresql://", 1),
        min_size=1,
        max_size=CONNECTIONS,
    )
    return procrastinate.App(connector=connector)


class Scheduler:
    """Puts in the queue what is to be done; any number of processes may do so at once."""

    def __init__(self, tools: Tools, app: procrastinate.App) -> None:
        """Schedule with these tools, through this queue, which is open."""
        self._tools = tools
        self._app = app

    async def tick(self, *, watch: Callable[[Polled], None] = ignore) -> Tick:  # noqa: ARG002 (the worker has its own)
        """Put in what is due, and what dead workers left undone; tells how many polls are new."""
        began = time.monotonic()
        await to_thread.run_sync(watcher.look, self._tools)
        await to_thread.run_sync(retention.forget_old, self._tools)
        polls = await to_thread.run_sync(_schedule, self._tools)
        try:
            await self._revive()
        except ConnectorException as error:
            raise Unusable(f"{self._tools.store.place}: {error.__cause__ or error}") from error
        return Tick(feeds=polls, seconds=round(time.monotonic() - began, 3))

    async def _revive(self) -> None:
        """Give the jobs of dead workers to others."""
        manager = self._app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
            log.warning("job_revived", task=job.task_name, arguments=job.task_kwargs)
            try:
                await manager.retry_job(job)
            except (AlreadyEnqueued, ConnectorException) as error:
                # Another scheduler was quicker, or the dead come back to life and end their work.
                log.info("job_not_revived", task=job.task_name, reason=str(error))


def prepare(tools: Tools) -> None:
    """Make the queue's tables where they are missing."""
    with tools.store.writing() as session:
        if not queue.has_schema(session):
            queue.make_schema(session, SchemaManager.get_schema())


def _schedule(tools: Tools) -> int:
    """Put polls and channels in; returns how many polls are new."""
    channels = pipeline.waiting_channels(tools)
    with tools.store.writing() as session:
        # Within one transaction: another scheduler sees what is due after it sees our jobs.
        feeds = due(session, tools)
        began, lanes = tools.now(), tools.config.poll.per_host
        polls = [_poll_job(feed, lanes, began) for feed in feeds]
        queue.defer(session, [_publish_job(key) for key in channels], QUEUE)
        return queue.defer(session, polls, QUEUE)


def _poll_job(feed: Feed, per_host: int, began: datetime) -> Job:
    """A host has `per_host` lanes, and in each one poll runs at a time, in whatever worker.

    What is due together is one cycle, whoever does which part of it when: of two feeds with the
    same story it does not matter which is polled first.
    """
    lane = feed.id % per_host
    return Job(
        POLL,
        name=f"{POLL}:{feed.id}",
        arguments={"feed": feed.id, "began": began.isoformat()},
        lock=f"host:{host(feed.settings.address)}:{lane}",
        priority=PRIORITY[POLL],
    )


def _publish_job(key: str) -> Job:
    name = f"{PUBLISH}:{key}"
    return Job(PUBLISH, name, {"channel": key}, lock=name, priority=PRIORITY[PUBLISH])


class Worker:
    """Takes jobs and does them, until it is told to stop."""

    def __init__(
        self,
        tools: Tools,
        network: Network,
        app: procrastinate.App,
        concurrency: int,
        watch: Callable[[Polled], None],
    ) -> None:
        """Work with these tools.

        Args:
            network: how documents come in.
            app: the queue, which is open.
            concurrency: jobs at once.
            watch: is told of every poll as it ends.
        """
        self._tools = tools
        self._network = network
        self._watch = watch
        # Of each cycle that has jobs here: those that end meanwhile are settled in one transaction.
        self._settling = WeakValueDictionary[datetime, pipeline.Settling]()
        app.task(name=POLL)(self._poll)
        app.task(name=PUBLISH)(self._publish)
        # A task of asyncio's own: a cancel scope of anyio would cancel again and again, and so
        # leave no time for what is under way.
        self._task = asyncio.create_task(self._keep_working(app, concurrency))

    async def _keep_working(self, app: procrastinate.App, concurrency: int) -> None:
        """Take jobs for ever: Procrastinate's worker ends when it loses the database."""
        while True:
            try:
                await app.run_worker_async(
                    queues=[QUEUE],
                    concurrency=concurrency,
                    fetch_job_polling_interval=LOOK_S,
                    shutdown_graceful_timeout=GRACE_S,
                    delete_jobs="always",  # what failed is still due, and will be put in again
                    update_heartbeat_interval=HEARTBEAT_S,
                    stalled_worker_timeout=STALLED_S,
                    install_signal_handlers=False,
                )
            except Exception as error:  # noqa: BLE001 (whatever it was, the jobs are still there)
                log.warning("worker_broke", reason=str(error.__cause__ or error))
            else:
                log.warning("worker_broke", reason="it lost the database")
            await asyncio.sleep(RETRY_S)

    async def stop(self) -> None:
        """Take no more jobs, and wait until those under way are done, or given to others."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _poll(self, feed: int, began: str) -> None:
        found = await to_thread.run_sync(self._still_due, feed)
        if found is None:
            return
        cycle = datetime.fromisoformat(began)
        settling = self._settling.setdefault(cycle, pipeline.settling_of(self._tools, cycle))
        try:
            await pipeline.cycle(self._tools, self._network, [found], self._watch, cycle, settling)
        except* Outdated as reasons:  # still due, so it is put in again
            log.info("poll_put_back", feed=feed, reason=str(reasons.exceptions[0]))

    async def _publish(self, channel: str) -> None:
        try:
            await to_thread.run_sync(self._publish_now, channel)
        except Outdated as reason:  # still stale
            log.info("publishing_put_back", channel=channel, reason=str(reason))

    def _publish_now(self, channel: str) -> None:
        tools = self._tools
        if channel == SITE:
            # Whoever adopted feeds.yaml may have done so after we read it.
            with tools.store.reading() as session:
                tools = adopt.with_departed(tools.in_line(session))
        pipeline.publish_one(tools, channel)

    def _still_due(self, feed: int) -> Feed | None:
        """The feed, unless another has polled it since the job was put in."""
        tools = self._tools
        with tools.store.reading() as session:
            found = stored_feeds.by_number(session, feed, tools.feeds)
        if found is None or not is_due(found, tools.config.poll, tools.now()):
            return None
        return found


@asynccontextmanager
async def at_work(
    tools: Tools,
    network: Network,
    concurrency: int,
    watch: Callable[[Polled], None] = ignore,
) -> AsyncIterator[Scheduler]:
    """A worker runs while the block does; the block is given a scheduler for the same queue.

    Args:
        concurrency: jobs at once.
        watch: is told of every poll as it ends.
    """
    await to_thread.run_sync(prepare, tools)
    app = connected(tools.config.database)
    await app.open_async()
    worker = Worker(tools, network, app, concurrency, watch)
    try:
        yield Scheduler(tools, app)
    finally:
        with CancelScope(shield=True):  # whoever was told to stop still ends in order
            await worker.stop()
            await app.close_async()
