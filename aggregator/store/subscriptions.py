"""What was agreed with hubs, and what they brought."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, delete, func, insert, select, update

from aggregator.store.tables import DeliveryRow, FeedRow, SubscriptionRow
from aggregator.values.push import Delivery, Hubbed, Subscription


def hubbed(session: Session) -> list[Hubbed]:
    """Every feed in feeds.yaml that names a hub, and is not gone."""
    row = FeedRow
    topic = func.coalesce(row.topic, row.validators_url)
    found = session.execute(
        sa.select(row.id, row.url, row.hub, topic).where(  # type: ignore[call-overload]
            col(row.active), ~col(row.gone), col(row.hub).is_not(None), topic.is_not(None)
        )
    )
    return [Hubbed(*line) for line in found]


def every(session: Session) -> list[Subscription]:
    """Every subscription, the oldest first."""
    found = session.exec(select(SubscriptionRow).order_by(col(SubscriptionRow.id)))
    return [_subscription(row) for row in found]


def by_token(session: Session, token: str) -> Subscription | None:
    """The subscription that a callback's address belongs to."""
    row = session.exec(select(SubscriptionRow).where(SubscriptionRow.token == token)).first()
    return None if row is None else _subscription(row)


def lease_of(session: Session, feed_id: int) -> datetime | None:
    """When the last of a feed's leases ends; None without one."""
    return session.exec(
        select(func.max(SubscriptionRow.expires)).where(
            SubscriptionRow.feed_id == feed_id, col(SubscriptionRow.wanted)
        )
    ).one()


def keep(session: Session, one: Subscription) -> Subscription:
    """Store a subscription, a new one or as it is now; returns it with its number."""
    columns: dict[str, Any] = {k: v for k, v in asdict(one).items() if k != "id"}
    if one.id:
        session.execute(
            update(SubscriptionRow).where(col(SubscriptionRow.id) == one.id).values(columns)
        )
        return one
    added = insert(SubscriptionRow).values(columns).returning(col(SubscriptionRow.id))
    return Subscription(**{**columns, "id": session.execute(added).scalar_one()})


def complain(session: Session, number: int, error: str) -> None:
    """Keep what came of asking the hub; whatever the hub did meanwhile stands."""
    row = SubscriptionRow
    session.execute(update(row).where(col(row.id) == number).values(error=error))


def forget(session: Session, number: int) -> None:
    """A subscription has ended."""
    session.execute(delete(SubscriptionRow).where(col(SubscriptionRow.id) == number))


def extend(session: Session, feed_id: int, until: datetime) -> None:
    """A lease goes on: a feed that is pushed stays so."""
    session.execute(
        update(FeedRow)
        .where(col(FeedRow.id) == feed_id, col(FeedRow.pushed_until).is_not(None))
        .values(pushed_until=until)
    )


def end_push(session: Session, feed_id: int, now: datetime) -> None:
    """A feed is pushed no more: it is polled at once, and by its rhythm from then on."""
    session.execute(
        update(FeedRow)
        .where(col(FeedRow.id) == feed_id, col(FeedRow.pushed_until).is_not(None))
        .values(pushed_until=None, next_poll=now, reason="push has ended")
    )


def poll_instead(session: Session, feed_id: int, now: datetime) -> None:
    """A delivery could not be read: the feed is polled at once, and push is not relied upon."""
    session.execute(
        update(FeedRow)
        .where(col(FeedRow.id) == feed_id)
        .values(pushed_until=None, next_poll=now, reason="a delivery could not be read")
    )


def deliver(
    session: Session, feed_id: int, body: bytes, content_type: str | None, now: datetime
) -> None:
    """Keep what a hub brought until it is read."""
    values = {"feed_id": feed_id, "body": body, "content_type": content_type, "at": now}
    session.execute(insert(DeliveryRow).values(values))


def waiting(session: Session, limit: int) -> list[Delivery]:
    """Deliveries not read yet, the oldest first."""
    rows = session.exec(select(DeliveryRow).order_by(col(DeliveryRow.id)).limit(limit))
    return [Delivery(row.id or 0, row.feed_id, row.body, row.content_type) for row in rows]


def count_waiting(session: Session, feed_id: int) -> int:
    """How many deliveries of a feed are not read yet."""
    return session.exec(
        select(func.count()).select_from(DeliveryRow).where(DeliveryRow.feed_id == feed_id)
    ).one()


def drop(session: Session, deliveries: Sequence[Delivery]) -> None:
    """These have been read."""
    numbers = [delivery.id for delivery in deliveries]
    session.execute(delete(DeliveryRow).where(col(DeliveryRow.id).in_(numbers)))


def _subscription(row: SubscriptionRow) -> Subscription:
    return Subscription(
        id=row.id or 0,
        feed_id=row.feed_id,
        hub=row.hub,
        topic=row.topic,
        callback=row.callback,
        token=row.token,
        secret=row.secret,
        wanted=row.wanted,
        asked=row.asked,
        failures=row.failures,
        error=row.error,
        renew=row.renew,
        expires=row.expires,
    )
