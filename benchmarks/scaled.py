"""Several workers on one PostgreSQL: what each more brings, and what the queue costs.

    python -m benchmarks.scaled workers [--feeds 40] [--concurrency 1] [--workers 1 2 4]
    python -m benchmarks.scaled queue   [--feeds 100]

`workers`: every feed answers after 300 ms, so that waiting is most of the work, as on the internet.
The concurrency is low on purpose: all workers, the database and the publishers share this machine,
and what is measured is whether workers get in each other's way, not how many processors there are.
`queue`: processor time of a poll by way of the queue, beside the same polls without it.
PostgreSQL is started from a wheel; needs the packages of the tests.
"""

import argparse
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import anyio
import psycopg
from anyio import to_thread

from aggregator import pipeline, queued
from aggregator.instance import Instance, network
from aggregator.jobs import Embedded, Workplace
from benchmarks import publishers
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
    given = parser.parse_args()
    if given.which == "workers":
        with _bench(given.feeds) as bench:
            _workers(bench, given.workers, given.concurrency)
    else:
        with _bench(given.feeds) as bench:
            anyio.run(_queue, bench)


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
        self.tell("UPDATE feeds SET next_poll = NULL, fresh_until = NULL")

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
def _bench(feeds: int) -> Iterator[Bench]:
    ours, theirs = multiprocessing.Pipe()
    world = multiprocessing.Process(target=publishers.serve, args=(theirs, feeds), daemon=True)
    world.start()
    port = ours.recv()
    with (
        tempfile.TemporaryDirectory(prefix="aggregator-scaled-") as name,
        postgres_server() as here,
    ):
        folder = Path(name)
        (folder / "feeds.yaml").write_text(publishers.config(port, feeds))
        yield Bench(folder, here.database(), feeds, ours)
    world.kill()


# --- more workers ------------------------------------------------------------------------------


def _workers(bench: Bench, counts: Sequence[int], concurrency: int) -> None:
    rates: dict[int, list[float]] = {count: [] for count in counts}
    with _opened(bench) as instance:
        queued.prepare(instance.tools)
        # There and back; the better of both counts, as whatever else the machine does only hinders.
        for count in [*counts, *reversed(counts)]:
            rates[count].append(_rate(bench, instance, count, concurrency))
            print(f"{count} workers: {rates[count][-1]:.1f} polls/s", file=sys.stderr)
    print(f"\n{bench.feeds} feeds that answer after 300 ms, {concurrency} at once in each worker")
    print("workers  polls/s  times one worker   most there can be")
    first = max(rates[counts[0]])
    for count in counts:
        rate = max(rates[count])
        most = count * concurrency / publishers.DELAY_S
        print(f"{count:7} {rate:8.1f} {rate / first:17.2f} {most:18.1f}")


def _rate(bench: Bench, instance: Instance, count: int, concurrency: int) -> float:
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
        bench.news()
        bench.requests()
        anyio.run(_tick, instance, bench.database)
        bench.until(POLLED, 0)
        asked = bench.requests()
        if len(asked) != bench.feeds:
            sys.exit(f"{bench.feeds} feeds, {len(asked)} requests")
        # One more of each worker is on its way when the last one begins.
        return (len(asked) - count * concurrency) / (asked[-1] - asked[0])
    finally:
        bench.until("SELECT count(*) FROM procrastinate_jobs", 0)
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            process.wait()


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


if __name__ == "__main__":
    main()
