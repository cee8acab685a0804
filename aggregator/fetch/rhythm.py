"""When a feed publishes, learned from what it published; and when to look next, given that.

To find news soonest with so many polls a day, poll in proportion to the square root of the rate of
publication: the next poll is due when the integral of sqrt(rate) since the last one reaches a
threshold. The rate is how much the feed published lately (older days count less), times how much
of that falls into this hour of the day, this day of the week, and these five minutes of the hour:
programs publish on the hour, or at half past.
"""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from aggregator.values.feed import Hints, News

Counts: TypeAlias = tuple[float, ...]

_MEMORY_DAYS = 45.0  # an item of so many days ago counts 1/e
_PRIOR_ITEMS = 0.3  # what a feed is believed to have published before anything is known ...
_PRIOR_DAYS = 0.6  # ... in this time
_NEIGHBOUR = 0.25  # of an hour's items count as those of each hour beside it
_HOUR_SHRINK = 3.0  # habits that speak for a flat day
_DAY_SHRINK = 4.0  # habits that speak for a flat week
_WEEK_KNOWN_S = 10 * 86_400.0  # a profile of weekdays means nothing before
_REFERENCE_RATE = 6.0  # items a day of the feed that is polled just every `poll.interval`
_LIVING = 12.0  # intervals: what publishes at all is never left alone for longer
_LIVING_RATE = 0.05  # items a day
_OFTEN_RATE = 4.0  # items a day from which on polls may be nearer than ...
_SELDOM = timedelta(hours=1)  # ... an hour, or `poll.interval` if that is less
_FORGOTTEN = 50.0  # times the memory: beyond, numbers only get too small to divide by
_DAY = timedelta(days=1)
_DAY_S = 86_400.0
_HOUR_S = 3_600.0
_THURSDAY = 3  # the first of January 1970
_FLAT_HOURS: Counts = (0.0,) * 24
_FLAT_DAYS: Counts = (0.0,) * 7
_FLAT_WEEK: Counts = (1.0,) * 7
_SLOTS = 12  # of an hour
_SLOT_S = _HOUR_S / _SLOTS
_FLAT_SLOTS: Counts = (0.0,) * _SLOTS
_FLAT_HOUR: Counts = (1.0,) * _SLOTS
_CHANCE = 2.0  # standard deviations that chance is granted before a lump is a habit
_LEFT_OVER = 0.1  # of its even share: what a slot keeps in which nothing was ever published


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What is known about a feed's publishing; `Rhythm()` is a feed nothing is known of.

    The counts are as of `at`. Time in which nothing new comes needs no bookkeeping: it only makes
    them fade, which is worked out when they are used.
    """

    at: float = 0.0  # seconds since 1970; 0: nothing learned yet
    items: float = 0.0  # published, older ones counting less
    days: float = 0.0  # watched, older ones counting less
    since: float = 0.0  # watched from here on, seconds since 1970
    hours: Counts = _FLAT_HOURS  # by hour of the day, UTC: habits, a lump of items counting once
    weekdays: Counts = _FLAT_DAYS  # by day of the week, Monday first, counted alike
    slots: Counts = _FLAT_SLOTS  # by five minutes of the hour, counted alike
    hints: Hints = Hints()  # of the last document: every answer without one relies on them

    def rate(self, now: datetime) -> float:
        """Items a day, lately."""
        fading = _fading(now.timestamp() - self.at)
        days = self.days * fading + _MEMORY_DAYS * (1 - fading) if self.at else 0.0
        return (self.items * fading + _PRIOR_ITEMS) / (days + _PRIOR_DAYS)

    def is_known(self, now: datetime) -> bool:
        """Whether the feed was seen to publish, or watched for a day without."""
        return self.items > 0 or (self.at > 0 and now.timestamp() - self.since >= _DAY_S)


def read(text: str | None) -> Rhythm:
    """What `FeedState.rhythm` holds; nothing known where it cannot be read."""
    if text is None:
        return Rhythm()
    try:
        stored = json.loads(text)
        hints = stored.get("hints")
        return Rhythm(
            at=float(stored["at"]),
            items=float(stored["items"]),
            days=float(stored["days"]),
            since=float(stored["since"]),
            hours=_counts(stored["hours"], 24),
            weekdays=_counts(stored["weekdays"], 7),
            slots=_counts(stored["slots"], _SLOTS),
            hints=_hints(hints) if hints else Hints(),
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return Rhythm()


def write(rhythm: Rhythm) -> str:
    """The rhythm as `FeedState.rhythm` keeps it."""
    stored: dict[str, object] = {
        "at": round(rhythm.at),
        "items": round(rhythm.items, 3),
        "days": round(rhythm.days, 3),
        "since": round(rhythm.since),
        "hours": [round(count, 2) for count in rhythm.hours],
        "weekdays": [round(count, 2) for count in rhythm.weekdays],
        "slots": [round(count, 2) for count in rhythm.slots],
    }
    hints = rhythm.hints
    if hints != Hints():
        stored["hints"] = {
            "ttl_s": hints.ttl and hints.ttl.total_seconds(),
            "period_s": hints.update_period and hints.update_period.total_seconds(),
            "skip_hours": sorted(hints.skip_hours),
            "skip_days": sorted(hints.skip_days),
        }
    return json.dumps(stored, separators=(",", ":"))


def learned(rhythm: Rhythm, news: News, now: datetime, last_poll: datetime | None) -> Rhythm:
    """The rhythm after a poll or a delivery that brought a document.

    Args:
        rhythm: as it was.
        news: what the document brought. The feed's first one tells of the time before; its entries
            without a date tell nothing.
        now: time of the poll.
        last_poll: when the feed was polled before; None if it was not, or if a hub delivered.
    """
    at = now.timestamp()
    if news.first or not rhythm.at:
        seen = [when for when in news.new if when <= now]
        since = min((when.timestamp() for when in seen), default=at)
        rhythm = replace(rhythm, at=since, since=since)
    else:
        # An entry older than the last poll, which did not bring it, was held back, or its time is
        # none ("today, 0:00"): what matters is when it came. Taken for the time of the poll that
        # found it, polls would learn from themselves when to come; so, in the middle of the two.
        is_known = last_poll is not None and last_poll <= now
        begin = last_poll if last_poll is not None and is_known else now - _DAY
        came = begin + (now - begin) / 2 if is_known else now
        seen = [when if begin <= when <= now else came for when in news.new]
        seen += [came] * news.undated
        if not seen:
            return rhythm
    fading = _fading(at - rhythm.at)
    hours = [count * fading for count in rhythm.hours]
    weekdays = [count * fading for count in rhythm.weekdays]
    slots = [count * fading for count in rhythm.slots]
    items = rhythm.items * fading
    for hour, together in Counter(
        when.replace(minute=0, second=0, microsecond=0) for when in seen
    ).items():
        weight = _fading(at - hour.timestamp())
        items += weight * together
        # A lump of twenty is one habit of the publisher, not twenty.
        hours[hour.hour] += weight
        weekdays[hour.weekday()] += weight
    for slot in {when.timestamp() // _SLOT_S for when in seen}:
        slots[int(slot) % _SLOTS] += _fading(at - slot * _SLOT_S)
    return Rhythm(
        at=max(at, rhythm.at),
        items=items,
        days=rhythm.days * fading + _MEMORY_DAYS * (1 - fading),
        since=rhythm.since,
        hours=tuple(hours),
        weekdays=tuple(weekdays),
        slots=tuple(slots),
        hints=rhythm.hints,
    )


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
    if not rhythm.is_known(now):
        return min(max(interval, shortest), longest)
    rate = rhythm.rate(now)
    if rate < _OFTEN_RATE:
        shortest = max(shortest, min(interval, _SELDOM))
    if rate >= _LIVING_RATE:
        longest = min(longest, _LIVING * interval)
    by_hour, by_weekday = _shape(rhythm, now)
    by_slot = _habits(rhythm.slots)
    step_s = _HOUR_S if by_slot is _FLAT_HOUR else _SLOT_S
    left_s = interval.total_seconds() * math.sqrt(_REFERENCE_RATE / rate)
    begin = at = now.timestamp()
    end = begin + longest.total_seconds()
    while at < end:
        pace = by_hour[int(at // _HOUR_S) % 24] * by_weekday[(int(at // _DAY_S) + _THURSDAY) % 7]
        pace *= by_slot[int(at // _SLOT_S) % _SLOTS]
        next_step = (at // step_s + 1) * step_s
        if pace * (next_step - at) >= left_s:
            at += left_s / pace
            break
        left_s -= pace * (next_step - at)
        at = next_step
    return max(min(timedelta(seconds=at - begin), longest), shortest)


def _shape(rhythm: Rhythm, now: datetime) -> tuple[Counts, Counts]:
    """Square roots of how the rate varies by hour and by weekday, 1 on average before the root.

    Smoothed over neighbouring hours, and the flatter the less is known.
    """
    fading = _fading(now.timestamp() - rhythm.at)
    counts = rhythm.hours
    smooth = [
        _NEIGHBOUR * (counts[hour - 1] + counts[hour - 23]) + (1 - 2 * _NEIGHBOUR) * counts[hour]
        for hour in range(24)
    ]
    by_hour = _profile(smooth, _HOUR_SHRINK / fading)
    if now.timestamp() - rhythm.since < _WEEK_KNOWN_S:
        return by_hour, _FLAT_WEEK
    return by_hour, _profile(rhythm.weekdays, _DAY_SHRINK / fading)


def _habits(counts: Counts) -> Counts:
    """Square roots of how the rate varies within an hour; even, unless chance cannot explain it.

    Of the spread of the counts, as much is believed as goes beyond what as many entries at any
    minute would show: most feeds have no such habit, and those of a program hardly anything else.
    """
    total = sum(counts)
    if total <= 1:
        return _FLAT_HOUR
    spread = _SLOTS * (sum(count * count for count in counts) - total) / (total * (total - 1)) - 1
    spread -= _CHANCE * math.sqrt(2 * (_SLOTS - 1)) / total
    if spread <= 0:
        return _FLAT_HOUR
    belief = (1 - _LEFT_OVER) * spread / (spread + (_SLOTS - 1) / total)
    return tuple(math.sqrt(1 - belief + belief * _SLOTS * count / total) for count in counts)


def _profile(counts: Sequence[float], shrink: float) -> Counts:
    parts, total = len(counts), sum(counts) + shrink
    return tuple(math.sqrt((parts * count + shrink) / total) for count in counts)


def _fading(passed_s: float) -> float:
    """What something of so long ago still counts; a clock that was set back changes nothing."""
    return math.exp(-min(max(passed_s, 0.0) / _DAY_S / _MEMORY_DAYS, _FORGOTTEN))


def _counts(stored: Sequence[float], parts: int) -> Counts:
    counts = tuple(map(float, stored))
    if len(counts) != parts:
        raise ValueError("not a profile")
    return counts


def _hints(stored: Mapping[str, Any]) -> Hints:
    return Hints(
        ttl=_duration(stored.get("ttl_s")),
        update_period=_duration(stored.get("period_s")),
        skip_hours=frozenset(stored["skip_hours"]),
        skip_days=frozenset(stored["skip_days"]),
    )


def _duration(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
