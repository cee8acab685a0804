"""Feeds: which are configured, what polling learned about them, which are due."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, func, insert, or_, select, update

from aggregator.store import outputs as outbox
from aggregator.store.looks import with_looks
from aggregator.store.rows import STATE_COLUMNS, state_columns, state_of
from aggregator.store.sets import in_batches
from aggregator.store.tables import IN_TROUBLE, EntryRow, FeedRow
from aggregator.urls import host
from aggregator.values.feed import Feed, FeedHealth, FeedSettings, FeedState

RENAMED = "renamed"  # the note of how often feeds came to be called otherwise

_CALLED = sa.select(FeedRow.id, FeedRow.title, FeedRow.home).where(  # type: ignore[call-overload]
    col(FeedRow.id).in_(sa.bindparam("numbers", expanding=True))
)
_SAVE_STATE = (
    sa.update(FeedRow.__table__)  # type: ignore[attr-defined]
    .where(col(FeedRow.id) == sa.bindparam("number"))
    .values({name: sa.bindparam(name) for name in STATE_COLUMNS})
)


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
            # What was gone is asked once more when an editor puts it in again.
            again = {"active": True, "gone": False} if active else {"active": False}
            session.execute(update(FeedRow).where(col(FeedRow.url).in_(urls)).values(**again))


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


def failing(session: Session, settings: Mapping[str, FeedSettings], times: int) -> list[Feed]:
    """The configured feeds that are gone, or failed so many times in a row; in the order they came."""
    row = FeedRow
    bad = or_(col(row.gone), col(row.failures) >= times)
    trouble = sa.text(f"({IN_TROUBLE})")  # the rows of an index
    found = session.exec(select(row).where(col(row.active), trouble, bad).order_by(col(row.id)))
    return [
        Feed(one.id or 0, settings[one.url], state_of(one)) for one in found if one.url in settings
    ]


def some(session: Session, settings: Mapping[str, FeedSettings], urls: Iterable[str]) -> list[Feed]:
    """The configured feeds among these addresses, in the order of their numbers."""
    row, found = FeedRow, list[FeedRow]()
    for batch in in_batches(urls):
        found += session.exec(select(row).where(col(row.active), col(row.url).in_(batch)))
    found.sort(key=lambda one: one.id or 0)
    return [
        Feed(one.id or 0, settings[one.url], state_of(one)) for one in found if one.url in settings
    ]


def maybe_due(
    session: Session, settings: Mapping[str, FeedSettings], now: datetime, ceiling: timedelta
) -> list[Feed]:
    """Feeds whose next poll may have come; the schedule has the last word.

    A next poll further away than `ceiling`, or a last one yet to come, were planned before the
    clock went back: such a feed may be due. A feed with a fixed interval may have got a shorter one since it was planned.
    """
    fixed = [url for url, feed in settings.items() if feed.interval is not None]
    row = FeedRow
    due = select(row).where(
        col(row.active),
        or_(
            col(row.next_poll).is_(None),
            col(row.next_poll) <= now,
            col(row.next_poll) > now + ceiling,
            col(row.last_poll) > now,
            col(row.url).in_(fixed),
        ),
    )
    return [
        Feed(found.id or 0, settings[found.url], state_of(found))
        for found in session.exec(due.order_by(col(row.next_poll).nulls_first(), col(row.id)))
        if found.url in settings
    ]


def by_number(session: Session, number: int, settings: Mapping[str, FeedSettings]) -> Feed | None:
    """The feed of this number; None when feeds.yaml has it no more.

    Args:
        settings: by address as in feeds.yaml.
    """
    row = session.get(FeedRow, number)
    if row is None or row.url not in settings:
        return None
    [feed] = with_looks(session, [Feed(number, settings[row.url], state_of(row))])
    return feed


def state(session: Session, feed_id: int) -> FeedState:
    """The polled state of one feed."""
    return state_of(session.exec(select(FeedRow).where(FeedRow.id == feed_id)).one())


def state_by_url(session: Session, url: str) -> FeedState:
    """The polled state of the feed of this address, in feeds.yaml or not; empty if never polled."""
    row = session.exec(select(FeedRow).where(FeedRow.url == url)).first()
    return FeedState() if row is None else state_of(row)


def pushed(session: Session, numbers: Sequence[int]) -> dict[int, tuple[datetime, str | None]]:
    """Those of these feeds that hubs push, with the end of the lease and the rhythm, as of now."""
    row = FeedRow
    found = session.execute(
        sa.select(row.id, row.pushed_until, row.rhythm).where(  # type: ignore[call-overload]
            col(row.id).in_(numbers), col(row.pushed_until).is_not(None)
        )
    )
    return {number: (until, rhythm) for number, until, rhythm in found}


def save_states(session: Session, states: Mapping[int, FeedState]) -> None:
    """Keep what polls learned about feeds, by number; note it when one is called otherwise now."""
    if states:
        called = session.execute(_CALLED, {"numbers": list(states)})
        if any(
            (states[number].title, states[number].home) != (title, home)
            for number, title, home in called
        ):
            times = int(outbox.note(session, RENAMED) or 0)
            outbox.keep_note(session, RENAMED, str(times + 1))
        rows = [{"number": number, **state_columns(state)} for number, state in states.items()]
        session.connection().execute(_SAVE_STATE, rows)


def of_host(session: Session, settings: Mapping[str, FeedSettings], name: str) -> list[Feed]:
    """Every configured feed that lies on a host, or was last answered by it after a redirect."""
    found = session.exec(
        select(FeedRow).where(
            col(FeedRow.active),
            or_(
                col(FeedRow.host) == name,
                col(FeedRow.validators_url).contains(name, autoescape=True),
            ),
        )
    )
    return [
        Feed(row.id or 0, settings[row.url], state_of(row))
        for row in found
        if row.url in settings and name in {row.host, host(row.validators_url or "")}
    ]


def polled_since(
    session: Session, settings: Mapping[str, FeedSettings], since: datetime
) -> list[Feed]:
    """The configured feeds polled at this time or later."""
    found = session.exec(
        select(FeedRow).where(col(FeedRow.active), col(FeedRow.last_poll) >= since)
    )
    return [
        Feed(row.id or 0, settings[row.url], state_of(row)) for row in found if row.url in settings
    ]


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
