"""Files by the system's own calls: a cycle makes thousands, and pathlib costs more than the disk.

Whoever writes many files waits for the disk once: by syncfs(2), which costs a third of what fsync(2)
of each file does. It is used where it is known to last and to tell of errors: on Linux since 5.8, on
the common file systems of its own; elsewhere each file is flushed (docs/decisions/0022-batches.md).
"""

import ctypes
import os
import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache


def holds(path: str, body: bytes) -> bool:
    """Whether a file is there and has these very bytes; of another size it is not read."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        return os.fstat(descriptor).st_size == len(body) and _whole(descriptor) == body
    finally:
        os.close(descriptor)


def read(path: str) -> bytes | None:
    """A file; None when there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        return _whole(descriptor)
    finally:
        os.close(descriptor)


def modified_ns(path: str) -> int | None:
    """When a file was last changed; None when there is none."""
    try:
        return os.stat(path).st_mtime_ns
    except (FileNotFoundError, NotADirectoryError):
        return None


def fill(path: str, body: bytes, modified_ns: int) -> None:
    """Make a file of this, changed at this time; the disk is not waited for (see `settle`)."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        rest = memoryview(body)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.utime(descriptor, ns=(modified_ns, modified_ns))
    finally:
        os.close(descriptor)


def settle(folder: str, paths: Iterable[str]) -> None:
    """Wait until the disk has these files, and the names in these folders; all are in this folder."""
    if not _has_syncfs(folder):
        for path in paths:
            flush(path)
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if _C.syncfs(descriptor) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
    finally:
        os.close(descriptor)


def flush(path: str) -> None:
    """Wait until the disk has a file's bytes, or a folder's names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def rename(path: str, target: str) -> None:
    """Put a file in the place of another, in one step."""
    os.replace(path, target)


def discard(path: str) -> bool:
    """Take a file away; whether there was one."""
    with suppress(FileNotFoundError, NotADirectoryError):
        os.unlink(path)
        return True
    return False


def _whole(descriptor: int) -> bytes:
    """All that is left to read: the size first, as most files are read by one call."""
    parts = []
    size = os.fstat(descriptor).st_size + 1
    while part := os.read(descriptor, size):
        parts.append(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


@lru_cache(maxsize=16)
def _has_syncfs(folder: str) -> bool:
    """Whether syncfs does for files in this folder what fsync of each would do."""
    if sys.platform != "linux" or not hasattr(_C, "syncfs"):
        return False
    version = re.match(r"(\d+)\.(\d+)", os.uname().release)
    if version is None or (int(version[1]), int(version[2])) < _TELLS_ERRORS:
        return False
    about = ctypes.create_string_buffer(_STATFS_BYTES)
    found: int = _C.statfs(os.fsencode(folder), about)
    return found == 0 and ctypes.c_long.from_buffer(about).value in _LASTING


_C = ctypes.CDLL(None, use_errno=True)
_TELLS_ERRORS = (5, 8)
_STATFS_BYTES = 256  # more than the structure has; it begins with the type of the file system
_LASTING = {0xEF53, 0x58465342, 0x9123683E, 0x794C7630}  # ext4, xfs, btrfs, overlay: linux/magic.h
