"""Entries that were read before are cut out of a document before it is read again.

A feed repeats what it said: of thirty entries one is new. Each entry is known by its *mark*: a
digest of everything around it that reading it depends on, and one of its own bytes. Marks of entries
that are stored are kept with the feed; what bears one of them need not be read again. Most are not
even looked at (`excerpt`).

A document is taken apart only where that is sure to change nothing: well formed as a whole, its
entries side by side in one element. All others are read whole. A new mark means that bytes changed,
not that there is news: who judges what was read decides on that.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from aggregator import __version__
from aggregator.parse.excerpt import OWN_BYTES, PLAIN_COUNTERS, counters, own

_AROUND_BYTES = 8
# An entry of a feed takes another's place once in 10^17.
MARK_BYTES = _AROUND_BYTES + OWN_BYTES
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
    stands_for: bytes | None = None  # the digest of an entry that was left out


@dataclass(slots=True)
class Ranges:
    """Where the entries of a document are, and what is around them; filled in while looking."""

    entries: list[_Range] = field(default_factory=list)
    around: list[object] = field(default_factory=list)
    parent: int | None = None  # first byte of the element that all entries are in
    apart: bool = True  # whether the entries can be told apart
    summarised: bool = False  # the feed has a summary

    def open_entry(
        self,
        start: int,
        ancestors: Sequence[tuple[int, object]],
        stands_for: Sequence[bytes] | None = None,
    ) -> None:
        """An entry starts.

        Args:
            start: its first byte.
            ancestors: first byte and start tag of each element it is in, the outermost first.
            stands_for: digests of the entries that were left out in its place.
        """
        parent = ancestors[-1][0] if ancestors else -1
        if self.parent is None:
            self.parent = parent
            self.around += [said for _, said in ancestors]
        elif parent != self.parent:  # or it is inside another entry
            self.apart = False
        self.entries += [_Range(start, stands_for=digest) for digest in stands_for or (None,)]

    def close_entry(self, start: int, end: int) -> None:
        """The entry ends that started last.

        Args:
            start: first byte of its end tag.
            end: the byte after it.
        """
        last = self.entries[-1]
        if start == last.start:  # <item/>, whose end cannot be told
            self.apart = False
        for entry in reversed(self.entries):  # those that it stands for
            if entry.start < last.start:
                break
            entry.end = end

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
        around = blake2b(said, digest_size=_AROUND_BYTES).digest()
        return tuple(around + (entry.stands_for or _own(document, entry)) for entry in self.entries)


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


def own_digests(marks: Collection[bytes]) -> frozenset[bytes]:
    """Of the entries' own bytes, out of their marks."""
    return frozenset(mark[_AROUND_BYTES:] for mark in marks)


def _own(document: bytes, entry: _Range) -> bytes:
    """The digest of an entry's own bytes, less its counters."""
    said = document[entry.start : entry.end]
    if not entry.counters:
        return own(said)
    if [at for at, _, _ in counters(said, PLAIN_COUNTERS)] == [
        at - entry.start for at, _ in entry.counters
    ]:
        return own(said, PLAIN_COUNTERS)
    # What looks like counters is none, or some look otherwise: none for `excerpt` to know again.
    digest = blake2b(digest_size=OWN_BYTES, person=b"counters")
    position = entry.start
    for start, end in entry.counters:
        digest.update(document[position:start])
        position = end
    digest.update(document[position : entry.end])
    return digest.digest()
