"""What the hub has yet to be told: published feeds that changed (WebSub)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, delete, insert, select, update

from aggregator.store.sets import in_batches
from aggregator.store.tables import PingRow


@dataclass(frozen=True, slots=True)
class Ping:
    """A feed that changed."""

    topic: str  # its address
    since: datetime  # of the change
    tries: int  # so far


def add(session: Session, topics: Sequence[str], now: datetime) -> None:
    """These feeds changed; a ping that still waits tells of this change too."""
    for batch in in_batches(topics):
        session.execute(delete(PingRow).where(col(PingRow.topic).in_(batch)))
        rows = [{"topic": topic, "since": now, "due": now, "tries": 0} for topic in batch]
        session.execute(insert(PingRow), rows)


def due(session: Session, now: datetime, *, limit: int) -> list[Ping]:
    """Pings to be sent now, those that wait longest first."""
    query = select(PingRow).where(col(PingRow.due) <= now).order_by(col(PingRow.due))
    rows = session.exec(query.limit(limit))
    return [Ping(row.topic, row.since, row.tries) for row in rows]


def done(session: Session, ping: Ping) -> None:
    """The hub knows, or it is given up; a change since then stays to be told."""
    session.execute(
        delete(PingRow).where(col(PingRow.topic) == ping.topic, col(PingRow.since) == ping.since)
    )


def postpone(session: Session, ping: Ping, until: datetime) -> None:
    """It did not work; try again at that time."""
    session.execute(
        update(PingRow)
        .where(col(PingRow.topic) == ping.topic, col(PingRow.since) == ping.since)
        .values(due=until, tries=ping.tries + 1)
    )


def clear(session: Session) -> None:
    """There is no hub any more to be told anything."""
    session.execute(delete(PingRow))
