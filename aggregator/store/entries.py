"""Entries: recording what was decided about those of a document."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never

import sqlalchemy as sa
from sqlmodel import Session, col, delete, select, update

from aggregator.store.rows import PRINT_NAMES, entry_columns, match_list, print_columns
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
    Decision,
    Duplicate,
    Entry,
    New,
    Prints,
    Revised,
    Seen,
)
from aggregator.values.tag import Tag

LABELS_ONLY = "labels"  # the reason of a revision that changed nothing else
FORGOTTEN_AT_ONCE = 500  # entries whose bands are deleted in one transaction; more is a long wait

# Made once: making a query costs more than asking it.
_ITEM, _ENTRY = table_of(ItemRow), table_of(EntryRow)
_ADD_ITEMS = sa.insert(_ITEM).returning(_ITEM.c.id, sort_by_parameter_order=True)
_ADD_ENTRIES = sa.insert(_ENTRY).returning(_ENTRY.c.id, sort_by_parameter_order=True)
_ADD_BANDS = sa.insert(table_of(BandRow))
_ADD_TAGS = sa.insert(table_of(EntryTagRow))
_ANY = sa.select(_ENTRY.c.id).where(_ENTRY.c.feed_id == sa.bindparam("feed")).limit(1)
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


@dataclass(frozen=True, slots=True)
class Recorded:
    """What recording one document came to."""

    new: int = 0  # items
    updated: int = 0  # items
    duplicates: int = 0  # entries that joined an item
    items: frozenset[int] = frozenset()  # whose tags, channels or words may have changed


def has_any(session: Session, feed_id: int) -> bool:
    """Whether the feed brought an entry before."""
    return session.execute(_ANY, {"feed": feed_id}).first() is not None


def record(
    session: Session,
    feed_id: int,
    decisions: Sequence[Decision],
    tags: Sequence[Sequence[Tag]],
    now: datetime,
) -> Recorded:
    """Store what was decided about the entries of one document.

    Args:
        feed_id: whose document it is.
        decisions: one for each entry, in document order.
        tags: of each entry, for those that are new or revised.
        now: aware UTC.
    """
    added: list[tuple[Entry, Prints, int, Sequence[Tag]]] = []
    revised: list[tuple[Revised, Sequence[Tag]]] = []
    fresh: list[tuple[New, Sequence[Tag]]] = []
    listed: list[int] = []  # prints of what retention removed, listed still
    for decision, entry_tags in zip(decisions, tags, strict=True):
        match decision:
            case New():
                fresh.append((decision, entry_tags))
            case Duplicate():
                added.append((decision.entry, decision.prints, decision.of.item_id, entry_tags))
            case Revised():
                revised.append((decision, entry_tags))
            case Seen(known=None, prints=prints):
                listed.extend(_some((prints.guid, prints.link, prints.title)))
            case Seen(known=known_entry, prints=prints):
                if known_entry is not None and _moved(known_entry.prints, prints):
                    _reprint(session, known_entry.id, prints)
            case _:
                assert_never(decision)
    duplicates = len(added)
    # Documents list the newest entry first: the oldest gets the lowest number.
    fresh.reverse()
    numbers = _add_items(session, [decision for decision, _ in fresh], now)
    added.extend(
        (decision.entry, decision.prints, number, entry_tags)
        for (decision, entry_tags), number in zip(fresh, numbers, strict=True)
    )
    _add_entries(session, feed_id, added, now)
    _date_back(session, [one for one in decisions if isinstance(one, Duplicate)], now)
    for decision, entry_tags in revised:
        _revise(session, decision, entry_tags, now)
    _keep_tombstones(session, feed_id, listed, now)
    return Recorded(
        new=len(fresh),
        updated=len({decision.known.item_id for decision, _ in revised}),
        duplicates=duplicates,
        items=frozenset(
            {item_id for _, _, item_id, _ in added}
            | {decision.known.item_id for decision, _ in revised}
        ),
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
    _add_tags(session, tags)


def _some(prints: Iterable[int | None]) -> list[int]:
    return [value for value in prints if value is not None]


def _keep_tombstones(session: Session, feed_id: int, listed: Sequence[int], now: datetime) -> None:
    for batch in in_batches(listed):
        session.execute(
            update(TombstoneRow)
            .where(col(TombstoneRow.feed_id) == feed_id, col(TombstoneRow.print).in_(batch))
            .values(seen=now)
        )


def _add_items(session: Session, fresh: Sequence[New], now: datetime) -> list[int]:
    if not fresh:
        return []
    uids = allot(session, [decision.prints for decision in fresh])
    entries = [decision.entry for decision in fresh]
    rows = [
        {
            "uid": uid,
            "url": entry.link,
            "title": entry.title,
            "published": entry.published,
            "updated": max(filter(None, (entry.published, entry.updated)), default=now),
            "at": entry.published or now,
        }
        for uid, entry in zip(uids, entries, strict=True)
    ]
    return list(session.execute(_ADD_ITEMS, rows).scalars())


def _add_entries(
    session: Session,
    feed_id: int,
    added: Sequence[tuple[Entry, Prints, int, Sequence[Tag]]],
    now: datetime,
) -> None:
    if not added:
        return
    rows: list[dict[str, Any]] = [
        {
            "feed_id": feed_id,
            "item_id": item_id,
            "first_seen": now,
            **entry_columns(entry, prints),
        }
        for entry, prints, item_id, _ in added
    ]
    numbers = list(session.execute(_ADD_ENTRIES, rows).scalars())
    _add_bands(
        session,
        [(number, prints.bands) for number, (_, prints, _, _) in zip(numbers, added, strict=True)],
        now,
    )
    _add_tags(
        session,
        [(number, tags) for number, (_, _, _, tags) in zip(numbers, added, strict=True)],
    )


def _date_back(session: Session, joined: Sequence[Duplicate], now: datetime) -> None:
    """Of entries that came in one cycle the earliest dates the item, whichever was stored first."""
    dated = [
        {"number": decision.of.item_id, "date": date}
        for decision in joined
        if decision.of.first_seen == now
        and (
            date := max(
                filter(None, (decision.entry.published, decision.entry.updated)), default=None
            )
        )
    ]
    if dated:
        session.connection().execute(_DATE_BACK, [{**row, "cycle": now} for row in dated])


def _add_bands(session: Session, bands: Sequence[tuple[int, Sequence[int]]], now: datetime) -> None:
    rows = [
        {"band": band, "entry_id": entry_id, "at": now}
        for entry_id, of_entry in bands
        for band in dict.fromkeys(of_entry)
    ]
    if rows:
        session.execute(_ADD_BANDS, rows)


def _add_tags(session: Session, tags: Sequence[tuple[int, Sequence[Tag]]]) -> None:
    rows = [
        {
            "entry_id": entry_id,
            "slug": tag.slug,
            "about": tag.about,
            "salience": tag.salience,
            "matches": [match_list(match) for match in tag.matches],
        }
        for entry_id, of_entry in tags
        for tag in of_entry
    ]
    if rows:
        session.execute(_ADD_TAGS, rows)


def _moved(old: Prints, new: Prints) -> bool:
    """Whether a known entry has to be looked up differently from now on."""
    return (old.guid, old.link, old.title, old.digest) != (
        new.guid,
        new.link,
        new.title,
        new.digest,
    )


def _reprint(session: Session, entry_id: int, prints: Prints) -> None:
    session.connection().execute(_REPRINT, {"number": entry_id, **print_columns(prints)})


def _revise(session: Session, decision: Revised, tags: Sequence[Tag], now: datetime) -> None:
    """The entry says something else now; its item's `updated` moves, by the feed's word or ours.

    Another label of the publisher may bring a tag, but is no news: nothing moves.
    """
    entry, known_entry = decision.entry, decision.known
    session.execute(
        update(EntryRow)
        .where(col(EntryRow.id) == known_entry.id)
        .values(entry_columns(entry, decision.prints))
    )
    session.execute(delete(BandRow).where(col(BandRow.entry_id) == known_entry.id))
    _add_bands(session, [(known_entry.id, decision.prints.bands)], known_entry.first_seen)
    save_tags(session, [(known_entry.id, tags)])
    if known_entry.title and entry.title != known_entry.title:
        session.add(HeadlineRow(item_id=known_entry.item_id, title=known_entry.title, until=now))
    if decision.reason == LABELS_ONLY:
        return
    item = col(ItemRow.id) == known_entry.item_id
    before = session.execute(select(ItemRow.updated).where(item)).scalar_one()
    said = entry.updated
    moved = said if said is not None and before < said <= now else max(now, before)
    session.execute(update(ItemRow).where(item).values(updated=moved))
