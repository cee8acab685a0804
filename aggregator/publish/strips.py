"""Documents as strips: a stretch of bytes for each item, between a head and a tail.

A published document is its own cache. With it is kept where each item's strip lies in it (see
`Seams`), so that the next version is made of the strips of the last one, as the bytes they are,
and of new ones only for what is new or changed.

An item's strip depends on the item, on the edition, and on what its feeds are called. It depends on
nothing that stands around it: so a document that is made of old strips equals one that is made anew.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple, Protocol
from zlib import crc32

from aggregator.publish.mould import Mould
from aggregator.publish.piece import Piece
from aggregator.values.item import Item

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)


class Told(Protocol):
    """What the head of a document needs to know of each item in it."""

    @property
    def updated(self) -> datetime:
        """When it changed last."""

    @property
    def language(self) -> str | None:
        """The language it declares."""


class Strip(NamedTuple):
    """What of a document shows one item, and what the rest of the document must know of it.

    A cycle cuts a hundred thousand, and a tuple is made in a quarter of the time.
    """

    number: int  # of the item
    body: bytes
    published_s: int  # seconds since 1970: most are cut and laid again without being looked at
    updated_s: int
    language: str | None
    names: tuple[int, ...]  # what its feeds are called, in short: see `name_of`

    @property
    def published(self) -> datetime:
        """When the item was published, to the second."""
        return _EPOCH + timedelta(seconds=self.published_s)

    @property
    def updated(self) -> datetime:
        """When it changed last, to the second."""
        return _EPOCH + timedelta(seconds=self.updated_s)


Part = bytes | Strip
"""Of a document: a strip, or what stands between strips."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a document is made of strips."""

    path: str
    numbers: tuple[int, ...]  # of the items in it, in this order
    make: Callable[[Mould], bytes]
    bind: Callable[[Sequence[Strip]], list[Part]]
    like: str  # the document whose last version has the same strips: mostly itself
    recurring: bool = True  # whether there will be a next version, so that seams are worth keeping


def strip(item: Item, shown: Piece, body: bytes) -> Strip:
    """The strip of an item.

    Args:
        item: what is shown.
        shown: the same as a piece.
        body: its bytes in a document.
    """
    published, updated = seconds_of(shown.published), seconds_of(shown.updated)
    return Strip(item.number, body, published, updated, shown.language, names_of(item))


def poured(mould: Mould, body: bytes) -> Strip:
    """The same from a mould of the item."""
    return Strip(
        mould.number, body, mould.published_s, mould.updated_s, mould.language, mould.names
    )


def seconds_of(when: datetime) -> int:
    """Whole seconds since 1970 of an aware time."""
    return (when - _EPOCH) // _SECOND


def names_of(item: Item) -> tuple[int, ...]:
    """What the feeds of an item are called, in short, each once."""
    names = {name_of(source.feed, source.feed_title, source.feed_home) for source in item.sources}
    return tuple(sorted(names))


@lru_cache(maxsize=4096)
def name_of(url: str, title: str | None, home: str | None) -> int:
    """What a feed is called, in short: another when its title or home is."""
    return crc32(repr((url, title, home)).encode("utf-8", "surrogatepass"))


def joined(strips: Sequence[Strip], head: bytes, tail: bytes, joint: bytes = b"") -> list[Part]:
    """The parts of a document whose strips follow each other.

    Args:
        joint: what stands between two.
    """
    if not joint or not strips:
        return [head, *strips, tail]
    parts: list[Part] = [head]
    for one in strips:
        parts += (one, joint)
    parts[-1] = tail
    return parts


def body_of(parts: Iterable[Part]) -> bytes:
    """The document."""
    return b"".join([part.body if isinstance(part, Strip) else part for part in parts])
