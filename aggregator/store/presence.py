"""Who has a SQLite database open: many at a time, or one that replaces it."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aggregator.errors import Busy, Unusable

NAME = ".open"  # beside the database
PATIENCE_S = 30.0  # a restore is a copy of one file
PAUSE_S = 0.1


def arrive(database: Path, *, alone: bool = False) -> int:
    """Say that the database is in use from now on; it ends with `leave`, or with the process.

    Args:
        database: its file.
        alone: keep everybody else out meanwhile.

    Raises:
        Busy: it is being restored, or copied, or, for `alone`, in use; Unusable: the folder cannot
            be used.
    """
    held = _opened(database.with_name(NAME))
    if alone:
        if not _taken(held, fcntl.LOCK_EX):
            os.close(held)
            raise Busy(f"{database}: is in use; stop the service, then try again")
        return held
    deadline = time.monotonic() + PATIENCE_S
    while not _taken(held, fcntl.LOCK_SH):
        if time.monotonic() > deadline:
            os.close(held)
            raise Busy(f"{database}: is being restored or copied; try again when that is done")
        time.sleep(PAUSE_S)
    return held


def leave(held: int) -> None:
    """Say that the database is in use no more."""
    os.close(held)


@contextmanager
def nobody(database: Path) -> Iterator[None]:
    """Keep everybody out while the block runs.

    Raises:
        Busy: somebody has the database open.
    """
    held = arrive(database, alone=True)
    try:
        yield
    finally:
        leave(held)


def _opened(file: Path) -> int:
    try:
        if file.parent.is_symlink() and not file.parent.exists():
            raise Unusable(f"{file.parent}: leads to {file.parent.readlink()}, which is not there")
        file.parent.mkdir(parents=True, exist_ok=True)
        return os.open(file, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise Unusable(f"{file.parent}: cannot be used: {error.strerror}") from error


def _taken(held: int, how: int) -> bool:
    try:
        fcntl.flock(held, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
