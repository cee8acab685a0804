"""What is watched: how much came when, what is out of the ordinary, and whom to tell."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import BigInteger, type_coerce
from sqlmodel import Session, col, delete, func, insert, select, update

from aggregator.store.sets import in_batches
from aggregator.store.tables import (
    AppearanceRow,
    EntryRow,
    EventRow,
    FeedRow,
    ItemRow,
    ItemTagRow,
    LetterRow,
    WatchedRow,
)
from aggregator.values.watch import Event, Kind, Letter

HOUR_US = 3_600_000_000
KEPT = 500  # events


@dataclass(frozen=True, slots=True)
class Watched:
    """Something that is out of the ordinary."""

    subject: str  # "tag:sergei-lavrov", "feed:https://..."
    kind: Kind
    since: datetime
    told: str  # one line for people


def by_channel(session: Session, since: datetime) -> dict[str, dict[int, int]]:
    """Items by hour (from 1970 UTC) of every person and of everything, by channel key."""
    row = AppearanceRow
    hour = type_coerce(col(row.at), BigInteger) // HOUR_US
    query = (
        select(row.channel, hour, func.count())
        .where(
            col(row.at) >= since, sa.or_(col(row.channel) == "all", col(row.channel).like("tag:%"))
        )
        .group_by(col(row.channel), hour)
    )
    return _series(session.execute(query))


def by_feed(session: Session, since: datetime) -> dict[str, dict[int, int]]:
    """Items by hour (from 1970 UTC) of every feed, by its address as in feeds.yaml."""
    hour = type_coerce(col(ItemRow.at), BigInteger) // HOUR_US
    query = (
        select(FeedRow.url, hour, func.count(func.distinct(col(ItemRow.id))))
        .join(EntryRow, col(EntryRow.item_id) == col(ItemRow.id))
        .join(FeedRow, col(FeedRow.id) == col(EntryRow.feed_id))
        .where(col(ItemRow.at) >= since)
        .group_by(col(FeedRow.url), hour)
    )
    return _series(session.execute(query))


def _series(rows: Iterable[Sequence[object]]) -> dict[str, dict[int, int]]:
    series: dict[str, dict[int, int]] = defaultdict(dict)
    for name, hour, count in rows:
        series[str(name)][int(str(hour))] = int(str(count))
    return series


# --- what is out of the ordinary ---------------------------------------------------------------


def watched(session: Session) -> list[Watched]:
    """What is out of the ordinary, longest first."""
    return [
        Watched(row.subject, row.kind, row.since, row.told)  # type: ignore[arg-type]
        for row in session.exec(select(WatchedRow).order_by(col(WatchedRow.since)))
    ]


def begin(session: Session, found: Iterable[Watched]) -> None:
    """These are out of the ordinary from now on; of those that are already, keep the new words."""
    for one in found:
        session.merge(
            WatchedRow(subject=one.subject, kind=one.kind, since=one.since, told=one.told)
        )


def end(session: Session, over: Iterable[Watched]) -> None:
    """These are as usual again."""
    row = WatchedRow
    for one in over:
        session.execute(
            delete(row).where(col(row.subject) == one.subject, col(row.kind) == one.kind)
        )


def tell(session: Session, events: Sequence[Event]) -> None:
    """Keep events for those who follow them; the oldest make way."""
    names = ("at", "kind", "subject", "title", "text", "page")
    if events:
        rows = [{name: getattr(event, name) for name in names} for event in events]
        session.execute(insert(EventRow), rows)
        newest = select(func.max(EventRow.id)).scalar_subquery()
        session.execute(delete(EventRow).where(col(EventRow.id) <= newest - KEPT))


def events(session: Session, *, limit: int) -> list[Event]:
    """The newest events, newest first."""
    query = select(EventRow).order_by(col(EventRow.id).desc()).limit(limit)
    return [
        Event(row.kind, row.subject, row.at, row.title, row.text, row.page)  # type: ignore[arg-type]
        for row in session.exec(query)
    ]


# --- messages to webhooks ----------------------------------------------------------------------


def newest_item(session: Session) -> int:
    """The highest number of an item; 0 when there is none."""
    return session.exec(select(func.max(col(ItemRow.id)))).one() or 0


def new_with_tag(session: Session, slug: str, *, after: int, since: datetime) -> list[int]:
    """Numbers of items that arrived after this number, are of this time or later, and have a tag."""
    query = (
        select(ItemTagRow.item_id)
        .join(ItemRow, col(ItemRow.id) == col(ItemTagRow.item_id))
        .where(ItemTagRow.slug == slug, col(ItemTagRow.item_id) > after, col(ItemRow.at) >= since)
        .order_by(col(ItemTagRow.item_id))
    )
    return list(session.exec(query))


def post(session: Session, to: str, bodies: Sequence[str], now: datetime) -> None:
    """Put messages to a webhook on their way."""
    if bodies:
        rows = [{"to": to, "body": body, "since": now, "due": now, "tries": 0} for body in bodies]
        session.execute(insert(LetterRow), rows)


def has_due(session: Session, now: datetime) -> bool:
    """Whether a message is to be sent now."""
    return session.exec(select(LetterRow.id).where(col(LetterRow.due) <= now)).first() is not None


def take(session: Session, now: datetime, lease: timedelta, *, limit: int) -> list[Letter]:
    """Messages to be sent now, in their order; for so long nobody else takes them."""
    query = select(LetterRow).where(col(LetterRow.due) <= now).order_by(col(LetterRow.id))
    rows = session.exec(query.limit(limit)).all()
    letters = [Letter(row.id or 0, row.to, row.body, row.tries) for row in rows]
    hold(session, letters, now + lease)
    return letters


def hold(session: Session, letters: Sequence[Letter], until: datetime) -> None:
    """Whoever took these goes on with them; nobody else takes them until then."""
    _delay(session, [letter.number for letter in letters], until)


def _delay(session: Session, numbers: Sequence[int], until: datetime) -> None:
    row = LetterRow
    for batch in in_batches(numbers):
        session.execute(update(row).where(col(row.id).in_(batch)).values(due=until))


def waiting(session: Session) -> int:
    """How many messages are on their way."""
    return session.exec(select(func.count(col(LetterRow.id)))).one()


def done(session: Session, letter: Letter) -> None:
    """It was taken, or is given up."""
    session.execute(delete(LetterRow).where(col(LetterRow.id) == letter.number))


def postpone(session: Session, letter: Letter, behind: Sequence[Letter], until: datetime) -> None:
    """It was not taken; try again later, and those behind it to the same webhook not before."""
    row = LetterRow
    tried = col(row.id) == letter.number
    session.execute(update(row).where(tried).values(due=until, tries=letter.tries + 1))
    hold(session, behind, until)
