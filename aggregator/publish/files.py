"""Published files: written whole or not at all, and only when their bytes change.

Whoever serves the folder meets the old file or the new one, never a part. Files are written by the
batch: all are filled, as temporary files in a hidden folder of the same root; the disk is waited
for; they are renamed over the old ones; the disk is waited for to remember the names. A file
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
from pathlib import Path

from aggregator.errors import Unusable
from aggregator.publish import disk
from aggregator.publish.squeeze import CODINGS, holds, squeezed
from aggregator.values.output import Output

_STEPS_OUT = frozenset(("", ".", ".."))
_UNFINISHED = ".publishing"  # folder below the root; what lies in it is nobody's but ours


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as an outlet (see `outlet`); whatever serves it answers from it."""

    root: Path
    at_once: int = 2  # one is filled while the disk is waited for with another
    together: int = 32

    def write(self, output: Output) -> bool:
        """Publish a file; True when its bytes changed.

        Raises:
            Unusable: the folder cannot be written; what was published before is still whole.
        """
        return bool(self.write_all([output]))

    def write_all(self, outputs: Iterable[Output]) -> frozenset[str]:
        """Publish files; the paths of those whose bytes changed.

        Raises:
            Unusable: the folder cannot be written; each file is still as it was, or is published.
        """
        changed = set()
        batch = _Batch(self.root)
        path = "files"
        try:
            for output in outputs:
                path = output.path
                target = _below(self.root, path)
                if not disk.holds(target, output.body):
                    changed.add(path)
                    batch.add(target, {**_forms(output), "": output.body}, time.time_ns())
                elif not _has_whole_forms(target, output):
                    batch.add(target, _forms(output), disk.modified_ns(target) or 0)
            batch.publish()
        except OSError as error:
            raise _unusable(self.root, path, error) from error
        finally:
            batch.clear()
        return frozenset(changed)

    def read(self, path: str) -> bytes | None:
        """A published file; None when there is none.

        Raises:
            Unusable: it cannot be read, or would lie outside of the folder.
        """
        target = _below(self.root, path)
        with _explained(self.root, path):
            return disk.read(target)

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
            return disk.modified_ns(target)

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
                    if not age_s or time.time() - left.stat().st_ctime >= age_s:
                        left.unlink()


class _Batch:
    """Files that are to take the places of others."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._unfinished = f"{root}/{_UNFINISHED}"
        # Others may publish just now, of which each may be number 1 in a container of its own.
        self._owner = f"{os.uname().nodename}-{os.getpid()}-{threading.get_ident()}"
        self._folders: set[str] = set()  # that are there
        self._changed: set[str] = set()  # folders that got other names in them
        self._filled: dict[str, str] = {}  # temporary files, and where they belong
        self._gone: list[str] = []

    def add(self, target: str, forms: Mapping[str, bytes | None], modified_ns: int) -> None:
        """Fill new forms of a file, by suffix; they will be renamed in this order."""
        self._make_folder(target.rpartition("/")[0])
        self._make_folder(self._unfinished)
        for suffix, body in forms.items():
            form = target + suffix
            if body is None:
                self._gone.append(form)
                continue
            temporary = f"{self._unfinished}/{len(self._filled)}{suffix}.{self._owner}"
            self._filled[temporary] = form
            disk.fill(temporary, body, modified_ns)

    def publish(self) -> None:
        """Put the files in their places."""
        forms = (*self._gone, *self._filled.values())
        changed = self._changed.union(form.rpartition("/")[0] for form in forms)
        form = f"{self._root}/files"  # what cannot be published, should it come to that
        try:
            if self._filled:
                disk.settle(self._unfinished, self._filled)
            for form in self._gone:
                disk.discard(form)
            for temporary, form in tuple(self._filled.items()):
                disk.rename(temporary, form)
                del self._filled[temporary]
            if changed:
                disk.settle(self._root, changed)
        except OSError as error:
            raise _unusable(self._root, form.removeprefix(f"{self._root}/"), error) from error

    def clear(self) -> None:
        """Take away what was not put in its place."""
        for temporary in self._filled:
            with suppress(OSError):  # it is swept later
                disk.discard(temporary)

    def _make_folder(self, folder: str) -> None:
        if folder in self._folders:
            return
        if not os.path.isdir(folder):  # noqa: PTH112  pathlib takes three times as long
            if folder == self._root:
                Path(folder).mkdir(parents=True, exist_ok=True)
            else:
                self._make_folder(folder.rpartition("/")[0])
                Path(folder).mkdir(exist_ok=True)
            self._changed.add(folder.rpartition("/")[0] or ".")
        self._folders.add(folder)


def _below(root: Path, path: str) -> str:
    """The file that a path means, when it stays below the root.

    Raises:
        Unusable: it does not. Slugs are checked where they are read; this is the second lock.
    """
    plain = _STEPS_OUT.isdisjoint(path.split("/")) and "\0" not in path
    if not plain or not _is_inside(str(root), path.rpartition("/")[0]):
        raise Unusable(f"cannot publish {path!r}: it would lie outside {root}")
    return f"{root}/{path}"


@lru_cache(maxsize=4096)
def _is_inside(root: str, folder: str) -> bool:
    """Whether no link leads from the folder out of the root; asked once a process."""
    if not folder:
        return True
    if not os.path.islink(f"{root}/{folder}"):  # noqa: PTH114  pathlib takes three times as long
        return _is_inside(root, folder.rpartition("/")[0])
    whole = os.path.realpath(root)
    return os.path.commonpath((whole, os.path.realpath(f"{root}/{folder}"))) == whole


@contextmanager
def _explained(root: Path | str, path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unusable(root, path, error) from error


def _unusable(root: Path | str, path: str, error: OSError) -> Unusable:
    reason = error.strerror or type(error).__name__
    return Unusable(
        f"cannot publish {path} in {root}: {reason}. "
        "Check that the folder may be written and the disk has room; "
        "what was published before is still there."
    )


def _has_whole_forms(target: str, output: Output) -> bool:
    """Whether its compressed forms are what they would be made to: a power cut may spoil them."""
    forms = {coding: disk.read(target + coding.suffix) for coding in CODINGS.values()}
    if any(forms.values()):
        return all(form and holds(coding, form, output.body) for coding, form in forms.items())
    return not squeezed(output.path, output.body)


def _forms(output: Output) -> dict[str, bytes | None]:
    """The compressed forms of a file, by suffix; None: there is to be none."""
    made = squeezed(output.path, output.body)
    return {coding.suffix: made.get(name) for name, coding in CODINGS.items()}


def _remove(root: Path, target: str) -> None:
    if not disk.discard(target):
        return
    for coding in CODINGS.values():
        disk.discard(target + coding.suffix)
    for folder in Path(target).parents:
        if folder == root or not _removed_empty(folder):
            break


def _removed_empty(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError:  # not empty: there is more published in it
        return False
    return True
