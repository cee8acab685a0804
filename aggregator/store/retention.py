"""Forgetting what is older than `keep.items`, so that it neither stays nor comes back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, delete, insert, select, update

from aggregator.store.outputs import mark_stale
from aggregator.store.sets import in_batches
from aggregator.store.tables import (
    AppearanceRow,
    CorrectionRow,
    EntryRow,
    FeedRow,
    ItemRow,
    PartingRow,
    TombstoneRow,
)


def forget(session: Session, before: datetime, now: datetime, *, limit: int) -> int:
    """Remove the oldest items with all that belongs to them; returns how many.

    An item is old by its date, its last revision and its last source alike, and one that an editor
    had to do with is never removed. Each entry leaves a tombstone, so that a feed that lists it
    still brings nothing new.

    Args:
        before: items of this time or later stay.
        now: aware UTC.
        limit: at most so many.
    """
    numbers = _old(session, before, limit)
    for batch in in_batches(numbers):
        row = AppearanceRow
        shown = select(row.channel, row.at, row.item_id).where(col(row.item_id).in_(batch))
        mark_stale(session, session.exec(shown).all())
        _bury(session, batch, now)
        session.execute(delete(EntryRow).where(col(EntryRow.item_id).in_(batch)))
        session.execute(delete(ItemRow).where(col(ItemRow.id).in_(batch)))
    return len(numbers)


def prune_tombstones(session: Session, before: datetime) -> int:
    """Remove tombstones of what a feed has not listed since, though it brought newer things.

    Args:
        before: tombstones that were seen at this time or later stay.
    """
    newer = sa.exists().where(
        col(EntryRow.feed_id) == col(TombstoneRow.feed_id),
        col(EntryRow.first_seen) > before,
    )
    done = session.execute(delete(TombstoneRow).where(col(TombstoneRow.seen) < before, newer))
    return int(done.rowcount)  # type: ignore[attr-defined] # of a statement that deletes


def _old(session: Session, before: datetime, limit: int) -> Sequence[int]:
    number = col(ItemRow.id)
    by_editors = [
        sa.exists().where(col(row.item_id) == number) for row in (CorrectionRow, PartingRow)
    ]
    carried_later = sa.exists().where(
        col(EntryRow.item_id) == number, col(EntryRow.first_seen) >= before
    )
    query = (
        sa.select(number)
        .where(
            col(ItemRow.at) < before,
            col(ItemRow.updated) < before,
            ~carried_later,
            *(~found for found in by_editors),
        )
        .order_by(col(ItemRow.at), number)
        .limit(limit)
    )
    return session.execute(query).scalars().all()


def _bury(session: Session, numbers: Sequence[int], now: datetime) -> None:
    """Leave tombstones for each entry, of all that may tell it."""
    row = EntryRow
    prints = (col(row.guid_print), col(row.link_print), col(row.title_print))
    query = sa.select(col(row.feed_id), *prints).where(col(row.item_id).in_(numbers))
    wanted: set[tuple[int, int]] = set()
    feeds: set[int] = set()
    for feed, *told_by in session.execute(query):
        feeds.add(feed)
        wanted.update((feed, value) for value in told_by if value is not None)
    there = {
        (feed, value)
        for batch in in_batches(value for _, value in wanted)
        for feed, value in session.execute(
            sa.select(col(TombstoneRow.feed_id), col(TombstoneRow.print)).where(
                col(TombstoneRow.print).in_(batch)
            )
        )
    }
    rows: list[dict[str, Any]] = [
        {"feed_id": feed, "print": value, "seen": now} for feed, value in sorted(wanted - there)
    ]
    if rows:
        session.execute(insert(TombstoneRow), rows)
    for batch in in_batches(feeds):
        # What is left of these feeds' documents is read whole once, to see what they list still.
        session.execute(update(FeedRow).where(col(FeedRow.id).in_(batch)).values(marks=None))
