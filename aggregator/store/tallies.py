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
from aggregator.store.keyed import Keyed
from aggregator.store.tables import TallyRow, instant, microseconds, table_of

RECENT = timedelta(days=90)
"""Days up to a channel's newest item that are counted by themselves; others only by the month."""

_TALLY = table_of(TallyRow)
_KEPT = sa.select(_TALLY.c.channel, _TALLY.c.counts)
_KEPT_OF = _KEPT.where(_TALLY.c.channel.in_(sa.bindparam("channels", expanding=True)))
_NEWEST = Keyed(
    1,
    "SELECT keys.a, (SELECT MAX(at) FROM appearances WHERE channel = keys.a)"
    " FROM keys WHERE keys.a IS NOT NULL",
)
_COUNTED = Keyed(
    3,
    "SELECT keys.a, keys.b, keys.c, (SELECT COUNT(*) FROM appearances"
    " WHERE channel = keys.a AND at >= keys.b AND at < keys.c) FROM keys WHERE keys.a IS NOT NULL",
)


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


def tallied(
    session: Session, asked: Mapping[str, tuple[Tally | None, Collection[date]]]
) -> dict[str, Tally]:
    """Count what channels have.

    Args:
        asked: for each, what was counted before (None: nothing), and the days (UTC) since then in
            which items came, left or moved (none: any day).
    """
    latest = {
        channel: None if at is None else instant(at)
        for channel, at in _NEWEST.rows(session, [(channel,) for channel in asked])
    }
    again = {
        channel: (known, {day: _span(known.newest, day) for day in changed})
        for channel, (known, changed) in asked.items()
        if known is not None and changed and _goes_on(known.newest, latest[channel])
    }
    counts = {
        (channel, since, until): count
        for channel, since, until, count in _COUNTED.rows(
            session,
            [(channel, *span) for channel, (_, spans) in again.items() for span in spans.values()],
        )
    }
    made = {}
    for channel, newest in latest.items():
        if channel not in again:
            made[channel] = _afresh(session, channel, newest)
            continue
        known, spans = again[channel]
        found = {day: counts[channel, *span] for day, span in spans.items()}
        made[channel] = _changed(newest, known, found)
    return made


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


def _goes_on(before: datetime | None, newest: datetime | None) -> bool:
    """Whether what was counted then holds but for what changed: no day is recent that was not."""
    return before is not None and newest is not None and newest.date() >= before.date()


def _span(newest: datetime | None, day: date) -> tuple[int, int]:
    """What to count of this day as it is stored: the day where it is recent, else its month."""
    if _is_recent(newest, day):
        return _midnight(day), _midnight(day + timedelta(days=1))
    first = day.replace(day=1)
    return _midnight(first), _midnight((first + timedelta(days=32)).replace(day=1))


def _changed(newest: datetime | None, known: Tally, found: Mapping[date, int]) -> Tally:
    """What was known, but for what was found of these days or their months (see `_span`)."""
    months, days = Counter(known.months), Counter(known.days)
    # Recent days first: of a month of both kinds, all of it was counted.
    for day, count in sorted(found.items(), reverse=True):
        month = day.replace(day=1)
        if _is_recent(known.newest, day):
            months[month] += count - days[day]
            days[day] = count
        else:
            months[month] = count
    return _trimmed(newest, months, days)


def _is_recent(newest: datetime | None, day: date) -> bool:
    return newest is not None and day > newest.date() - RECENT


def _afresh(session: Session, channel: str, newest: datetime | None) -> Tally:
    days = Counter(items.days(session, channel))
    months: Counter[date] = Counter()
    for day, count in days.items():
        months[day.replace(day=1)] += count
    return _trimmed(newest, months, days)


def _trimmed(newest: datetime | None, months: Counter[date], days: Counter[date]) -> Tally:
    return Tally(
        newest,
        {month: count for month, count in months.items() if count},
        {day: count for day, count in days.items() if count and _is_recent(newest, day)},
    )


def _midnight(day: date) -> int:
    return microseconds(datetime.combine(day, time(), UTC))


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
