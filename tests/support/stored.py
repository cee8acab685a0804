"""Recording and finding the entries of one document, as for a lot of one."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from aggregator.store import entries, known
from aggregator.values.item import Decision, Judged, Known, Prints, Recorded
from aggregator.values.tag import Tag


def record_one(
    session: Session,
    feed_id: int,
    decisions: Sequence[Decision],
    tags: Sequence[Sequence[Tag]],
    now: datetime,
) -> Recorded:
    """Record what was decided about one document."""
    (recorded,) = entries.record(session, [Judged(feed_id, decisions, tags)], now)
    return recorded


def known_to(
    session: Session,
    feed_id: int,
    prints: Sequence[Prints],
    *,
    since: datetime,
    worth: known.Worth = lambda *_: True,
) -> Known:
    """What the store holds that the entries of one document may be."""
    return known.known(session, {feed_id: prints}, since=since, worth=worth)[feed_id]
