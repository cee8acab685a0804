"""What the store holds that the entries of documents may be.

Asked at every poll, for all documents of a lot together.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import TypeAlias

from sqlmodel import Session

from aggregator.store.keyed import Keyed, together
from aggregator.store.rows import KNOWN_NAMES, known_of, sketch_of
from aggregator.store.tables import microseconds
from aggregator.store.trips import Rows
from aggregator.values.item import Known, KnownEntry, Prints

MOST_OF_A_BAND = 60  # entries; a band that more share says nothing

_ENTRIES = (
    f"SELECT {', '.join(f'entries.{name}' for name in KNOWN_NAMES)} FROM keys CROSS JOIN entries"  # noqa: S608 (names of ours)
)
_MINE = tuple(
    Keyed(
        2,
        f"{_ENTRIES} WHERE entries.feed_id = keys.a AND entries.{name} = keys.b",
    )
    for name in ("guid_print", "link_print", "title_print")
)
_LINKED = Keyed(1, f"{_ENTRIES} WHERE entries.link_print = keys.a")
_NUMBERED = Keyed(1, f"{_ENTRIES} WHERE entries.id = keys.a")
# Numbers grow with time, so that the first in the order of the key are the earliest. How far they go
# is asked once for each band: asked for each row of it, a band that thousands share took seconds.
_SHARING = Keyed(
    2,
    ", asked AS MATERIALIZED (SELECT keys.a AS band, keys.b AS since, ("  # noqa: S608 (a number of ours)
    "SELECT bands.entry_id FROM bands WHERE bands.band = keys.a AND bands.at >= keys.b"
    f" ORDER BY bands.entry_id LIMIT 1 OFFSET {MOST_OF_A_BAND - 1}) AS last FROM keys)"
    " SELECT bands.band, bands.entry_id FROM asked CROSS JOIN bands"
    " WHERE bands.band = asked.band AND bands.at >= asked.since"
    f" AND bands.entry_id <= COALESCE(asked.last, {2**63 - 1})",
)
# Not together with the bands: PostgreSQL, as long as it knows little of them, would read all entries.
_SHORT = Keyed(
    1,
    "SELECT entries.id, entries.item_id, entries.feed_id, entries.sketch"
    " FROM keys CROSS JOIN entries WHERE entries.id = keys.a",
)
_REMOVING = Keyed(
    1,
    "SELECT feeds.id FROM keys CROSS JOIN feeds WHERE feeds.id = keys.a"
    " AND EXISTS (SELECT 1 FROM tombstones WHERE tombstones.feed_id = feeds.id)",
)
_REMOVED = Keyed(
    2,
    "SELECT tombstones.feed_id, tombstones.print FROM keys CROSS JOIN tombstones"
    " WHERE tombstones.feed_id = keys.a AND tombstones.print = keys.b",
)
_PARTED = Keyed(
    1,
    "SELECT partings.feed_id, partings.item_id FROM keys CROSS JOIN partings"
    " WHERE partings.feed_id = keys.a",
)
_SOURCES = Keyed(
    1,
    "SELECT entries.item_id, entries.feed_id FROM keys CROSS JOIN entries"
    " WHERE entries.item_id = keys.a",
)
_BRINGING = Keyed(
    1,
    "SELECT feeds.id FROM keys CROSS JOIN feeds WHERE feeds.id = keys.a"
    " AND EXISTS (SELECT 1 FROM entries WHERE entries.feed_id = feeds.id)",
)

Worth: TypeAlias = Callable[[Prints, int, int], bool]
"""Whether an entry is worth reading that shares this band with one of these prints, by its sketch."""


def known(
    session: Session,
    documents: Mapping[int, Sequence[Prints]],
    *,
    since: datetime,
    worth: Worth,
) -> dict[int, Known]:
    """What the store holds that the entries of each document may be, by the number of its feed.

    The bands of what it returns are those that they share with the document.

    Args:
        documents: prints of their entries, by the number of the feed.
        since: near-duplicates first seen before this are not looked for.
        worth: asked about entries of other feeds that share nothing but bands. Most of them share
            but a phrase. What belongs to an item of others that are read is read with them.
    """
    found = _Found(session, documents, since, worth)
    removed = _by_feed(_REMOVED.rows(session, _keys_of_removed(found.removing, documents)))
    parted = _by_feed(found.parted)
    return {
        feed: found.of(feed, prints, removed[feed], parted[feed])
        for feed, prints in documents.items()
    }


def sources(session: Session, entries: Iterable[KnownEntry]) -> set[tuple[int, int]]:
    """Which feeds are sources of the items of these entries: numbers of an item and a feed."""
    keys = ((entry.item_id,) for entry in entries)
    return {(item, feed) for item, feed in _SOURCES.rows(session, keys)}


def bringing(session: Session, feeds: Iterable[int]) -> set[int]:
    """Those of these feeds, by number, that brought an entry before."""
    return {feed for (feed,) in _BRINGING.rows(session, ((feed,) for feed in feeds))}


class _Short:
    """As much of a stored entry as tells whether to read all of it."""

    __slots__ = ("feed_id", "item_id", "sketch")

    def __init__(self, item_id: int, feed_id: int, sketch: bytes | None) -> None:
        self.item_id, self.feed_id, self.sketch = item_id, feed_id, sketch_of(sketch)


class _Found:
    """Stored entries that share a print or a band with any of the documents."""

    def __init__(
        self,
        session: Session,
        documents: Mapping[int, Sequence[Prints]],
        since: datetime,
        worth: Worth,
    ) -> None:
        every = [(feed, looks) for feed, prints in documents.items() for looks in prints]
        bands = ((band, microseconds(since)) for _, looks in every for band in looks.bands)
        guids = [(feed, looks.guid) for feed, looks in every if looks.guid is not None]
        links = [(feed, looks.link) for feed, looks in every if looks.link is not None]
        titles = [(feed, looks.title) for feed, looks in every if looks.title is not None]
        sharing, self.removing, self.parted, *entries = together(
            session,
            [
                (_SHARING, bands),
                (_REMOVING, [(feed,) for feed in documents]),
                (_PARTED, [(feed,) for feed in documents]),
                *zip(_MINE, (guids, links, titles), strict=True),
                (_LINKED, [(link,) for _, link in links]),
            ],
        )
        self.sharing: defaultdict[int, list[int]] = defaultdict(list)
        self.entries: dict[int, KnownEntry] = {}
        for rows in entries:
            self._keep(rows)
        for band, number in sharing:
            self.sharing[band].append(number)
        missing = {number for _, number in sharing} - self.entries.keys()
        others = {
            number: _Short(*short)
            for number, *short in _SHORT.rows(session, ((number,) for number in missing))
        }
        worthy = self._worthy(others, documents, worth)
        self._keep(_NUMBERED.rows(session, ((number,) for number in worthy)))
        self._index(documents.keys(), {link for _, link in links})

    def _keep(self, rows: Iterable[Sequence[object]]) -> None:
        for row in rows:
            entry = known_of(row)
            self.entries[entry.id] = entry

    def _worthy(
        self,
        others: Mapping[int, "_Short"],
        documents: Mapping[int, Sequence[Prints]],
        worth: Worth,
    ) -> set[int]:
        """Which of the others, that share nothing but bands, are to be read."""
        found: set[int] = set()
        for feed, looks in (
            (feed, looks) for feed, prints in documents.items() for looks in prints
        ):
            for band in self.sharing.keys() & looks.bands:
                for number in others.keys() & self.sharing[band]:
                    other = others[number]
                    if other.feed_id == feed or worth(looks, band, other.sketch):
                        found.add(number)
        items = {entry.item_id for entry in self.entries.values()}
        items.update(others[number].item_id for number in found)
        return found.union(number for number, other in others.items() if other.item_id in items)

    def _index(self, feeds: AbstractSet[int], links: AbstractSet[int]) -> None:
        """By what its own feed finds an entry, and by the link that any feed finds it by.

        As far as it is asked for: most entries are of other feeds, and share but a band.
        """
        self.mine: defaultdict[tuple[int, str, int], list[int]] = defaultdict(list)
        self.linked: defaultdict[int, list[int]] = defaultdict(list)
        for number, entry in self.entries.items():
            prints = entry.prints
            if entry.feed_id in feeds:
                for kind, value in _named(prints):
                    self.mine[entry.feed_id, kind, value].append(number)
            if prints.link is not None and prints.link in links:
                self.linked[prints.link].append(number)

    def of(
        self, feed: int, document: Sequence[Prints], removed: set[int], parted: set[int]
    ) -> Known:
        """What the entries of one document may be."""
        found: dict[int, dict[int, None]] = {}  # number: bands shared
        for looks in document:
            for kind, value in _named(looks):
                for number in self.mine.get((feed, kind, value), ()):
                    found.setdefault(number, {})
            if looks.link is not None:
                for number in self.linked.get(looks.link, ()):
                    found.setdefault(number, {})
            for band in self.sharing.keys() & looks.bands:
                for number in self.sharing[band]:
                    if number in self.entries:
                        found.setdefault(number, {})[band] = None
        entries = [self.entries[number].sharing(found[number]) for number in sorted(found)]
        return Known(
            mine=tuple(entry for entry in entries if entry.feed_id == feed),
            others=tuple(entry for entry in entries if entry.feed_id != feed),
            tombstones=frozenset(removed),
            parted=frozenset(parted),
        )


def _keys_of_removed(
    removing: Rows, documents: Mapping[int, Sequence[Prints]]
) -> Iterable[tuple[int, int]]:
    """What to look for among what retention removed: of most feeds, nothing."""
    for (feed,) in removing:
        for looks in documents[feed]:
            yield from ((feed, value) for _, value in _named(looks))


def _named(prints: Prints) -> Iterable[tuple[str, int]]:
    named = (("guid", prints.guid), ("link", prints.link), ("title", prints.title))
    return [(kind, value) for kind, value in named if value is not None]


def _by_feed(rows: Rows) -> defaultdict[int, set[int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    for feed, value in rows:
        found[feed].add(value)
    return found
