"""An editor parts a wrong merge: one source of an item becomes an item of its own."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select, update

from aggregator.errors import NotParted
from aggregator.store.items import by_id
from aggregator.store.tables import EntryRow, FeedRow, ItemRow, PartingRow
from aggregator.urls import without_credentials
from aggregator.values.item import Item, Source


@dataclass(frozen=True, slots=True)
class Parted:
    """Two items that were one; both are to be refreshed."""

    rest: int  # number of the item that was there
    item: int  # number of the one made of the parted source
    item_id: str  # its permanent id


def part(session: Session, uid: str, feed: str, now: datetime) -> Parted:
    """Make an item of what one feed said of an item, and remember that it was parted.

    The old item keeps its id, its earlier headlines and the verdicts of editors, even when its
    lead leaves; then the source that was next leads, and `updated` moves, as readers see other
    words. From now on no entry of this feed joins the old item, and none of the feeds that stay
    joins the new one.

    Args:
        uid: permanent id of the item.
        feed: address as in feeds.yaml, with or without its credentials.
        now: aware UTC.

    Raises:
        NoSuchItem: no item has this id.
        NotParted: the feed is no source of the item, or its only one.
    """
    item = by_id(session, uid)
    leaving = [source for source in item.sources if feed in _names(source)]
    staying = [source for source in item.sources if feed not in _names(source)]
    if not leaving or not staying:
        raise NotParted(_why_not(item, feed))
    made = _item_of(leaving, now)
    session.add(made)
    session.flush()
    number = made.id or 0
    session.execute(
        update(EntryRow)
        .where(col(EntryRow.id).in_([source.id for source in leaving]))
        .values(item_id=number)
    )
    if item.lead in leaving:
        session.execute(update(ItemRow).where(col(ItemRow.id) == item.number).values(updated=now))
    _remember(session, item.number, {source.feed for source in leaving})
    _remember(session, number, {source.feed for source in staying})
    return Parted(item.number, number, made.uid)


def _item_of(sources: list[Source], now: datetime) -> ItemRow:
    """A new item of these sources; the words follow when it is refreshed."""
    lead = sources[0].entry
    return ItemRow(
        uid=uuid.uuid4().urn,
        updated=max(filter(None, (lead.published, lead.updated)), default=now),
        at=lead.published or sources[0].first_seen,
    )


def _remember(session: Session, number: int, feeds: set[str]) -> None:
    ids = session.exec(select(FeedRow.id).where(col(FeedRow.url).in_(feeds)))
    session.add_all(PartingRow(feed_id=found or 0, item_id=number) for found in ids)
    session.flush()


def _names(source: Source) -> tuple[str, str]:
    """A source's feed as in feeds.yaml, and as `items` shows it."""
    return source.feed, without_credentials(source.feed)


def _why_not(item: Item, feed: str) -> str:
    shown = without_credentials(feed)
    if all(feed in _names(source) for source in item.sources):
        return f"{item.id}: {shown} is its only source, so there is nothing to part"
    carriers = ", ".join(dict.fromkeys(without_credentials(s.feed) for s in item.sources))
    return f"{item.id}: {shown} is no source of it; these are: {carriers}"
