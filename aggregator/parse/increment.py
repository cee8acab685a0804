"""Entries that were read before are cut out of a document before it is read again.

A feed repeats what it said: of thirty entries one is new. Each entry is known by its *mark*, a
digest of its bytes and of everything around it that reading it depends on. Marks of entries that
are stored are kept with the feed; what bears one of them need not be read again.

A document is taken apart only where that is sure to change nothing: well formed as a whole, its
entries side by side in one element. All others are read whole. A new mark means that bytes changed,
not that there is news: who judges what was read decides on that.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from aggregator import __version__

MARK_BYTES = 8  # an entry of a feed takes another's place once in 10^17
# Around entries, what reading them depends on: whose they are and in which language.
AROUND = frozenset(("language", "author"))
# Inside entries, what changes without being read: how often an entry was commented on.
COUNTERS = frozenset(("comments", "total", "commentcount"))
# Of a feed: its content, and what it is about.
_CONTENT = frozenset(("content", "encoded", "body", "fullitem"))
_ABOUT = frozenset(("summary", "description", "media:description"))
_COUNTING = frozenset(
    (
        "http://purl.org/rss/1.0/modules/slash/",
        "http://purl.org/syndication/thread/1.0",
    )
)


@dataclass(slots=True)
class _Range:
    """The bytes of an entry."""

    start: int
    end: int = 0
    counters: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class Ranges:
    """Where the entries of a document are, and what is around them; filled in while looking."""

    entries: list[_Range] = field(default_factory=list)
    around: list[object] = field(default_factory=list)
    parent: int | None = None  # first byte of the element that all entries are in
    apart: bool = True  # whether the entries can be told apart
    summarised: bool = False  # the feed has a summary

    def open_entry(self, start: int, ancestors: Sequence[tuple[int, object]]) -> None:
        """An entry starts.

        Args:
            start: its first byte.
            ancestors: first byte and start tag of each element it is in, the outermost first.
        """
        parent = ancestors[-1][0] if ancestors else -1
        if self.parent is None:
            self.parent = parent
            self.around += [said for _, said in ancestors]
        elif parent != self.parent:  # or it is inside another entry
            self.apart = False
        self.entries.append(_Range(start))

    def close_entry(self, start: int, end: int) -> None:
        """The entry ends that started last.

        Args:
            start: first byte of its end tag.
            end: the byte after it.
        """
        last = self.entries[-1]
        last.end = end
        if start == last.start:  # <item/>, whose end cannot be told
            self.apart = False

    def outside(self, name: str) -> None:
        """An element ends that is in no entry.

        A feed that has content, or tells once more what it is about after a summary, has feedparser
        read its first entry otherwise than all others.
        """
        if name in _CONTENT or (self.summarised and name in _ABOUT):
            self.apart = False
        self.summarised = self.summarised or name == "summary"

    def marks(self, document: bytes, salt: str) -> tuple[bytes, ...]:
        """The mark of each entry; none where the entries cannot be told apart.

        Args:
            document: the bytes that the ranges are of.
            salt: what else reading depends on.
        """
        if not self.apart or not self.entries:
            return ()
        said = repr((__version__, salt, self.around)).encode("utf-8", "backslashreplace")
        start = blake2b(said, digest_size=MARK_BYTES)
        found = []
        for entry in self.entries:
            digest = start.copy()
            for piece in _less(document, entry):
                digest.update(piece)
            found.append(digest.digest())
        return tuple(found)


def counts(namespace: str, name: str) -> bool:
    """Whether an element of an entry only counts what readers do."""
    return name in COUNTERS and namespace in _COUNTING


def seen_places(marks: Sequence[bytes], seen: Collection[bytes]) -> list[int]:
    """Which entries of a document, from 0, bear a mark that was seen."""
    return [place for place, mark in enumerate(marks) if mark in seen]


def split(marks: bytes) -> frozenset[bytes]:
    """Marks as they are kept with a feed, one after the other."""
    return frozenset(
        marks[start : start + MARK_BYTES] for start in range(0, len(marks), MARK_BYTES)
    )


def _less(document: bytes, entry: _Range) -> Iterator[bytes]:
    """The bytes of an entry without its counters."""
    position = entry.start
    for start, end in entry.counters:
        yield document[position:start]
        position = end
    yield document[position : entry.end]
