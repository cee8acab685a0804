"""When feeds publish: by the dice in several ways, and as real documents say theirs did."""

import math
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from aggregator.errors import NotAFeed
from aggregator.parse.document import parse

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
START = datetime(2026, 10, 26, tzinfo=UTC).timestamp()  # a Monday
LEARNING, COUNTED = 28 * DAY, 28 * DAY
OFFICE_HOURS = (0.09, 0.84, 2.06, 1.88, 0.84, 0.29)  # of a newsroom, by four hours; 1 on average
DAYS = range(-30, 57)  # of a trace
LEAST_TOLD = 8  # dates that a real document must have to be one
Trace: TypeAlias = Sequence[float]  # when a feed publishes: seconds, ascending


def diced(feeds: int = 56) -> list[Trace]:
    """Feeds by the dice, loaded so that they are as uneven and as lumpy as real ones.

    On 158 real feeds, Miniflux's rule made 9.8 polls a day and found entries after 102 minutes
    (p95 491), and polling by the root of the rate took 0.51 of the delay of an equal interval; on
    these 8.3 and 99 (378). Few feeds have most of the entries; journals, press offices and
    restless sites are what simple rules stumble over.
    """
    dice = random.Random(11)
    newsroom, agency, blog = _office(0.5, 80, 0.0), _office(10, 80, 0.15), _blog
    kinds = (
        *(newsroom, newsroom, agency, blog, blog, blog, blog),
        *(_press_office, _press_office, _press_office, _machine, _journal, _journal, _restless),
    )
    return [
        _cut(kinds[number % len(kinds)](dice, START - dice.choice((-8, -5, 0, 1, 2, 3, 8)) * HOUR))
        for number in range(feeds)
    ]


def evenly(feeds: int = 28) -> list[Trace]:
    """Feeds without any rhythm, from one entry in five days to thirty a day.

    Nobody who only knows how often each publishes can do better than 0.68 of an equal interval.
    """
    dice = random.Random(21)
    traces = []
    for _ in range(feeds):
        gap, when = DAY / math.exp(dice.uniform(math.log(0.2), math.log(30))), START + DAYS[0] * DAY
        trace = []
        while (when := when + dice.expovariate(1 / gap)) < START + LEARNING + COUNTED:
            trace.append(when)
        traces.append(trace)
    return traces


def clockwork(feeds: int = 28) -> list[Trace]:
    """Programs that publish by the clock: hourly, daily, at half past, and sometimes nothing."""
    dice = random.Random(22)
    traces = []
    for _ in range(feeds):
        every = dice.choice((HOUR / 2, HOUR, HOUR, 2 * HOUR, 6 * HOUR, DAY, DAY))
        minute = dice.choice((0, 0, 0, 5, 30, dice.uniform(0, 60))) * MINUTE
        begin = START + DAYS[0] * DAY + dice.randrange(24) * HOUR + minute
        pauses = dice.uniform(0, 0.6)
        traces.append(
            _cut(
                [
                    begin + number * every + dice.expovariate(1 / MINUTE)
                    for number in range(int(len(DAYS) * DAY / every))
                    if dice.random() > pauses
                ]
            )
        )
    return traces


def bursts(feeds: int = 28) -> list[Trace]:
    """Feeds where one entry brings others soon after, at any time of the day."""
    dice = random.Random(23)
    traces = []
    for _ in range(feeds):
        first = math.exp(dice.uniform(math.log(0.1), math.log(10)))  # of bursts a day
        more, soon = dice.uniform(0.3, 0.8), dice.choice((HOUR / 6, HOUR, 6 * HOUR))
        trace = []
        for day in DAYS:
            open_ = [START + (day + dice.random()) * DAY for _ in range(_poisson(dice, first))]
            while open_:
                trace.append(when := open_.pop())
                open_ += [when + dice.expovariate(1 / soon) for _ in range(_poisson(dice, more))]
        traces.append(_cut(trace))
    return traces


def _office(least: float, most: float, night: float) -> Callable[[random.Random, float], Trace]:
    """People at work, less at weekends: so many entries a day, and a part of them day and night."""

    def trace(dice: random.Random, begin: float) -> Trace:
        rate = math.exp(dice.uniform(math.log(least), math.log(most)))
        weekend = dice.uniform(0.05, 0.6)
        return [
            when
            for day in DAYS
            for when in _day(
                dice, begin + day * DAY, rate * (weekend if day % 7 > 4 else 1), night=night
            )
        ]

    return trace


def _blog(dice: random.Random, begin: float) -> Trace:
    rate = math.exp(dice.uniform(math.log(0.05), 0))
    return [when for day in DAYS for when in _day(dice, begin + day * DAY, rate)]


def _machine(dice: random.Random, begin: float) -> Trace:
    hours = sorted(dice.uniform(5, 23) for _ in range(dice.randint(1, 6)))
    return [
        begin + day * DAY + hour * HOUR + dice.expovariate(1 / (2 * MINUTE))
        for day in DAYS
        for hour in hours
    ]


def _press_office(dice: random.Random, begin: float) -> Trace:
    works, papers, hour = dice.uniform(0.2, 0.9), dice.uniform(2, 8), dice.uniform(9, 16)
    trace = []
    for day in DAYS:
        if day % 7 < 5 and dice.random() < works:
            at = begin + day * DAY + dice.gauss(hour, 2) * HOUR
            trace += [at + dice.uniform(0, HOUR) for _ in range(1 + _poisson(dice, papers - 1))]
    return trace


def _journal(dice: random.Random, begin: float) -> Trace:
    every, size, hour = dice.choice((3, 7, 7, 14)), dice.randint(5, 25), dice.uniform(2, 18)
    trace = []
    for day in range(DAYS.start - dice.randrange(every), DAYS.stop, every):
        at = begin + (day + dice.choice((0, 0, 0, 1))) * DAY + dice.gauss(hour, 2) * HOUR
        trace += [at + dice.uniform(0, MINUTE) for _ in range(size)]
    return trace


def _restless(dice: random.Random, begin: float) -> Trace:
    rate, is_busy, trace = dice.uniform(5, 40), False, []
    for day in DAYS:
        is_busy = dice.random() < (0.5 if is_busy else 0.15)
        trace += _day(dice, begin + day * DAY, rate if is_busy else 0)
    return trace


def _day(dice: random.Random, begin: float, entries: float, *, night: float = 0.0) -> list[float]:
    """So many entries on average, in office hours but for a part of them."""
    return [
        begin + (hour + dice.random()) * HOUR
        for hour in range(24)
        for _ in range(
            _poisson(dice, entries / 24 * (night + (1 - night) * OFFICE_HOURS[hour // 4]))
        )
    ]


def _cut(trace: Trace) -> Trace:
    return sorted(when for when in trace if when < START + LEARNING + COUNTED)


def real(place: Path) -> list[Trace]:
    """Feeds that publish as real documents say theirs did.

    A document tells of some weeks. These are repeated as they are, gaps and lumps and all, after as
    many whole weeks: each time a quarter of an hour or so off, and beginning anywhere, three times
    over. Documents that tell of less than a week are left out: of a week's rhythm, and of lulls, they know nothing.
    """
    dice = random.Random(5)
    traces = []
    found = [place] if place.is_file() else sorted(place.rglob("*"))
    for path in (path for path in found for _ in range(3)):
        dates = _dates(path)
        if len(dates) < LEAST_TOLD or not 7 * DAY <= dates[-1] - dates[0] <= 400 * DAY:
            continue
        week = 7 * DAY
        period = math.ceil((dates[-1] - dates[0] + 1) / week) * week
        monday = START - 30 * week - dice.randrange(int(period // week)) * week
        first = monday + (dates[0] - START) % week  # at the same time of the same day of the week
        trace = []
        for turn in range(math.ceil(90 * week / period)):
            shift = first + turn * period - dates[0] + dice.gauss(0, HOUR / 4)
            trace += [when + shift + dice.gauss(0, MINUTE) for when in dates]
        begin, end = START - 60 * DAY, START + LEARNING + COUNTED
        traces.append(sorted(when for when in trace if begin <= when < end))
    return traces


def _dates(path: Path) -> list[float]:
    """When the entries of a feed document were published, lumps and all."""
    if not path.is_file():
        return []
    try:
        entries = parse(path.read_bytes(), url="https://feed.example/", content_type=None).entries
    except NotAFeed:
        return []
    dated = [entry.published or entry.updated for entry in entries]
    return sorted(when.timestamp() for when in dated if when is not None)


def _poisson(dice: random.Random, mean: float) -> int:
    count, product = 0, dice.random()
    while product > math.exp(-mean):
        count, product = count + 1, product * dice.random()
    return count
