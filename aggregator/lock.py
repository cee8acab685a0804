"""Keeps two processes from working on one instance at the same time."""

import fcntl
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import anyio

from aggregator.errors import Busy, Unusable

PATIENCE_S = 60.0  # a cycle of some hundred feeds is over by then
PAUSE_S = 0.1


@contextmanager
def alone(file: Path, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Hold the lock while the block runs; it falls with the process, however that ends.

    Args:
        file: made when missing, and left there.
        patience_s: how long to wait for another process.

    Raises:
        Busy: another process held it all the time; Unusable: the file cannot be made.
    """
    with _opened(file) as held:
        deadline = time.monotonic() + patience_s
        while not _taken(held):
            _check(file, patience_s, deadline)
            time.sleep(PAUSE_S)
        yield


@asynccontextmanager
async def alone_async(file: Path, patience_s: float = PATIENCE_S) -> AsyncIterator[None]:
    """The same for a block that awaits."""
    with _opened(file) as held:
        deadline = time.monotonic() + patience_s
        while not _taken(held):
            _check(file, patience_s, deadline)
            await anyio.sleep(PAUSE_S)
        yield


@contextmanager
def _opened(file: Path) -> Iterator[int]:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        held = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise Unusable(f"{file}: cannot be written: {error.strerror}") from error
    try:
        yield held
    finally:
        os.close(held)


def _taken(held: int) -> bool:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _check(file: Path, patience_s: float, deadline: float) -> None:
    if time.monotonic() > deadline:
        raise Busy(
            f"another aggregator has been at work in {file.parent.parent} for "
            f"{patience_s:.0f} s: wait for it, or stop it"
        )
