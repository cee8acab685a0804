"""Published files in memory, each as long as the one published is still the one that was read."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from hashlib import blake2b
from pathlib import PurePosixPath
from typing import Final, TypeAlias

from aggregator.publish.media import cache_control, media_type
from aggregator.publish.squeeze import CODINGS, SQUEEZED, holds, is_compressible
from aggregator.web.headers import ALWAYS, PAGES
from aggregator.web.negotiation import IDENTITY
from aggregator.web.origin import File, Origin

Headers: TypeAlias = list[tuple[bytes, bytes]]

BROWSED: Final[Mapping[str, bytes]] = dict.fromkeys(
    ("atom.xml", "rss.xml"), b"text/xml; charset=utf-8"
)
"""What a browser is told of a feed: under its own type Chromium shows bare text, without style.

The bytes are the same, so Vary does not name Accept: a cache between need not keep a copy for each
way of asking, and one that mixes them up takes away no more than the style.
"""


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

    stamp: Hashable
    modified: datetime  # aware UTC, whole seconds, as Last-Modified can say it
    codings: Mapping[str, Representation]  # `identity` always

    @property
    def size(self) -> int:
        """Bytes of memory its bodies take."""
        return sum(len(representation.body) for representation in self.codings.values())


class Shelf:
    """The files used last, up to a number of bytes."""

    def __init__(
        self,
        origin: Origin,
        *,
        max_age: Callable[[str], timedelta],
        capacity_bytes: int,
        links: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        """An empty shelf.

        Args:
            origin: where the files are.
            max_age: how long the file of a path may be used without asking again.
            capacity_bytes: of all bodies together; a file read last is kept even if it is larger.
            links: what the file of a path says in Link.
        """
        self._origin = origin
        self._max_age = max_age
        self._links = links
        self._capacity_bytes = capacity_bytes
        self._size_bytes = 0
        self._files: OrderedDict[str, Published] = OrderedDict()

    def held(self, path: str) -> Published | None:
        """The file, if it is in memory and still the one published; never waits.

        Raises:
            OSError: it is published no more.
        """
        published = self._files.get(path)
        if published is None:
            return None
        try:
            stamp = self._origin.stamp(path)
        except OSError:
            self._size_bytes -= self._files.pop(path).size
            raise
        if stamp != published.stamp:
            return None
        self._files.move_to_end(path)
        return published

    def again(self, path: str, stamp: Hashable, coding: str | None) -> bytes | None:
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

    def look(self, path: str) -> None:
        """See whether there can be a file; never waits.

        Raises:
            OSError: there is none.
        """
        self._origin.stamp(path)

    def read(self, path: str) -> Published | None:
        """Read a file, unless the one in memory is the same; None when there is none. Blocks.

        Raises:
            OSError: it cannot be read; Unusable: nothing can.
        """
        held = self._files.get(path)
        found = self._origin.read(path, held.stamp if held else None)
        if found == "same":
            return held
        return None if found is None else self._published(path, found)

    def keep(self, path: str, published: Published) -> None:
        """Put a file on the shelf, and take off those not used for longest."""
        before = self._files.pop(path, None)
        self._size_bytes += published.size - (before.size if before else 0)
        self._files[path] = published
        while self._size_bytes > self._capacity_bytes and len(self._files) > 1:
            _, oldest = self._files.popitem(last=False)
            self._size_bytes -= oldest.size

    def _published(self, path: str, file: File) -> Published:
        bodies = {IDENTITY: file.body, **_coded(path, file)}
        digest = blake2b(file.body, digest_size=12).hexdigest()
        return Published(
            stamp=file.stamp,
            modified=file.modified,
            codings={
                coding: self._representation(path, coding, coded, digest, file.modified)
                for coding, coded in bodies.items()
            },
        )

    def _representation(
        self, path: str, coding: str, body: bytes, digest: str, modified: datetime
    ) -> Representation:
        name, suffix = PurePosixPath(path).name, PurePosixPath(path).suffix
        kind = media_type(path).encode()
        mark = "" if coding == IDENTITY else f"-{coding}"
        etag = f'"{digest}{mark}"'.encode()
        lasting = [
            (b"etag", etag),
            (b"last-modified", format_datetime(modified, usegmt=True).encode()),
            (b"cache-control", cache_control(self._max_age(path)).encode()),
        ]
        if suffix not in SQUEEZED:
            lasting.append((b"vary", b"Accept-Encoding"))
        content_type = (b"content-type", kind)
        headers = [
            (b"content-length", str(len(body)).encode()),
            *lasting,
            *(PAGES if suffix == ".html" else ALWAYS),
        ]
        if links := self._links(path):
            headers.append((b"link", links.encode("ascii")))
        if coding != IDENTITY:
            headers.append((b"content-encoding", coding.encode()))
        browsed = (b"content-type", BROWSED.get(name, kind))
        return Representation(
            body=body,
            etag=etag,
            headers=[content_type, *headers],
            shown=[browsed, *headers],
            unchanged=[*lasting, *ALWAYS],
        )


def _coded(path: str, file: File) -> dict[str, bytes]:
    """The body in every coding that is smaller: as it lies ready if of this very body, else made."""
    if not is_compressible(path, file.body):
        return {}
    forms = {}
    for name, coding in CODINGS.items():
        ready = file.forms.get(name)
        whole = ready is not None and holds(coding, ready, file.body)
        forms[name] = ready if ready and whole else coding.compress(file.body)
    return {name: form for name, form in forms.items() if len(form) < len(file.body)}
