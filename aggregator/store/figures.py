"""What the editors' desk tells of a feed: how much it brings, and how much of that is tagged."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import BigInteger, case, exists, type_coerce
from sqlmodel import Session, col, func, select

from aggregator.store.items import DAY_US
from aggregator.store.tables import EPOCH, EntryRow, FeedRow, ItemRow, ItemTagRow


@dataclass(slots=True)
class Figures:
    """Of one feed, over a number of days."""

    days: dict[date, int] = field(default_factory=dict)  # entries of each day with any (UTC)
    entries: int = 0
    tagged: int = 0  # entries whose item has a tag


def figures(session: Session, since: datetime) -> dict[str, Figures]:
    """Of every feed that is a source of an item of this time or later, by its address."""
    day = type_coerce(col(ItemRow.at), BigInteger) // DAY_US
    has_tag = exists().where(col(ItemTagRow.item_id) == col(ItemRow.id))
    query = (
        select(FeedRow.url, day, func.count(), func.sum(case((has_tag, 1), else_=0)))
        .join(EntryRow, col(EntryRow.feed_id) == col(FeedRow.id))
        .join(ItemRow, col(ItemRow.id) == col(EntryRow.item_id))
        .where(col(ItemRow.at) >= since)
        .group_by(col(FeedRow.url), day)
    )
    found: dict[str, Figures] = defaultdict(Figures)
    for url, number, count, tagged in session.execute(query):
        feed = found[url]
        feed.days[(EPOCH + timedelta(days=int(number))).date()] = count
        feed.entries += count
        feed.tagged += int(tagged)
    return found
