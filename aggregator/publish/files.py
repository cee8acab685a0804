"""Published files: written whole or not at all, and only when their bytes change.

Whoever serves the folder meets the old file or the new one, never a part: a temporary file in the
same folder is filled, flushed to the disk and renamed over the old one. A file that would get the
same bytes keeps its time of modification, on which Last-Modified rests.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from aggregator.errors import Unusable
from aggregator.values.output import Output

_TEMPORARY = ".publishing"  # suffix; hidden files with it are nobody's but ours


def write(root: Path, output: Output) -> bool:
    """Publish a file below `root`; True when its bytes changed.

    Raises:
        Unusable: the folder cannot be written; what was published before is still whole.
    """
    target = _below(root, output.path)
    with _explained(root, output.path):
        if _read(target) == output.body:
            return False
        _make_folder(target.parent, root)
        _replace(target, output.body)
    return True


def remove(root: Path, path: str) -> bool:
    """Take a published file away, and folders that are empty then; True when it was there.

    Raises:
        Unusable: the folder cannot be written.
    """
    target = _below(root, path)
    with _explained(root, path):
        try:
            target.unlink()
        except (FileNotFoundError, NotADirectoryError):
            return False
        for folder in target.parents:
            if folder == root or not _removed_empty(folder):
                break
    return True


def sweep(root: Path) -> int:
    """Remove what a kill in the middle of `write` left behind; the number of files removed.

    Only for a process that alone publishes below `root`.

    Raises:
        Unusable: the folder cannot be written.
    """
    swept = 0
    with _explained(root, "."):
        for left in root.rglob(f".*{_TEMPORARY}"):
            left.unlink(missing_ok=True)
            swept += 1
    return swept


def _below(root: Path, path: str) -> Path:
    """The file that a path means, when it stays below the root.

    Raises:
        Unusable: it does not. Slugs are checked where they are read; this is the second lock.
    """
    steps = path.split("/")
    plain = all(step not in ("", ".", "..") and "\0" not in step for step in steps)
    target = root / PurePosixPath(*steps)
    if not plain or not target.parent.resolve().is_relative_to(root.resolve()):
        raise Unusable(f"cannot publish {path!r}: it would lie outside {root}")
    return target


@contextmanager
def _explained(root: Path, path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unusable(
            f"cannot publish {path} in {root}: {reason}. "
            "Check that the folder may be written and the disk has room; "
            "what was published before is still there."
        ) from error


def _read(target: Path) -> bytes | None:
    try:
        return target.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _make_folder(folder: Path, root: Path) -> None:
    """Make the folder, and see to it that it outlives a loss of power."""
    if folder.is_dir():
        return
    if folder != root:
        _make_folder(folder.parent, root)
    folder.mkdir(exist_ok=True, parents=folder == root)
    _flush(folder.parent)


def _replace(target: Path, body: bytes) -> None:
    owner = f"{os.getpid()}-{threading.get_ident()}"  # others may publish the same file just now
    temporary = target.with_name(f".{target.name}.{owner}{_TEMPORARY}")
    try:
        with temporary.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _flush(target.parent)


def _flush(folder: Path) -> None:
    """Make the disk remember the folder's names."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _removed_empty(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError:  # not empty: there is more published in it
        return False
    return True
