"""When a person or a feed is unusually silent, or much in the news: rules only.

News comes in bursts, by day and not by night, and less on Sundays. So a claim needs three reasons:
it would be a rare chance if items came at their usual rate (Poisson); it beats the extremes of the
last four weeks, weekends included; and for people it holds, too, against how much other news there
was, so that a quiet holiday silences nobody. Of those with few items nothing is claimed.

Hours are counted from 1970 UTC.
"""

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import TypeAlias

from aggregator.values.watch import Kind, Unusual

Series: TypeAlias = Mapping[int, int]
"""Items by hour."""

DAY_H = 24
BASE_H = 28 * DAY_H  # what is usual is learned from so long
KNOWN_H = 7 * DAY_H  # with a history shorter than this, nothing is usual yet
LEAST_ITEMS = 8  # in the base; below, a silence means nothing
MISSED = 12.0  # items that should have come by now: by chance once in 160,000 gaps
LONGEST = 2.0  # times the longest gap of the base
QUIET_H = 12
BURST_ITEMS = 6
BURST_TIMES = 3.0  # what is usual
BUSIEST_TIMES = 1.5  # the busiest day of the base
CHANCE = 1e-6
ENDS_TIMES = 1.5  # a burst lasts until there is less than so many times what is usual
LEAST_USUAL = 0.5  # items a day: what is held to be usual of somebody never in the news


def unusual(own: Series, everything: Series | None, now_h: int, was: Kind | None) -> Unusual | None:
    """Whether there is much more or less than usual; None: all is as it was.

    Args:
        own: of the person or feed.
        everything: all news, `own` included, to compare with; None: only time counts.
        now_h: the hour that is just over.
        was: what was said of it before; a burst ends later than it begins.
    """
    if was is None and not _may_be(own, now_h):
        return None
    others = None
    if everything is not None:
        others = {hour: max(count - own.get(hour, 0), 0) for hour, count in everything.items()}
    first = min([*own, *(others or ())], default=now_h)
    return _burst(own, others, now_h, first, was) or _silence(own, others, now_h, first)


def _may_be(own: Series, now_h: int) -> bool:
    """Whether it is worth a closer look; of thousands of people it hardly ever is."""
    last = max((hour for hour in own if hour <= now_h), default=now_h)
    if now_h - last >= QUIET_H:
        return sum(own.values()) >= LEAST_ITEMS
    return _sum(own, now_h - DAY_H, now_h) >= BURST_ITEMS


def _silence(own: Series, others: Series | None, now_h: int, first_h: int) -> Unusual | None:
    hours = sorted(hour for hour in own if hour <= now_h)
    if not hours:
        return None
    last = hours[-1]
    start = max(last - BASE_H, first_h - 1)
    items, quiet = _sum(own, start, last), now_h - last
    if last - start < KNOWN_H or items < LEAST_ITEMS or quiet < QUIET_H:
        return None
    usual = items / (last - start)
    missed = min([usual * quiet, *_by_share(items, others, (start, last), (last, now_h))])
    longest = max(
        (later - hour for hour, later in pairwise([h for h in hours if h > start])), default=0
    )
    if missed < MISSED or quiet < LONGEST * longest:
        return None
    return Unusual("silence", 0, usual * DAY_H, quiet)


def _burst(
    own: Series, others: Series | None, now_h: int, first_h: int, was: Kind | None
) -> Unusual | None:
    since = now_h - DAY_H
    start = max(since - BASE_H, first_h - 1)
    if since - start < KNOWN_H:
        return None
    recent, items = _sum(own, since, now_h), _sum(own, start, since)
    usual = items / (since - start) * DAY_H
    expected = max([usual, LEAST_USUAL, *_by_share(items, others, (start, since), (since, now_h))])
    if was == "burst":
        goes_on = recent >= BURST_ITEMS / 2 and recent >= ENDS_TIMES * expected
        return Unusual("burst", recent, usual, 0) if goes_on else None
    busiest = max(_sum(own, end - DAY_H, end) for end in range(since, start + DAY_H - 1, -DAY_H))
    is_one = (
        recent >= BURST_ITEMS
        and recent >= BURST_TIMES * expected
        and recent >= BUSIEST_TIMES * busiest
        and chance_of_so_many(recent, expected) < CHANCE
    )
    return Unusual("burst", recent, usual, 0) if is_one else None


def _by_share(
    items: int, others: Series | None, base: tuple[int, int], since: tuple[int, int]
) -> list[float]:
    """How many items the other news since would lead to expect; nothing to say without any."""
    before = _sum(others, *base) if others is not None else 0
    return [items / before * _sum(others, *since)] if others is not None and before else []


def _sum(series: Series, after_h: int, upto_h: int) -> int:
    """Items of the hours after one, up to another."""
    return sum(count for hour, count in series.items() if after_h < hour <= upto_h)


def chance_of_so_many(count: int, expected: float) -> float:
    """How likely `count` or more are where `expected` is the mean (Poisson)."""
    if count <= expected:
        return 1.0  # not needed more exactly
    term = math.exp(count * math.log(expected) - expected - math.lgamma(count + 1))
    total = 0.0
    while term > total * 1e-9:
        total += term
        count += 1
        term *= expected / count
    return total
