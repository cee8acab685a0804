"""Where the web server has published files from: a folder, which it can ask at every request."""

import errno
import os
import stat
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol

from aggregator.publish.squeeze import CODINGS, is_compressible


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was read."""

    body: bytes
    stamp: Hashable  # another when the file is another
    modified: datetime  # aware UTC, whole seconds, as Last-Modified can say it
    forms: Mapping[str, bytes]  # what lies ready, by coding; to be checked


class Origin(Protocol):
    """Files by their paths; `path` is always one that is for all."""

    def stamp(self, path: str) -> Hashable | None:
        """The stamp of the file as it is now, told without waiting; None when that takes a `read`.

        Raises:
            OSError: there is no such file, or it cannot be reached.
        """

    def read(self, path: str, known: Hashable | None) -> File | Literal["same"] | None:
        """Read a file; None when there is none. Blocks.

        Args:
            path: of the file.
            known: the stamp of the file that is in memory: it need not be read if it is the same.

        Raises:
            OSError: the file cannot be read; Unusable: nothing can.
        """


class FolderOrigin:
    """The files below a folder, which need not exist yet."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def stamp(self, path: str) -> Hashable:
        """What differs between a file and the one that replaces it: one stat."""
        state = os.stat(f"{self._root}/{path}")  # noqa: PTH116 a Path costs more than the stat
        if stat.S_ISDIR(state.st_mode):
            raise FileNotFoundError(errno.ENOENT, "no file", path)
        return _stamp(state)

    def read(self, path: str, known: Hashable | None) -> File | None:  # noqa: ARG002
        """Read a file; None if it lies outside of the folder or is no regular file."""
        real = Path(os.path.realpath(self._root / path, strict=True))
        if not real.is_relative_to(os.path.realpath(self._root)):
            return None
        # O_NONBLOCK: opening a pipe that somebody left there must not wait for its writer.
        handle = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            state = os.fstat(handle)
            if not stat.S_ISREG(state.st_mode):
                return None
            body = file.read()
        modified = datetime.fromtimestamp(int(state.st_mtime), UTC)
        return File(body, _stamp(state), modified, self._forms(path, body))

    def _forms(self, path: str, body: bytes) -> dict[str, bytes]:
        if not is_compressible(path, body):
            return {}
        forms: dict[str, bytes] = {}
        for name, coding in CODINGS.items():
            try:
                forms[name] = Path(f"{self._root}/{path}{coding.suffix}").read_bytes()
            except OSError:
                continue
        return forms


def _stamp(state: os.stat_result) -> Hashable:
    return (state.st_mtime_ns, state.st_size, state.st_ino, state.st_dev)
