"""Published files: written whole or not at all, and only when their bytes change.

Whoever serves the folder meets the old file or the new one, never a part: a temporary file, in a
hidden folder of the same root, is filled, flushed to the disk and renamed over the old one. A file
that would get the same bytes keeps its time of modification, on which Last-Modified rests.

Beside a file stand its compressed forms, with its time of modification. They are renamed before
it: cut off in between, the file still has its old bytes and everything is written again.
"""

import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from aggregator.errors import Unusable
from aggregator.publish.squeeze import CODINGS, holds, squeezed
from aggregator.values.output import Output

_UNFINISHED = ".publishing"  # folder below the root; what lies in it is nobody's but ours


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as an outlet (see `outlet`); whatever serves it answers from it."""

    root: Path
    at_once: int = 8  # they wait for the disk, which likes to be asked for much at once

    def write(self, output: Output) -> bool:
        """Publish a file; True when its bytes changed.

        Raises:
            Unusable: the folder cannot be written; what was published before is still whole.
        """
        target = _below(self.root, output.path)
        with _explained(self.root, output.path):
            if _read(target) == output.body:
                if not _has_whole_forms(target, output):
                    _replace(self.root, target, _forms(output), target.stat().st_mtime_ns)
                return False
            _make_folder(target.parent, self.root)
            _replace(self.root, target, {**_forms(output), "": output.body}, time.time_ns())
        return True

    def read(self, path: str) -> bytes | None:
        """A published file; None when there is none.

        Raises:
            Unusable: it cannot be read, or would lie outside of the folder.
        """
        target = _below(self.root, path)
        with _explained(self.root, path):
            return _read(target)

    def last(self, path: str) -> bytes | None:
        """The same: to read it is quick."""
        return self.read(path)

    def mark(self, path: str) -> int | None:
        """The time a published file was last changed, in ns; None when there is none.

        Raises:
            Unusable: the folder cannot be read.
        """
        target = _below(self.root, path)
        with _explained(self.root, path):
            try:
                return target.stat().st_mtime_ns
            except (FileNotFoundError, NotADirectoryError):
                return None

    def remove(self, paths: Iterable[str]) -> None:
        """Take published files away, and folders that are empty then; it is fine if there is none.

        Raises:
            Unusable: the folder cannot be written.
        """
        for path in paths:
            target = _below(self.root, path)
            with _explained(self.root, path):
                _remove(self.root, target)

    def sweep(self, age_s: float = 0) -> None:
        """Remove what a kill in the middle of `write` left behind so many seconds ago, or more.

        Zero is for a process that alone publishes to the folder.

        Raises:
            Unusable: the folder cannot be written.
        """
        with _explained(self.root, "."):
            for left in (self.root / _UNFINISHED).glob("*"):
                with suppress(FileNotFoundError):  # its owner lives, and was just done
                    # When it came to be: its time of modification is that of the file it is for.
                    if time.time() - left.stat().st_ctime >= age_s:
                        left.unlink()


def _below(root: Path, path: str) -> Path:
    """The file that a path means, when it stays below the root.

    Raises:
        Unusable: it does not. Slugs are checked where they are read; this is the second lock.
    """
    steps = path.split("/")
    plain = all(step not in ("", ".", "..") and "\0" not in step for step in steps)
    target = root / PurePosixPath(*steps)
    if not plain or not _is_inside(root, target.parent):
        raise Unusable(f"cannot publish {path!r}: it would lie outside {root}")
    return target


@lru_cache(maxsize=4096)
def _is_inside(root: Path, folder: Path) -> bool:
    """Whether no link leads from the folder out of the root; asked once a process."""
    return folder.resolve().is_relative_to(root.resolve())


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


def _form(target: Path, suffix: str) -> Path:
    return target.with_name(target.name + suffix)


def _has_whole_forms(target: Path, output: Output) -> bool:
    """Whether its compressed forms are what they would be made to: a power cut may spoil them."""
    forms = {coding: _read(_form(target, coding.suffix)) for coding in CODINGS.values()}
    if any(forms.values()):
        return all(form and holds(coding, form, output.body) for coding, form in forms.items())
    return not squeezed(output.path, output.body)


def _forms(output: Output) -> dict[str, bytes | None]:
    """The compressed forms of a file, by suffix; None: there is to be none."""
    made = squeezed(output.path, output.body)
    return {coding.suffix: made.get(name) for name, coding in CODINGS.items()}


def _read(target: Path) -> bytes | None:
    try:
        return target.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _remove(root: Path, target: Path) -> None:
    try:
        target.unlink()
    except (FileNotFoundError, NotADirectoryError):
        return
    for coding in CODINGS.values():
        _form(target, coding.suffix).unlink(missing_ok=True)
    for folder in target.parents:
        if folder == root or not _removed_empty(folder):
            break


def _make_folder(folder: Path, root: Path) -> None:
    """Make the folder, and see to it that it outlives a loss of power."""
    if folder.is_dir():
        return
    if folder != root:
        _make_folder(folder.parent, root)
    folder.mkdir(exist_ok=True, parents=folder == root)
    _flush(folder.parent)


def _replace(root: Path, target: Path, forms: Mapping[str, bytes | None], modified_ns: int) -> None:
    """Put new forms of a file, by suffix, in the place of the old ones, in this order."""
    folder = root / _UNFINISHED
    folder.mkdir(exist_ok=True)
    # Others may publish just now, of which each may be number 1 in a container of its own.
    owner = f"{os.uname().nodename}-{os.getpid()}-{threading.get_ident()}"
    temporary = {suffix: folder / f"{target.name}{suffix}.{owner}" for suffix in forms}
    try:
        for suffix, body in forms.items():
            if body is not None:
                # What is compressed can be made again, so the disk is not waited for.
                _fill(temporary[suffix], body, modified_ns, lasting=suffix == "")
        for suffix, body in forms.items():
            if body is not None:
                temporary[suffix].replace(_form(target, suffix))
            else:
                _form(target, suffix).unlink(missing_ok=True)
    except BaseException:
        for left in temporary.values():
            left.unlink(missing_ok=True)
        raise
    _flush(target.parent)


def _fill(temporary: Path, body: bytes, modified_ns: int, *, lasting: bool) -> None:
    """Make a file of this; by the system's own calls, as a cycle makes thousands."""
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        rest = memoryview(body)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.utime(descriptor, ns=(modified_ns, modified_ns))
        if lasting:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
