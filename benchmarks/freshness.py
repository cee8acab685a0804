"""How soon after its publication is an entry found, by rule and by number of polls?

Every rule polls the same feeds for eight weeks; the first four are for learning, the others count.
"Ours" is the product's own `schedule.after`, told of each poll as the pipeline tells it, with
`poll.interval` chosen so that it polls as often as the rule it is compared with.

    python benchmarks/freshness.py                  newsrooms, blogs and machines, by the dice
    python benchmarks/freshness.py FOLDER or FILE   also by the dates of real feeds in there

Delays are minutes, over all entries; polls are per feed and day.
"""

import math
import random
import sys
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Protocol, TypeAlias

from aggregator.errors import NotAFeed
from aggregator.fetch import schedule
from aggregator.parse.document import parse
from aggregator.values.feed import (
    Feed,
    FeedSettings,
    FeedState,
    Fetched,
    News,
    NotModified,
    PollSettings,
    Validators,
)

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
START = datetime(2026, 10, 26, tzinfo=UTC).timestamp()  # a Monday
LEARNING, COUNTED = 28 * DAY, 28 * DAY
OFFICE_HOURS = (0.09, 0.84, 2.06, 1.88, 0.84, 0.29)  # of a newsroom, by four hours; 1 on average
DAYS = range(-30, 57)  # of a trace
LEAST_TOLD = 8  # dates that a real document must have to be one
LISTED = 30  # entries that a feed document holds
Trace: TypeAlias = Sequence[float]  # when a feed publishes: seconds, ascending


class Rule(Protocol):
    """Decides when to poll one feed."""

    def first(self) -> float:
        """The time of the first poll."""

    def next(self, now: float, new: Sequence[float], listed: Sequence[float], /) -> float:
        """The time of the next poll, after one that found `new` among what is `listed`."""


# ------------------------------------------------------------------------------ the rules


@dataclass
class Fixed:
    """Always so long after the last poll, as most readers do."""

    interval: float
    offset: float = 0.0

    def first(self) -> float:
        """The time of the first poll."""
        return START + self.offset

    def next(self, now: float, _new: Sequence[float], _listed: Sequence[float], /) -> float:
        """The time of the next poll."""
        return now + self.interval


@dataclass
class CommaFeed(Fixed):
    """By days since the last entry, else half the mean gap, between 5 and 60 minutes."""

    def next(self, now: float, _new: Sequence[float], listed: Sequence[float], /) -> float:
        """The time of the next poll."""
        silent_days = (now - listed[-1]) / DAY if listed else math.inf
        for days, minutes in ((30, 240), (14, 120), (7, 60)):
            if silent_days >= days:
                return now + minutes * MINUTE
        gap = (listed[-1] - listed[0]) / (len(listed) - 1) if len(listed) > 1 else HOUR
        return now + min(max(gap / 2, 5 * MINUTE), 60 * MINUTE)


@dataclass
class Miniflux(Fixed):
    """entry_frequency: a week divided by what came in the last one, looked at every hour."""

    def next(self, now: float, _new: Sequence[float], listed: Sequence[float], /) -> float:
        """The time of the next poll."""
        lately = [when for when in listed if when > now - 7 * DAY]
        wait = 1440 * MINUTE
        if len(lately) > 1 and lately[-1] > lately[0]:
            weekly = math.ceil(7 * DAY / ((lately[-1] - lately[0]) / (len(lately) - 1)))
            wait = min(max(7 * DAY / weekly, 5 * MINUTE), 1440 * MINUTE)
        ticks = math.ceil((now + wait - START - self.offset) / HOUR - 1e-9)
        return START + self.offset + max(ticks, 1) * HOUR


@dataclass
class Ours(Fixed):
    """The product's own rule, through the function that the pipeline calls."""

    dice: random.Random = random.Random(1)  # noqa: RUF009 - shared on purpose: one stream of chance

    def __post_init__(self) -> None:
        url = "https://feed.example/"
        self.settings = PollSettings(
            interval=timedelta(seconds=self.interval),
            min_interval=timedelta(minutes=15),
            max_interval=timedelta(hours=24),
            timeout=timedelta(seconds=20),
            concurrency=64,
            per_host=2,
            max_bytes=10_000_000,
            allow_private_networks=False,
            allow_hosts=frozenset(),
            proxy=None,
            contact=None,
            root=Path(),
        )
        self.feed = Feed(1, FeedSettings(url, url, None, None, None, (), ()), FeedState())
        self.validators = Validators(url, etag='"1"')

    def next(self, now: float, new: Sequence[float], _listed: Sequence[float], /) -> float:
        """The time of the next poll."""
        at = datetime.fromtimestamp(now, UTC)
        first = self.feed.state.last_poll is None
        outcome: Fetched | NotModified = NotModified(self.validators)
        if new or first:
            outcome = Fetched(b"", self.validators.url, 200, None, self.validators)
        dates = tuple(datetime.fromtimestamp(when, UTC) for when in new)
        gap = not first and len(new) >= LISTED
        news = News(new=dates, first=first, gap=gap)
        state = schedule.after(self.feed, outcome, news, self.settings, at, self.dice.random())
        self.feed = Feed(1, self.feed.settings, state)
        assert state.next_poll is not None  # noqa: S101 - only feeds that are gone have none
        return state.next_poll.timestamp()


# --------------------------------------------------------------------------- the simulation


@dataclass(frozen=True)
class Result:
    """What a rule achieved."""

    polls: float  # per feed and day
    mean: float  # minutes from publication to discovery
    p95: float


def simulate(rule: Callable[[float], Rule], traces: Sequence[Trace]) -> Result:
    """Poll every feed by a rule; `rule` is given the feed's own offset in seconds."""
    dice = random.Random(7)
    delays: list[float] = []
    polls = 0
    end = START + LEARNING + COUNTED
    for trace in traces:
        one = rule(dice.uniform(0, HOUR))
        now, last = one.first(), -math.inf
        while now < end:
            have, had = bisect_right(trace, now), bisect_right(trace, last)
            new, listed = trace[max(had, have - LISTED) : have], trace[max(0, have - LISTED) : have]
            if now >= START + LEARNING:
                polls += 1
                delays += [now - when for when in trace[had:have] if when >= START + LEARNING]
            last, now = now, max(one.next(now, new, listed), now + 1)
        delays += [
            end - when
            for when in trace[bisect_right(trace, last) :]
            if START + LEARNING < when < end
        ]
    delays.sort()
    return Result(
        polls / len(traces) / (COUNTED / DAY),
        sum(delays) / len(delays) / MINUTE,
        delays[int(0.95 * len(delays))] / MINUTE,
    )


def ours_at(polls: float, traces: Sequence[Trace]) -> Result:
    """Our rule at a budget of polls a day, within a hundredth, by the `poll.interval` that gives it."""
    interval, tried = 35 * MINUTE * 24 / polls, []
    for _ in range(8):
        result = simulate(partial(Ours, interval), traces)
        if abs(result.polls / polls - 1) < 0.01:
            break
        tried.append((math.log(interval), math.log(result.polls)))
        slope = -0.9
        if len(tried) > 1 and tried[-1][0] != tried[-2][0]:
            slope = (tried[-1][1] - tried[-2][1]) / (tried[-1][0] - tried[-2][0])
        interval *= math.exp((math.log(polls) - tried[-1][1]) / min(slope, -0.3))
    return result


# ------------------------------------------------------------------------------ the traces


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


# ------------------------------------------------------------------------------- the table


def table(name: str, traces: Sequence[Trace]) -> None:
    """Print every rule over these feeds, and ours at the same number of polls."""
    rules: dict[str, Callable[[float], Rule]] = {
        "fixed, an hour": lambda offset: Fixed(HOUR, offset),
        "reader: slots of an hour": lambda _: Fixed(HOUR, 0.0),
        "CommaFeed": lambda offset: CommaFeed(HOUR, offset),
        "Miniflux, by entries": lambda offset: Miniflux(HOUR, offset),
    }
    budgets: dict[float, Result] = {}
    print(f"\n{name}: {len(traces)} feeds, {sum(map(len, traces))} entries")
    print(
        f"{'rule':26}{'polls':>6}{'mean':>7}{'p95':>6}  {'ours':>6}{'mean':>7}{'p95':>6}{'ratio':>7}"
    )
    for label, rule in rules.items():
        theirs = simulate(rule, traces)
        budget = round(theirs.polls, 1)
        ours = budgets[budget] = budgets.get(budget) or ours_at(budget, traces)
        print(
            f"{label:26}{theirs.polls:6.1f}{theirs.mean:7.1f}{theirs.p95:6.0f}  "
            f"{ours.polls:6.1f}{ours.mean:7.1f}{ours.p95:6.0f}{ours.mean / theirs.mean:7.2f}",
            flush=True,
        )
    shipped = simulate(partial(Ours, HOUR), traces)
    print(f"{'ours as shipped':26}{shipped.polls:6.1f}{shipped.mean:7.1f}{shipped.p95:6.0f}")


if __name__ == "__main__":
    table("By the dice", diced())
    for argument in sys.argv[1:]:
        table(f"By the dates in {argument}", real(Path(argument)))
