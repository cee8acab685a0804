"""What the store holds that the entries of a document may be.

Asked at every poll, so by few queries, each made once: making one costs more than asking it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from aggregator.store.rows import KNOWN_NAMES, known_of
from aggregator.store.sets import in_batches
from aggregator.store.tables import BandRow, EntryRow, PartingRow, TombstoneRow, table_of
from aggregator.values.item import Known, KnownEntry, Prints

MOST_OF_A_BAND = 60  # entries; a band that more share says nothing

_ENTRY, _BAND = table_of(EntryRow), table_of(BandRow)
_TOMBSTONE, _PARTING = table_of(TombstoneRow), table_of(PartingRow)
_FEED: sa.BindParameter[int] = sa.bindparam("feed")
_KEYS: sa.BindParameter[int] = sa.bindparam("keys", expanding=True)
_COLUMNS = [_ENTRY.c[name] for name in KNOWN_NAMES]
_MINE = tuple(
    sa.select(*_COLUMNS).where(_ENTRY.c.feed_id == _FEED, _ENTRY.c[name].in_(_KEYS))
    for name in ("guid_print", "link_print", "title_print")
)
_LINKED = sa.select(*_COLUMNS).where(_ENTRY.c.feed_id != _FEED, _ENTRY.c.link_print.in_(_KEYS))
_NUMBERED = sa.select(*_COLUMNS).where(_ENTRY.c.id.in_(_KEYS))
_EARLIEST = (
    sa.select(
        _BAND.c.entry_id,
        _BAND.c.band,
        sa.func.row_number().over(partition_by=_BAND.c.band, order_by=_BAND.c.at).label("place"),
    )
    .where(_BAND.c.band.in_(_KEYS), _BAND.c.at >= sa.bindparam("since", type_=_BAND.c.at.type))
    .subquery()
)
_SHARING = sa.select(_EARLIEST.c.entry_id, _EARLIEST.c.band).where(
    _EARLIEST.c.place <= MOST_OF_A_BAND
)
_REMOVED = sa.select(_TOMBSTONE.c.print).where(
    _TOMBSTONE.c.feed_id == _FEED, _TOMBSTONE.c.print.in_(_KEYS)
)
_PARTED = sa.select(_PARTING.c.item_id).where(_PARTING.c.feed_id == _FEED)
_SOURCE = (
    sa.select(_ENTRY.c.id).where(_ENTRY.c.item_id.in_(_KEYS), _ENTRY.c.feed_id == _FEED).limit(1)
)


def known(session: Session, feed_id: int, prints: Sequence[Prints], *, since: datetime) -> Known:
    """What the store holds that the entries of a document may be.

    The bands of what it returns are those that they share with the document.

    Args:
        feed_id: whose document it is.
        prints: of its entries.
        since: near-duplicates first seen before this are not looked for.
    """
    guids = [p.guid for p in prints if p.guid is not None]
    links = [p.link for p in prints if p.link is not None]
    titles = [p.title for p in prints if p.title is not None]
    sharing = _sharing(session, prints, since)
    found: dict[int, KnownEntry] = {}

    def find(query: sa.Select[tuple[object, ...]], keys: Iterable[int]) -> None:
        for batch in in_batches(keys):
            for row in session.execute(query, {"feed": feed_id, "keys": batch}).mappings():
                number = row["id"]
                found[number] = known_of(row, tuple(sharing.get(number, ())))

    for query, keys in zip(_MINE, (guids, links, titles), strict=True):
        find(query, keys)
    find(_LINKED, links)
    find(_NUMBERED, sharing.keys() - found.keys())
    entries = [found[number] for number in sorted(found)]
    return Known(
        mine=tuple(entry for entry in entries if entry.feed_id == feed_id),
        others=tuple(entry for entry in entries if entry.feed_id != feed_id),
        tombstones=_tombstones(session, feed_id, {*guids, *links, *titles}),
        parted=frozenset(session.execute(_PARTED, {"feed": feed_id}).scalars()),
    )


def share_no_item(session: Session, feed_id: int, others: Sequence[KnownEntry]) -> bool:
    """Whether this feed is no source yet of any item that these entries of other feeds are of."""
    return not any(
        session.execute(_SOURCE, {"feed": feed_id, "keys": batch}).first()
        for batch in in_batches(other.item_id for other in others)
    )


def _sharing(
    session: Session, prints: Sequence[Prints], since: datetime
) -> Mapping[int, Sequence[int]]:
    """Entries first seen since then that share a band, and which; of a band of many, the earliest."""
    found: dict[int, list[int]] = defaultdict(list)
    for batch in in_batches(band for p in prints for band in p.bands):
        for number, band in session.execute(_SHARING, {"keys": batch, "since": since}):
            found[number].append(band)
    return found


def _tombstones(session: Session, feed_id: int, keys: Iterable[int]) -> frozenset[int]:
    found: set[int] = set()
    for batch in in_batches(keys):
        found.update(session.execute(_REMOVED, {"feed": feed_id, "keys": batch}).scalars())
    return frozenset(found)
