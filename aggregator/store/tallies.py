"""How many items a channel has of each day: counted once, and then only the days that changed.

To count a channel with a million items takes longer than to publish it, so what was counted is kept
when the channel is published. It is true but for the days that the outbox names since.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from aggregator.store import items
from aggregator.store.tables import AppearanceRow, TallyRow, table_of

RECENT = timedelta(days=90)
"""Days up to a channel's newest item that are counted by themselves; others only by the month."""

_SHOWN, _TALLY = table_of(AppearanceRow), table_of(TallyRow)
_KEPT = sa.select(_TALLY.c.channel, _TALLY.c.counts)
_KEPT_OF = _KEPT.where(_TALLY.c.channel.in_(sa.bindparam("channels", expanding=True)))
_COUNT = sa.select(sa.func.count()).where(
    _SHOWN.c.channel == sa.bindparam("channel"),
    _SHOWN.c.at >= sa.bindparam("since"),
    _SHOWN.c.at < sa.bindparam("until"),
)
_NEWEST = sa.select(sa.func.max(_SHOWN.c.at)).where(_SHOWN.c.channel == sa.bindparam("channel"))


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items a channel has."""

    newest: datetime | None  # time of its newest item
    months: Mapping[date, int]  # by their first days; none that has no items
    days: Mapping[date, int]  # the recent ones

    @property
    def total(self) -> int:
        """Items in the channel."""
        return sum(self.months.values())


def tally(session: Session, channel: str, known: Tally | None, changed: Collection[date]) -> Tally:
    """Count what a channel has.

    Args:
        channel: its key.
        known: what was counted before; None: nothing.
        changed: days (UTC) since then, in which items came, left or moved; none for any day.
    """
    newest = session.connection().execute(_NEWEST, {"channel": channel}).scalar_one()
    if known is None or not changed or known.newest is None or newest is None:
        return _afresh(session, channel, newest)
    if newest.date() < known.newest.date():  # days are recent now that were not
        return _afresh(session, channel, newest)
    months, days = Counter(known.months), Counter(known.days)
    first = known.newest.date() - RECENT
    for day in changed:
        month = day.replace(day=1)
        if day > first:
            count = _count(session, channel, day, day + timedelta(days=1))
            months[month] += count - days[day]
            days[day] = count
        else:
            months[month] = _count(session, channel, month, _following(month))
    return _trimmed(newest, months, days)


def kept(session: Session, channels: Sequence[str] | None = None) -> dict[str, Tally]:
    """What was kept of these channels, or of all, by their keys."""
    if channels is None:
        rows = session.connection().execute(_KEPT)
    else:
        rows = session.connection().execute(_KEPT_OF, {"channels": list(channels)})
    return {channel: _read(counts) for channel, counts in rows}


def keep(session: Session, counted: Mapping[str, Tally]) -> None:
    """Keep what was counted, by channel, instead of what was kept."""
    if counted:
        forget(session, counted)
        rows = [{"channel": key, "counts": _written(one)} for key, one in counted.items()]
        session.connection().execute(_TALLY.insert(), rows)


def forget(session: Session, channels: Collection[str]) -> None:
    """Keep nothing of these channels."""
    gone = [{"key": channel} for channel in channels]
    if gone:
        mine = _TALLY.c.channel == sa.bindparam("key")
        session.connection().execute(_TALLY.delete().where(mine), gone)


def orphans(session: Session, channels: Collection[str]) -> list[str]:
    """Channels of which something is kept, and which are not among these."""
    found = session.execute(sa.select(_TALLY.c.channel)).scalars()
    return sorted(set(found) - set(channels))


def _afresh(session: Session, channel: str, newest: datetime | None) -> Tally:
    days = Counter(items.days(session, channel))
    months: Counter[date] = Counter()
    for day, count in days.items():
        months[day.replace(day=1)] += count
    return _trimmed(newest, months, days)


def _trimmed(newest: datetime | None, months: Counter[date], days: Counter[date]) -> Tally:
    first = newest.date() - RECENT if newest else date.min
    return Tally(
        newest,
        {month: count for month, count in months.items() if count},
        {day: count for day, count in days.items() if count and day > first},
    )


def _count(session: Session, channel: str, since: date, until: date) -> int:
    span = {"channel": channel, "since": _midnight(since), "until": _midnight(until)}
    count: int = session.connection().execute(_COUNT, span).scalar_one()
    return count


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _following(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def _written(counted: Tally) -> dict[str, Any]:
    return {
        "newest": counted.newest.isoformat() if counted.newest else None,
        "months": {month.isoformat(): count for month, count in counted.months.items()},
        "days": {day.isoformat(): count for day, count in counted.days.items()},
    }


def _read(counts: Mapping[str, Any]) -> Tally:
    newest = counts["newest"]
    return Tally(
        datetime.fromisoformat(newest) if newest else None,
        {date.fromisoformat(month): count for month, count in counts["months"].items()},
        {date.fromisoformat(day): count for day, count in counts["days"].items()},
    )
