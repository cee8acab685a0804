"""Several workers on one PostgreSQL: what each more brings, and what the queue costs.

    python -m benchmarks.scaled workers [--feeds 40] [--concurrency 1] [--workers 1 2 4]
    python -m benchmarks.scaled queue   [--feeds 100]
    python -m benchmarks.scaled store   [ITEMSxFEEDS ...] [--feeds 50]

`workers`: every feed answers after 300 ms, so that waiting is most of the work, as on the internet;
once with nothing new in any feed, once with an item in each. Nothing is published meanwhile. The
concurrency is low on purpose: all workers, the database and the publishers share this machine, and
what is measured is whether workers get in each other's way, not how many processors there are. How
busy these were is told beside it: where they were all busy, the row says nothing about workers.
`queue`: processor time of a poll by way of the queue, beside the same polls without it.
`store`: what a tick costs with more stored: which feeds are due, polls with one new item each,
publishing. The stores are made by the database itself, and measured in turn.
PostgreSQL is started from a wheel; needs the packages of the tests.
"""

import argparse
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import anyio
import psycopg
import structlog
from anyio import to_thread
from sqlalchemy.engine import make_url

from aggregator import jobs, pipeline, queued, watcher
from aggregator.instance import Instance, network
from aggregator.jobs import Embedded, Workplace
from aggregator.store.packed import Packed
from aggregator.store.tables import microseconds
from benchmarks import publishers, stocked
from benchmarks.tree import cpu_of
from tests.support.postgres import postgres_server

POLLED = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'poll'"
LEFT = "SELECT (SELECT count(*) FROM procrastinate_jobs) + (SELECT count(*) FROM stale)"
PATIENCE_S = 300.0


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    which = parser.add_subparsers(dest="which", required=True)
    workers = which.add_parser("workers")
    workers.add_argument("--feeds", type=int, default=40)
    workers.add_argument("--concurrency", type=int, default=1, help="jobs at once, of each worker")
    workers.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    queue = which.add_parser("queue")
    queue.add_argument("--feeds", type=int, default=100)
    store = which.add_parser("store")
    store.add_argument(
        "sizes", nargs="*", type=_size, default=[(10_000, 1000), (1_000_000, 10_000)]
    )
    store.add_argument("--feeds", type=int, default=50, help="that are due in a tick")
    given = parser.parse_args()
    if given.which == "workers":
        with _bench(given.feeds) as bench:
            _workers(bench, given.workers, given.concurrency)
    elif given.which == "queue":
        with _bench(given.feeds) as bench:
            anyio.run(_queue, bench)
    else:
        anyio.run(_stores, given.sizes, given.feeds)


def _size(written: str) -> tuple[int, int]:
    items, _, feeds = written.partition("x")
    return int(items), int(feeds)


@dataclass(frozen=True)
class Bench:
    """An instance on PostgreSQL whose feeds answer after a while."""

    folder: Path
    database: str
    feeds: int
    publishers: Connection

    def news(self) -> None:
        """Every feed gets a new item, and is due."""
        self.publishers.send("news")
        self.publishers.recv()
        self.due()

    def due(self) -> None:
        """Every feed is due."""
        self.tell(
            f"UPDATE feeds SET next_poll = NULL, fresh_until = NULL WHERE id <= {self.feeds}"  # noqa: S608 (a number)
        )

    def requests(self) -> list[float]:
        """When feeds were asked for, since this was called last."""
        self.publishers.send("requests")
        asked: list[float] = self.publishers.recv()
        return asked

    def tell(self, statement: str) -> None:
        """Change the database."""
        with psycopg.connect(self.database) as connection:
            connection.execute(statement.encode())

    def ask(self, query: str) -> int:
        """Ask the database for a number."""
        with psycopg.connect(self.database) as connection:
            (number,) = connection.execute(query.encode()).fetchone() or (0,)
        return int(number)

    def until(self, query: str, number: int) -> None:
        """Wait until the answer is this number."""
        deadline = time.monotonic() + PATIENCE_S
        while self.ask(query) != number:
            if time.monotonic() > deadline:
                sys.exit(f"it never came true: {query} = {number}")
            time.sleep(0.2)

    @property
    def server(self) -> int:
        """The process of the database server."""
        with psycopg.connect(self.database) as connection:
            return int(Path(f"/proc/{connection.info.backend_pid}/stat").read_text().split()[3])


@contextmanager
def _bench(feeds: int, others: int = 0) -> Iterator[Bench]:
    ours, theirs = multiprocessing.Pipe()
    world = multiprocessing.Process(target=publishers.serve, args=(theirs, feeds), daemon=True)
    world.start()
    port = ours.recv()
    with (
        tempfile.TemporaryDirectory(prefix="aggregator-scaled-") as name,
        postgres_server() as here,
    ):
        folder = Path(name)
        (folder / "feeds.yaml").write_text(publishers.config(port, feeds, others))
        yield Bench(folder, here.database(), feeds, ours)
    world.kill()


# --- more workers ------------------------------------------------------------------------------


def _workers(bench: Bench, counts: Sequence[int], concurrency: int) -> None:
    told: dict[tuple[str, int], list[Rate]] = {}
    with _opened(bench) as instance:
        queued.prepare(instance.tools)
        bench.news()
        # There and back; the better of both counts, as whatever else the machine does only hinders.
        for count in [*counts, *reversed(counts)]:
            with _working(bench, count, concurrency):
                bench.news()  # so that each has loaded what reading a document needs
                anyio.run(_settle_down, instance, bench)
                for kind, begin in (("nothing", bench.due), ("an item", bench.news)):
                    rate = _rate(bench, instance, count * concurrency, begin)
                    print(f"{count} workers, {kind}: {rate}", file=sys.stderr)
                    told.setdefault((kind, count), []).append(rate)
                anyio.run(_settle_down, instance, bench)
    print(f"\n{bench.feeds} feeds that answer after 300 ms, {concurrency} at once in each worker")
    print("new in each  workers  polls/s  times the first  most there can be  processors busy")
    for (kind, count), rates in sorted(told.items()):
        best, first = max(rates), max(told[kind, counts[0]])
        most = count * concurrency / publishers.DELAY_S
        print(
            f"{kind:11}{count:9}{best.polls:9.1f}{best.polls / first.polls:17.2f}{most:19.1f}"
            f"{best.busy:11.1f} of {os.cpu_count()}"
        )


@dataclass(frozen=True, order=True)
class Rate:
    """How it went."""

    polls: float  # a second
    busy: float  # processors, with whatever else ran on this machine

    def __str__(self) -> str:
        return f"{self.polls:.1f} polls/s, {self.busy:.1f} processors busy"


def _rate(bench: Bench, instance: Instance, at_once: int, begin: Callable[[], None]) -> Rate:
    """Polls from the first request to the last; one more of each worker is on its way then."""
    begin()
    bench.requests()
    began, before = time.monotonic(), _busy_s()
    anyio.run(_tick, instance, bench.database)
    bench.until(POLLED, 0)
    busy = (_busy_s() - before) / (time.monotonic() - began)
    asked = bench.requests()
    if len(asked) != bench.feeds:
        sys.exit(f"{bench.feeds} feeds, {len(asked)} requests")
    return Rate((len(asked) - at_once) / (asked[-1] - asked[0]), busy)


@contextmanager
def _working(bench: Bench, count: int, concurrency: int) -> Iterator[None]:
    """So many workers run."""
    command = [sys.executable, "-m", "aggregator", "worker", "--concurrency", str(concurrency)]
    environ = {**os.environ, "AGGREGATOR_DATABASE": bench.database}
    environ["PYTHONPATH"] = str(Path(__file__).parents[1])
    with (bench.folder / "log").open("ab") as log:
        running = [
            subprocess.Popen(command, cwd=bench.folder, env=environ, stderr=log)
            for _ in range(count)
        ]
    try:
        bench.until("SELECT count(*) FROM procrastinate_workers", count)
        yield
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            process.wait()


def _busy_s() -> float:
    """Seconds that processors of this machine worked, for whomever: see proc_stat(5)."""
    user, nice, system, _idle, _waiting, *other = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:8]
    )
    return (user + nice + system + sum(other)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _opened(bench: Bench) -> Iterator[Instance]:
    with closing(
        Instance(bench.folder / "feeds.yaml", {"AGGREGATOR_DATABASE": bench.database})
    ) as instance:
        yield instance


async def _tick(instance: Instance, database: str) -> None:
    app = queued.connected(database)
    async with app.open_async():
        await queued.Scheduler(instance.tools, app).tick()


async def _settle_down(instance: Instance, bench: Bench) -> None:
    """Poll what is due, and publish, until there is nothing to do."""
    while True:
        await _tick(instance, bench.database)
        await to_thread.run_sync(bench.until, "SELECT count(*) FROM procrastinate_jobs", 0)
        if not await to_thread.run_sync(bench.ask, LEFT):
            return


# --- the queue itself ----------------------------------------------------------------------------


async def _queue(bench: Bench) -> None:
    used: dict[str, list[tuple[float, float]]] = {"without": [], "by way of the queue": []}
    with _opened(bench) as instance:
        tools = instance.tools
        async with network(tools.config) as net:
            embedded = Embedded(tools, net, Workplace(instance.lock))
            bench.news()
            await embedded.tick()  # everything is new: another matter
            async with queued.at_work(tools, net, 16) as scheduler:

                async def by_queue() -> None:
                    await scheduler.tick()
                    await to_thread.run_sync(bench.until, POLLED, 0)
                    while pipeline.waiting_channels(tools):
                        await scheduler.tick()
                        await anyio.sleep(1)

                for _ in range(2):
                    for name, work in (("without", embedded.tick), (list(used)[1], by_queue)):
                        bench.news()
                        before = cpu_of(os.getpid(), but=bench.server), cpu_of(bench.server)
                        await work()
                        after = cpu_of(os.getpid(), but=bench.server), cpu_of(bench.server)
                        used[name].append((after[0] - before[0], after[1] - before[1]))
    print(f"\nms of processor a poll with one new item, over {bench.feeds} feeds, publishing too")
    print("                      ours  database")
    for name, runs in used.items():
        ours, theirs = (1000 * min(each) / bench.feeds for each in zip(*runs, strict=True))
        print(f"{name:20} {ours:6.1f} {theirs:9.1f}")


# --- with much stored ----------------------------------------------------------------------------

PHASES = ("which are due", "polling", "publishing")
ROUNDS = 3


async def _stores(sizes: Sequence[tuple[int, int]], feeds: int) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    used: list[list[list[Used]]] = []  # by store, round, phase
    with ExitStack() as opened:
        stores = []
        for items, others in sizes:
            bench = opened.enter_context(_bench(feeds, others - feeds))
            stores.append((bench, opened.enter_context(_opened(bench))))
            _fill(*stores[-1], items, others)
            used.append([])
        for _ in range(ROUNDS + 1):
            for (bench, instance), rounds in zip(stores, used, strict=True):
                rounds.append([each async for each in _tick_of(bench, instance.tools)])
    print(f"\nms of processor a tick of {feeds} feeds with one new item each: ours + database")
    print(f"{'':24}" + "".join(f"{items:>12,} items {others:>8,} feeds" for items, others in sizes))
    for number, phase in enumerate(PHASES):
        # The first round is of feeds that are new: another matter.
        best = [min((one[number] for one in rounds[1:]), key=sum) for rounds in used]
        line = "".join(
            f"{ours:15.0f} + {theirs:5.0f} {(ours + theirs) / sum(best[0]):7.2f}"
            for ours, theirs in best
        )
        print(f"{phase:20}{line}")


Used = tuple[float, float]  # ms of processor: ours, the database's


def _fill(bench: Bench, instance: Instance, items: int, feeds: int) -> None:
    """An instance that has been there for years."""
    began = time.monotonic()
    pipeline.publish_changed(instance.tools)  # with nothing in it: its files are there
    now_us = microseconds(instance.tools.now())
    details = Packed().process_bind_param({}, make_url("postgresql://").get_dialect()()) or b""

    def watch(doing: str) -> None:
        print(f"{time.monotonic() - began:7.0f} s  {doing}", file=sys.stderr)

    stocked.fill(bench.database, items, feeds, now_us, details, watch)


async def _tick_of(bench: Bench, tools: pipeline.Tools) -> AsyncIterator[Used]:
    """What each phase of a tick costs."""
    bench.news()
    async with network(tools.config) as net:
        before = _used(bench)
        for _ in range(10):
            due = await to_thread.run_sync(jobs.chosen, tools)
        before, (ours, theirs) = _since(before, bench)
        yield ours / 10, theirs / 10
        polled = await pipeline.cycle(tools, net, due)
        before, spent = _since(before, bench)
        if len(polled) != bench.feeds or not all(one.recorded.new for one in polled):
            sys.exit(f"{len(polled)} polls of {bench.feeds}, or one without news")
        yield spent
        await to_thread.run_sync(watcher.look, tools)
        await to_thread.run_sync(pipeline.publish_changed, tools)
        yield _since(before, bench)[1]


def _used(bench: Bench) -> Used:
    return 1000 * time.process_time(), 1000 * cpu_of(bench.server)


def _since(before: Used, bench: Bench) -> tuple[Used, Used]:
    now = _used(bench)
    return now, (now[0] - before[0], now[1] - before[1])


if __name__ == "__main__":
    main()
