"""Entries: recording what was decided about those of a document."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, delete, select

from aggregator.store.bulk import Bulk, add, stored_json, stored_time
from aggregator.store.rows import (
    ENTRY_NAMES,
    PRINT_NAMES,
    entry_columns,
    entry_values,
    match_list,
    print_columns,
)
from aggregator.store.sets import in_batches
from aggregator.store.tables import (
    BandRow,
    EntryRow,
    EntryTagRow,
    HeadlineRow,
    ItemRow,
    TombstoneRow,
    table_of,
)
from aggregator.store.uids import allot
from aggregator.values.item import (
    UNSTORED,
    Duplicate,
    Entry,
    Judged,
    New,
    Prints,
    Recorded,
    Revised,
    Seen,
)
from aggregator.values.tag import Tag

LABELS_ONLY = "labels"  # the reason of a revision that changed nothing else
FORGOTTEN_AT_ONCE = 500  # entries whose bands are deleted in one transaction; more is a long wait

# Made once: making a query costs more than asking it.
_ITEM, _ENTRY, _TOMBSTONE = table_of(ItemRow), table_of(EntryRow), table_of(TombstoneRow)
_ITEMS = Bulk(ItemRow, ("id", "uid", "url", "title", "published", "updated", "at"))
_ENTRIES = Bulk(EntryRow, ("id", "feed_id", "item_id", "first_seen", *ENTRY_NAMES))
_BANDS = Bulk(BandRow, ("band", "entry_id", "at"))
_TAGS = Bulk(EntryTagRow, ("entry_id", "slug", "about", "salience", "matches"))
_ADD_HEADLINES = sa.insert(table_of(HeadlineRow))
_DATE_BACK = (
    sa.update(_ITEM)
    .where(
        _ITEM.c.id == sa.bindparam("number"),
        _ITEM.c.updated > sa.bindparam("date"),
        ~sa.exists().where(
            _ENTRY.c.item_id == _ITEM.c.id, _ENTRY.c.first_seen < sa.bindparam("cycle")
        ),
    )
    .values(updated=sa.bindparam("date"))
)
_REPRINT = (
    sa.update(_ENTRY)
    .where(_ENTRY.c.id == sa.bindparam("number"))
    .values({name: sa.bindparam(name) for name in PRINT_NAMES})
)
_REVISE = (
    sa.update(_ENTRY)
    .where(_ENTRY.c.id == sa.bindparam("number"))
    .values({name: sa.bindparam(name) for name in ENTRY_NAMES})
)
_MOVE = (
    sa.update(_ITEM)
    .where(_ITEM.c.id == sa.bindparam("number"))
    .values(updated=sa.bindparam("updated"))
)
_STILL_LISTED = (
    sa.update(_TOMBSTONE)
    .where(
        _TOMBSTONE.c.feed_id == sa.bindparam("feed"), _TOMBSTONE.c.print == sa.bindparam("listed")
    )
    .values(seen=sa.bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class _Added:
    """An entry to store."""

    feed_id: int
    entry: Entry
    prints: Prints
    item_id: int
    tags: Sequence[Tag]


def record(session: Session, lot: Sequence[Judged], now: datetime) -> list[Recorded]:
    """Store what was decided about the entries of documents.

    Args:
        lot: documents of different feeds.
        now: aware UTC.

    Returns:
        What each document came to, in order.
    """
    items = _add_items(session, lot, now)
    added = list(_to_add(lot, items))
    revised = [
        (decision, tags)
        for judged in lot
        for decision, tags in zip(judged.decisions, judged.tags, strict=True)
        if isinstance(decision, Revised)
    ]
    _add_entries(session, [one for of_one in added for one in of_one], now)
    _date_back(session, lot, items, now)
    _revise(session, revised, now)
    _reprint(session, lot)
    _keep_tombstones(session, lot, now)
    return [_told(judged, of_one) for judged, of_one in zip(lot, added, strict=True)]


class _Items(dict[int, int]):
    """Numbers of the items, where another stood for them until they were stored."""

    def __missing__(self, number: int) -> int:
        return number


def _told(judged: Judged, added: Sequence[_Added]) -> Recorded:
    kinds = Counter(map(type, judged.decisions))
    revised = {one.known.item_id for one in judged.decisions if isinstance(one, Revised)}
    return Recorded(
        new=kinds[New],
        updated=len(revised),
        duplicates=kinds[Duplicate],
        items=frozenset(revised.union(one.item_id for one in added)),
    )


def forget_bands(session: Session, before: datetime) -> None:
    """Delete bands of entries first seen before then, which nobody looks for any more.

    So the table is as large as the window, and looking up costs the same however much is stored.
    At most some at a time: they go as they come.
    """
    oldest = session.execute(
        select(BandRow.entry_id, BandRow.at).order_by(col(BandRow.entry_id)).limit(1)
    ).first()
    if oldest is not None and oldest.at < before:
        session.execute(
            delete(BandRow).where(
                col(BandRow.entry_id) < oldest.entry_id + FORGOTTEN_AT_ONCE,
                col(BandRow.at) < before,
            )
        )


def save_tags(session: Session, tags: Sequence[tuple[int, Sequence[Tag]]]) -> None:
    """Replace the rules' tags of entries, given as (entry, tags)."""
    for batch in in_batches(entry_id for entry_id, _ in tags):
        session.execute(delete(EntryTagRow).where(col(EntryTagRow.entry_id).in_(batch)))
    _TAGS.add(session, _tag_rows(tags))


def _add_items(session: Session, lot: Sequence[Judged], now: datetime) -> _Items:
    """Store new items; documents list the newest entry first, and the oldest gets the lowest number."""
    number = count(UNSTORED)
    founding = [
        founder
        for judged in lot
        for founder in reversed(
            [(next(number), one) for one in judged.decisions if isinstance(one, New)]
        )
    ]
    if not founding:
        return _Items()
    uids = allot(session, [decision.prints for _, decision in founding])
    numbers = _ITEMS.numbers(session, len(founding))
    rows = [
        (
            *(number, uid, entry.link, entry.title),
            stored_time(entry.published),
            stored_time(max(filter(None, (entry.published, entry.updated)), default=now)),
            stored_time(entry.published or now),
        )
        for number, uid, entry in zip(
            numbers, uids, (decision.entry for _, decision in founding), strict=True
        )
    ]
    _ITEMS.add(session, rows)
    return _Items(zip((number for number, _ in founding), numbers, strict=True))


def _to_add(lot: Sequence[Judged], items: _Items) -> Iterator[list[_Added]]:
    """Entries to store of each document: those that join an item, and those that are one."""
    unstored = count(UNSTORED)
    for judged in lot:
        joined: list[_Added] = []
        new: list[_Added] = []
        for decision, tags in zip(judged.decisions, judged.tags, strict=True):
            if isinstance(decision, Duplicate):
                number, found = items[decision.of.item_id], joined
            elif isinstance(decision, New):
                number, found = items[next(unstored)], new
            else:
                continue
            found.append(_Added(judged.feed_id, decision.entry, decision.prints, number, tags))
        yield [*joined, *reversed(new)]


def _add_entries(session: Session, added: Sequence[_Added], now: datetime) -> None:
    if not added:
        return
    numbers, seen = _ENTRIES.numbers(session, len(added)), stored_time(now)
    rows = [
        (number, one.feed_id, one.item_id, seen, *entry_values(one.entry, one.prints))
        for number, one in zip(numbers, added, strict=True)
    ]
    bands = [(number, one.prints.bands, now) for number, one in zip(numbers, added, strict=True)]
    tags = [(number, one.tags) for number, one in zip(numbers, added, strict=True)]
    add(session, [(_ENTRIES, rows), (_BANDS, _band_rows(bands)), (_TAGS, _tag_rows(tags))])


def _date_back(session: Session, lot: Sequence[Judged], items: _Items, now: datetime) -> None:
    """Of entries that came in one cycle the earliest dates the item, whichever was stored first."""
    dated = [
        {"number": items[decision.of.item_id], "date": date, "cycle": now}
        for judged in lot
        for decision in judged.decisions
        if isinstance(decision, Duplicate)
        and decision.of.first_seen == now
        and (
            date := max(
                filter(None, (decision.entry.published, decision.entry.updated)), default=None
            )
        )
    ]
    if dated:
        session.connection().execute(_DATE_BACK, dated)


def _band_rows(bands: Iterable[tuple[int, Sequence[int], datetime]]) -> list[tuple[Any, ...]]:
    """Bands of entries, given as (entry, bands, when it was first seen), in the order of the key.

    So each page of the table is written once, however many rows are put into it.
    """
    return sorted(
        [
            (band, entry_id, at)
            for entry_id, of_entry, seen in bands
            for at in (stored_time(seen),)
            for band in set(of_entry)
        ]
    )


def _tag_rows(tags: Iterable[tuple[int, Sequence[Tag]]]) -> list[tuple[Any, ...]]:
    """Tags of entries by rule, given as (entry, tags)."""
    return [
        (
            *(entry_id, tag.slug, tag.about, tag.salience),
            stored_json([match_list(match) for match in tag.matches]),
        )
        for entry_id, of_entry in tags
        for tag in of_entry
    ]


def _reprint(session: Session, lot: Iterable[Judged]) -> None:
    """Known entries that are looked up differently from now on."""
    rows = [
        {"number": decision.known.id, **print_columns(decision.prints)}
        for judged in lot
        for decision in judged.decisions
        if isinstance(decision, Seen)
        and decision.known is not None
        and not decision.known.prints.name_the_same(decision.prints)
    ]
    if rows:
        session.connection().execute(_REPRINT, rows)


def _keep_tombstones(session: Session, lot: Iterable[Judged], now: datetime) -> None:
    """What retention removed is listed still."""
    listed = {
        (judged.feed_id, name)
        for judged in lot
        for decision in judged.decisions
        if isinstance(decision, Seen) and decision.known is None
        for name in (decision.prints.guid, decision.prints.link, decision.prints.title)
        if name is not None
    }
    if listed:
        rows = [{"feed": feed, "listed": name, "now": now} for feed, name in sorted(listed)]
        session.connection().execute(_STILL_LISTED, rows)


def _revise(
    session: Session, revised: Sequence[tuple[Revised, Sequence[Tag]]], now: datetime
) -> None:
    """These entries say something else now."""
    if not revised:
        return
    decisions = [decision for decision, _ in revised]
    connection = session.connection()
    connection.execute(
        _REVISE,
        [{"number": one.known.id, **entry_columns(one.entry, one.prints)} for one in decisions],
    )
    for batch in in_batches(one.known.id for one in decisions):
        session.execute(delete(BandRow).where(col(BandRow.entry_id).in_(batch)))
    bands = [(one.known.id, one.prints.bands, one.known.first_seen) for one in decisions]
    _BANDS.add(session, _band_rows(bands))
    save_tags(session, [(decision.known.id, tags) for decision, tags in revised])
    headlines = [
        {"item_id": one.known.item_id, "title": one.known.title, "until": now}
        for one in decisions
        if one.known.title and one.entry.title != one.known.title
    ]
    if headlines:
        session.execute(_ADD_HEADLINES, headlines)
    _move(session, [one for one in decisions if one.reason != LABELS_ONLY], now)


def _move(session: Session, revised: Sequence[Revised], now: datetime) -> None:
    """Items of revised entries were updated, by the feed's word or now.

    Another label of the publisher may bring a tag, but is no news: for that nothing moves.
    """
    moved: dict[int, datetime] = {}
    for batch in in_batches(one.known.item_id for one in revised):
        query = select(ItemRow.id, ItemRow.updated).where(col(ItemRow.id).in_(batch))
        moved.update((number, updated) for number, updated in session.execute(query))
    for one in revised:
        before, said = moved[one.known.item_id], one.entry.updated
        by_its_word = said is not None and before < said <= now
        moved[one.known.item_id] = said if said and by_its_word else max(now, before)
    if moved:
        rows = [{"number": number, "updated": updated} for number, updated in moved.items()]
        session.connection().execute(_MOVE, rows)
