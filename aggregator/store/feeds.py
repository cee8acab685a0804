"""Feeds: which are configured, what polling learned about them, which are due."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, insert, or_, select, update

from aggregator.store.rows import state_columns, state_of
from aggregator.store.tables import EntryRow, FeedRow
from aggregator.urls import host
from aggregator.values.feed import Feed, FeedHealth, FeedSettings, FeedState


def sync(session: Session, configured: Sequence[FeedSettings]) -> None:
    """Bring the feeds table in line with feeds.yaml; what a removed feed brought stays stored."""
    rows = dict(session.exec(select(FeedRow.url, FeedRow.active)).all())
    wanted = {settings.url: host(settings.address) for settings in configured}
    missing = [
        {"url": url, "host": name, "active": True}
        for url, name in wanted.items()
        if url not in rows
    ]
    if missing:
        session.execute(insert(FeedRow), missing)
    for active, urls in (
        (True, [url for url in wanted if rows.get(url) is False]),
        (False, [url for url, active in rows.items() if active and url not in wanted]),
    ):
        if urls:
            session.execute(update(FeedRow).where(col(FeedRow.url).in_(urls)).values(active=active))


def configured(session: Session, settings: Mapping[str, FeedSettings]) -> list[Feed]:
    """Every feed of feeds.yaml with its state, in the order of feeds.yaml.

    Args:
        settings: by address as in feeds.yaml.
    """
    rows = {
        row.url: row for row in session.exec(select(FeedRow).where(col(FeedRow.active))) if row.id
    }
    return [
        Feed(row.id or 0, settings[url], state_of(row))
        for url in settings
        if (row := rows.get(url)) is not None
    ]


def maybe_due(
    session: Session, settings: Mapping[str, FeedSettings], now: datetime, ceiling: timedelta
) -> list[Feed]:
    """Feeds whose next poll may have come; the schedule has the last word.

    A next poll further away than `ceiling` was planned before the clock went back: such a feed
    is due. A feed with a fixed interval may have got a shorter one since it was planned.
    """
    fixed = [url for url, feed in settings.items() if feed.interval is not None]
    row = FeedRow
    due = select(row).where(
        col(row.active),
        or_(
            col(row.next_poll).is_(None),
            col(row.next_poll) <= now,
            col(row.next_poll) > now + ceiling,
            col(row.url).in_(fixed),
        ),
    )
    return [
        Feed(found.id or 0, settings[found.url], state_of(found))
        for found in session.exec(due.order_by(col(row.next_poll).nulls_first(), col(row.id)))
        if found.url in settings
    ]


def state(session: Session, feed_id: int) -> FeedState:
    """The polled state of one feed."""
    return state_of(session.exec(select(FeedRow).where(FeedRow.id == feed_id)).one())


def save_state(session: Session, feed_id: int, state: FeedState) -> None:
    """Keep what a poll learned about a feed."""
    session.execute(update(FeedRow).where(col(FeedRow.id) == feed_id).values(state_columns(state)))


def hold_host(session: Session, address: str, until: datetime) -> None:
    """No feed of this address's host is polled before `until` (a Retry-After for the whole host)."""
    name = host(address)
    session.execute(
        update(FeedRow)
        .where(
            col(FeedRow.host) == name,
            or_(col(FeedRow.retry_after).is_(None), col(FeedRow.retry_after) < until),
        )
        .values(retry_after=until)
    )


def health(session: Session, settings: Mapping[str, FeedSettings]) -> list[FeedHealth]:
    """Every configured feed, its state and how many items it is a source of."""
    counted = select(EntryRow.feed_id, func.count(func.distinct(col(EntryRow.item_id)))).group_by(
        col(EntryRow.feed_id)
    )
    items = dict(session.exec(counted).all())
    return [
        FeedHealth(feed.settings, feed.state, items.get(feed.id, 0))
        for feed in configured(session, settings)
    ]
