"""Published files in memory, each as long as the file on disk is still the one that was read."""

import os
import stat
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import Final, TypeAlias

from aggregator.publish.squeeze import CODINGS, SQUEEZED, Coding, holds, is_compressible
from aggregator.web.headers import ALWAYS, PAGES
from aggregator.web.negotiation import IDENTITY

Headers: TypeAlias = list[tuple[bytes, bytes]]

MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".gif": "image/gif",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".opml": "text/x-opml; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
    "atom.xml": "application/atom+xml; charset=utf-8",
    "feed.json": "application/feed+json",
    "rss.xml": "application/rss+xml; charset=utf-8",
}
"""By the whole name, else by its suffix."""

BROWSED: Final[Mapping[str, bytes]] = dict.fromkeys(
    ("atom.xml", "rss.xml"), b"text/xml; charset=utf-8"
)
"""What a browser is told of a feed: under its own type Chromium shows bare text, without style.

The bytes are the same, so Vary does not name Accept: a cache between need not keep a copy for each
way of asking, and one that mixes them up takes away no more than the style.
"""

Stamp: TypeAlias = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Representation:
    """A file in one coding, with all that is sent before it."""

    body: bytes
    etag: bytes
    headers: Headers  # of a 200; to be copied, since middleware may add to what it is given
    shown: Headers  # the same to a browser: see BROWSED
    unchanged: Headers  # of a 304 (RFC 9110 §15.4.5)


@dataclass(frozen=True, slots=True)
class Published:
    """A file as it was read."""

    stamp: Stamp
    modified: datetime  # aware UTC, whole seconds, as Last-Modified can say it
    codings: Mapping[str, Representation]  # `identity` always

    @property
    def size(self) -> int:
        """Bytes of memory its bodies take."""
        return sum(len(representation.body) for representation in self.codings.values())


class Shelf:
    """The files used last, up to a number of bytes; `path` is always one that exists below root."""

    def __init__(
        self, root: Path, *, max_age: Callable[[str], timedelta], capacity_bytes: int
    ) -> None:
        """An empty shelf.

        Args:
            root: the folder of published files.
            max_age: how long the file of a path may be used without asking again.
            capacity_bytes: of all bodies together; a file read last is kept even if it is larger.
        """
        self._root = root
        self._max_age = max_age
        self._capacity_bytes = capacity_bytes
        self._size_bytes = 0
        self._files: OrderedDict[str, Published] = OrderedDict()

    def held(self, path: str) -> Published | None:
        """The file, if it is in memory and still the one on disk; costs one stat, never a read.

        Raises:
            OSError: it is not on disk any more.
        """
        published = self._files.get(path)
        if published is None:
            return None
        try:
            state = os.stat(f"{self._root}/{path}")  # noqa: PTH116 a Path costs more than the stat
        except OSError:
            self._size_bytes -= self._files.pop(path).size
            raise
        if _stamp(state) != published.stamp:
            return None
        self._files.move_to_end(path)
        return published

    def again(self, path: str, stamp: Stamp, coding: str | None) -> bytes | None:
        """The body of a file once more; None when it is not held, or not the one of this stamp.

        Args:
            path: as for `held`.
            stamp: of the file that was served.
            coding: of the body that is wanted; None for an empty one, as of a 304.
        """
        try:
            published = self.held(path)
        except OSError:
            return None
        if published is None or published.stamp != stamp:
            return None
        return published.codings[coding].body if coding else b""

    def read(self, path: str) -> Published | None:
        """Read a file from disk; None if it lies outside of root or is no regular file. Blocks.

        Raises:
            OSError: it cannot be read.
        """
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
        return self._published(path, body, state)

    def keep(self, path: str, published: Published) -> None:
        """Put a file on the shelf, and take off those not used for longest."""
        before = self._files.pop(path, None)
        self._size_bytes += published.size - (before.size if before else 0)
        self._files[path] = published
        while self._size_bytes > self._capacity_bytes and len(self._files) > 1:
            _, oldest = self._files.popitem(last=False)
            self._size_bytes -= oldest.size

    def _published(self, path: str, body: bytes, state: os.stat_result) -> Published:
        bodies = {IDENTITY: body, **self._coded(path, body)}
        modified = datetime.fromtimestamp(int(state.st_mtime), UTC)
        digest = blake2b(body, digest_size=12).hexdigest()
        return Published(
            stamp=_stamp(state),
            modified=modified,
            codings={
                coding: self._representation(path, coding, coded, digest, modified)
                for coding, coded in bodies.items()
            },
        )

    def _coded(self, path: str, body: bytes) -> dict[str, bytes]:
        """The body in every coding that is smaller: as published if of this very body, else made."""
        if not is_compressible(path, body):
            return {}
        forms = {
            name: self._ready(path, coding, body) or coding.compress(body)
            for name, coding in CODINGS.items()
        }
        return {name: form for name, form in forms.items() if len(form) < len(body)}

    def _ready(self, path: str, coding: Coding, body: bytes) -> bytes | None:
        try:
            coded = Path(f"{self._root}/{path}{coding.suffix}").read_bytes()
        except OSError:
            return None
        return coded if holds(coding, coded, body) else None

    def _representation(
        self, path: str, coding: str, body: bytes, digest: str, modified: datetime
    ) -> Representation:
        name, suffix = PurePosixPath(path).name, PurePosixPath(path).suffix
        media_type = MEDIA_TYPES.get(name) or MEDIA_TYPES.get(suffix, "application/octet-stream")
        mark = "" if coding == IDENTITY else f"-{coding}"
        seconds = int(self._max_age(path).total_seconds())
        etag = f'"{digest}{mark}"'.encode()
        lasting = [
            (b"etag", etag),
            (b"last-modified", format_datetime(modified, usegmt=True).encode()),
            (b"cache-control", f"public, max-age={seconds}".encode()),
        ]
        if suffix not in SQUEEZED:
            lasting.append((b"vary", b"Accept-Encoding"))
        content_type = (b"content-type", media_type.encode())
        headers = [
            (b"content-length", str(len(body)).encode()),
            *lasting,
            *(PAGES if suffix == ".html" else ALWAYS),
        ]
        if coding != IDENTITY:
            headers.append((b"content-encoding", coding.encode()))
        browsed = (b"content-type", BROWSED.get(name, media_type.encode()))
        return Representation(
            body=body,
            etag=etag,
            headers=[content_type, *headers],
            shown=[browsed, *headers],
            unchanged=lasting,
        )


def _stamp(state: os.stat_result) -> Stamp:
    """What differs between a file and the one that replaces it."""
    return (state.st_mtime_ns, state.st_size, state.st_ino, state.st_dev)
