"""`file:` feeds: local documents below the instance's folder."""

import os
import stat
from pathlib import Path
from urllib.parse import unquote, urlsplit

from aggregator.values.feed import Failed, Fetched, NotModified, Validators


def is_file(address: str) -> bool:
    """Whether an address names a local file."""
    return address[:5].lower() == "file:"


def read(
    address: str, known: Validators | None, root: Path, max_bytes: int
) -> Fetched | NotModified | Failed:
    """What a `file:` feed holds, unless it is unchanged.

    Args:
        address: `file:` and a path, absolute or relative to `root`.
        known: of the last reading; the file's time of change and size stand in for an ETag.
        root: the instance's folder. The file has to lie below it, symbolic links followed.
        max_bytes: most that the file may hold.
    """
    try:
        content, etag = _content(_path(address, root), max_bytes + 1)
    except FileNotFoundError:
        return Failed("no such file")
    except PermissionError as error:
        return Failed(f"refused: {error.strerror or error}")
    except (OSError, ValueError, RuntimeError) as error:
        return Failed(f"the file cannot be read: {_why(error)}")
    if len(content) > max_bytes:
        return Failed(f"larger than {max_bytes} bytes")
    validators = Validators(address, etag=etag)
    if validators == known:
        return NotModified(validators)
    return Fetched(content, address, 200, None, validators)


def _path(address: str, root: Path) -> Path:
    """The file an address names.

    Raises:
        PermissionError: it lies outside the instance's folder, or on another machine.
    """
    parts = urlsplit(address)
    if parts.netloc not in {"", "localhost"}:
        raise PermissionError("a file: feed lies on this machine; write file:folder/name.xml")
    path = (root / unquote(parts.path)).resolve(strict=True)
    if not path.is_relative_to(root.resolve()):
        raise PermissionError("the file lies outside the instance's folder")
    return path


def _why(error: Exception) -> str:
    """What is wrong, without the paths that Python's own words may hold."""
    match error:
        case OSError():
            return error.strerror or type(error).__name__
        case RuntimeError():  # Python before 3.13
            return "its links go round in a circle"
        case _:
            return "its name is none"


def _content(path: Path, most: int) -> tuple[bytes, str]:
    """Up to `most` bytes of a regular file, and what tells its versions apart."""
    # Without O_NONBLOCK, opening a named pipe would wait for somebody to write to it.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise PermissionError("not a regular file")
        return file.read(most), f"{status.st_mtime_ns}-{status.st_size}"
