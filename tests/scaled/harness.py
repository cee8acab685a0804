"""A deployment of several processes on one PostgreSQL, run as plain processes."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.support.cli import aggregator, arguments, environment

PATIENCE_S = 120.0  # for a machine that many share


class Deployment:
    """An instance's folder, its database, and the processes that were started in it."""

    def __init__(self, folder: Path, database: str) -> None:
        """Take a folder with a feeds.yaml, and the address of an empty database."""
        self.folder = folder
        self.database = database
        self.environ = {"AGGREGATOR_DATABASE": database}  # of every process
        self.program = "aggregator"  # the module that is run
        self.processes: list[subprocess.Popen[bytes]] = []

    def address(self, serve: subprocess.Popen[bytes]) -> str:
        """Where a `serve` listens, once it does."""
        log = self.folder / f"log-{self.processes.index(serve)}-serve"
        eventually(lambda: '"address"' in log.read_text())
        return log.read_text().partition('"address": "')[2].partition('"')[0]

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a verb that goes on."""
        log = (self.folder / f"log-{len(self.processes)}-{words[0]}").open("wb")
        with log:
            process = subprocess.Popen(
                arguments(*words, program=self.program),
                cwd=self.folder,
                env=environment(self.environ),
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def run(self, *words: str) -> str:
        """Run a verb to its end; returns what it printed."""
        done = aggregator(self.folder, *words, environ=self.environ, program=self.program)
        assert done.code == 0, done.err
        return done.out

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with psycopg.connect(self.database) as connection:
            return connection.execute(query.encode()).fetchall()

    def tell(self, statement: str) -> None:
        """Change the database."""
        with psycopg.connect(self.database) as connection:
            connection.execute(statement.encode())

    def logs(self) -> str:
        """What every process said."""
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("log-*")))

    def stop(self) -> list[int]:
        """End every process in order; returns their exit codes."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        return [process.wait(PATIENCE_S) for process in self.processes]


@contextmanager
def deployed(folder: Path, database: str) -> Iterator[Deployment]:
    """A deployment, of which nothing runs on at the end."""
    deployment = Deployment(folder, database)
    try:
        yield deployment
    finally:
        for process in deployment.processes:
            if process.poll() is None:
                process.kill()
            process.wait()


def eventually(holds: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.1)


def kill(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """End processes as a power cut would."""
    for process in processes:
        process.kill()
        process.wait()
