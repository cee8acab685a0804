"""When a feed publishes, learned from what it published; and when to look next, given that.

To find news soonest with so many polls a day, poll in proportion to the square root of the rate of
publication: the next poll is due when the integral of sqrt(rate) since the last one reaches a
threshold. The rate is how much the feed published lately (older days count less), times how much
of that falls into this hour of the day and this day of the week.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from aggregator.values.feed import Hints

Counts: TypeAlias = tuple[float, ...]

_MEMORY_DAYS = 14.0  # an item of so many days ago counts 1/e
_PRIOR_ITEMS = 0.3  # what a feed is believed to have published before anything is known ...
_PRIOR_DAYS = 0.6  # ... in this time
_HOUR_SHRINK = 6.0  # items that speak for a flat day
_DAY_SHRINK = 10.0  # items that speak for a flat week
_WEEK_KNOWN_DAYS = 10.0  # a profile of weekdays means nothing before
_REFERENCE_RATE = 6.0  # items a day of the feed that is polled just every `poll.interval`
_LIVING = 2.0  # intervals: what publishes at all is never left alone for longer
_LIVING_RATE = 0.05  # items a day
_OFTEN_RATE = 4.0  # items a day from which on polls may be nearer than `poll.interval`
_UNDATED = timedelta(minutes=1)  # an entry as young as this at first sight has no date of its own
_DAY_S = 86_400.0
_HOUR = timedelta(hours=1)
_FLAT_HOURS: Counts = (0.0,) * 24
_FLAT_DAYS: Counts = (0.0,) * 7


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What is known about a feed's publishing; `Rhythm()` is a feed nothing is known of."""

    until: datetime | None = None  # learned up to here
    items: float = 0.0  # published, older ones counting less
    days: float = 0.0  # watched, older ones counting less
    span_days: float = 0.0  # watched in all
    hours: Counts = _FLAT_HOURS  # `items` by hour of the day, UTC
    weekdays: Counts = _FLAT_DAYS  # `items` by day of the week, Monday first
    hints: Hints = Hints()  # of the last document: every answer without one relies on them

    @property
    def is_known(self) -> bool:
        """Whether the feed was seen to publish, or watched for a day without."""
        return self.items > 0 or self.days >= 1

    @property
    def rate(self) -> float:
        """Items a day, lately."""
        return (self.items + _PRIOR_ITEMS) / (self.days + _PRIOR_DAYS)


def read(text: str | None) -> Rhythm:
    """What `FeedState.rhythm` holds; nothing known where it cannot be read."""
    try:
        stored = json.loads(text or "{}")
        until = stored.get("until")
        hints = stored.get("hints", {})
        return Rhythm(
            until=None if until is None else datetime.fromtimestamp(until, UTC),
            items=float(stored.get("items", 0.0)),
            days=float(stored.get("days", 0.0)),
            span_days=float(stored.get("span", 0.0)),
            hours=_counts(stored.get("hours"), _FLAT_HOURS),
            weekdays=_counts(stored.get("weekdays"), _FLAT_DAYS),
            hints=Hints(
                ttl=_duration(hints.get("ttl")),
                update_period=_duration(hints.get("period")),
                skip_hours=frozenset(hints.get("skip_hours", ())),
                skip_days=frozenset(hints.get("skip_days", ())),
            ),
        )
    except (ValueError, TypeError, AttributeError, OverflowError):
        return Rhythm()


def write(rhythm: Rhythm) -> str:
    """The rhythm as `FeedState.rhythm` keeps it."""
    hints = rhythm.hints
    return json.dumps(
        {
            "until": None if rhythm.until is None else round(rhythm.until.timestamp()),
            "items": round(rhythm.items, 3),
            "days": round(rhythm.days, 4),
            "span": round(rhythm.span_days, 3),
            "hours": [round(count, 3) for count in rhythm.hours],
            "weekdays": [round(count, 3) for count in rhythm.weekdays],
            "hints": {
                name: value
                for name, value in {
                    "ttl": hints.ttl and hints.ttl.total_seconds(),
                    "period": hints.update_period and hints.update_period.total_seconds(),
                    "skip_hours": sorted(hints.skip_hours),
                    "skip_days": sorted(hints.skip_days),
                }.items()
                if value
            },
        },
        separators=(",", ":"),
    )


def learned(rhythm: Rhythm, new: Sequence[datetime], now: datetime, *, first: bool) -> Rhythm:
    """The rhythm after a poll.

    Args:
        rhythm: as it was.
        new: when the entries that the poll brought were published; time of discovery if undated.
        now: time of the poll.
        first: `new` is what the feed's first document listed: it tells of the time before.
    """
    if first:
        history = [when for when in new if when <= now - _UNDATED]
        return _counted(replace(rhythm, until=min(history, default=now)), history, now)
    # An entry that is older than a day was held back or found late: what matters is when it came.
    seen = [when if now - timedelta(days=1) <= when <= now else now for when in new]
    return _counted(rhythm, seen, now)


def wait(
    rhythm: Rhythm, now: datetime, *, interval: timedelta, shortest: timedelta, longest: timedelta
) -> timedelta:
    """How long to leave a feed alone after a poll at `now`.

    Args:
        rhythm: of the feed, learned up to now.
        now: aware time of the poll.
        interval: what a feed of middling rate gets: the budget.
        shortest: never less than this.
        longest: never more than this.
    """
    if not rhythm.is_known:
        return min(max(interval, shortest), longest)
    rate = rhythm.rate
    if rate < _OFTEN_RATE:
        shortest = max(shortest, interval)
    if rate >= _LIVING_RATE:
        longest = min(longest, _LIVING * interval)
    shape = _Shape.of(rhythm)
    left = interval.total_seconds() / _DAY_S * math.sqrt(_REFERENCE_RATE / rate)
    at, end = now, now + max(longest, shortest)
    while at < end:
        pace = math.sqrt(shape.at(at))
        next_hour = at.replace(minute=0, second=0, microsecond=0) + _HOUR
        step_days = (next_hour - at).total_seconds() / _DAY_S
        if pace * step_days >= left:
            at += timedelta(days=left / pace)
            break
        left -= pace * step_days
        at = next_hour
    return max(min(at - now, longest), shortest)


@dataclass(frozen=True, slots=True)
class _Shape:
    """How the rate varies, 1 on average."""

    hours: Counts
    weekdays: Counts

    @classmethod
    def of(cls, rhythm: Rhythm) -> "_Shape":
        """The profiles of a rhythm, smoothed, and the flatter the less is known."""
        counts = rhythm.hours
        smooth = [
            0.25 * counts[hour - 1] + 0.5 * counts[hour] + 0.25 * counts[(hour + 1) % 24]
            for hour in range(24)
        ]
        weekdays = rhythm.weekdays if rhythm.span_days >= _WEEK_KNOWN_DAYS else _FLAT_DAYS
        return cls(_profile(smooth, _HOUR_SHRINK), _profile(weekdays, _DAY_SHRINK))

    def at(self, when: datetime) -> float:
        """The rate at a time, as a multiple of the average."""
        return self.hours[when.hour] * self.weekdays[when.weekday()]


def _profile(counts: Sequence[float], shrink: float) -> Counts:
    parts, total = len(counts), sum(counts)
    return tuple((parts * count + shrink) / (total + shrink) for count in counts)


def _counted(rhythm: Rhythm, seen: Sequence[datetime], now: datetime) -> Rhythm:
    """Time passed up to `now`, in which these were published."""
    until = now if rhythm.until is None else rhythm.until
    passed_days = max((now - until).total_seconds(), 0.0) / _DAY_S
    fading = math.exp(-passed_days / _MEMORY_DAYS)
    hours = [count * fading for count in rhythm.hours]
    weekdays = [count * fading for count in rhythm.weekdays]
    items = rhythm.items * fading
    for when in seen:
        weight = math.exp(-max((now - when).total_seconds(), 0.0) / _DAY_S / _MEMORY_DAYS)
        items += weight
        hours[when.hour] += weight
        weekdays[when.weekday()] += weight
    return replace(
        rhythm,
        until=now,
        items=items,
        days=rhythm.days * fading + _MEMORY_DAYS * (1 - fading),
        span_days=rhythm.span_days + passed_days,
        hours=tuple(hours),
        weekdays=tuple(weekdays),
    )


def _counts(stored: object, flat: Counts) -> Counts:
    if not isinstance(stored, list) or len(stored) != len(flat):
        return flat
    return tuple(float(count) for count in stored)


def _duration(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
