"""How soon after its publication is an entry found, by rule and by number of polls?

Every rule polls the same feeds for eight weeks; the first four are for learning, the others count.
"Ours" is the product's own `schedule.after`, told of each poll as the pipeline tells it, with
`poll.interval` chosen so that it polls as often as the rule it is compared with.

    python benchmarks/freshness.py                  newsrooms, blogs and machines, by the dice
    python benchmarks/freshness.py --all            also feeds of one kind each
    python benchmarks/freshness.py FOLDER FILE ...  also by the dates of real feeds in there

Delays are minutes, over all entries; polls are per feed and day. Each feed is watched by three who
begin at times of their own: real news comes in lumps, and a single one of them can be lucky.
"""

import argparse
import math
import random
import sys
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for who runs the file itself

from aggregator.fetch import schedule
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
from benchmarks.traces import (
    COUNTED,
    DAY,
    HOUR,
    LEARNING,
    MINUTE,
    START,
    Trace,
    bursts,
    clockwork,
    diced,
    evenly,
    real,
)

LISTED = 30  # entries that a feed document holds
OBSERVERS = 3  # of each feed, who begin at different times: where news comes in lumps, luck counts


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


def simulate(
    rule: Callable[[float], Rule], traces: Sequence[Trace], observers: int = OBSERVERS
) -> Result:
    """Poll every feed by a rule; `rule` is given the feed's own offset in seconds."""
    dice = random.Random(7)
    delays: list[float] = []
    polls = 0
    end = START + LEARNING + COUNTED
    for trace in [trace for trace in traces for _ in range(observers)]:
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
        polls / len(traces) / observers / (COUNTED / DAY),
        sum(delays) / len(delays) / MINUTE,
        delays[int(0.95 * len(delays))] / MINUTE,
    )


def ours_at(polls: float, traces: Sequence[Trace]) -> Result:
    """Our rule at a budget of polls a day, within a hundredth, by the `poll.interval` that gives it."""
    interval, tried = 35 * MINUTE * 24 / polls, []
    for _ in range(8):
        result = simulate(partial(Ours, interval), traces, observers=1)
        if abs(result.polls / polls - 1) < 0.01:
            break
        tried.append((math.log(interval), math.log(result.polls)))
        slope = -0.9
        if len(tried) > 1 and tried[-1][0] != tried[-2][0]:
            slope = (tried[-1][1] - tried[-2][1]) / (tried[-1][0] - tried[-2][0])
        interval *= math.exp((math.log(polls) - tried[-1][1]) / min(slope, -0.3))
    return simulate(partial(Ours, interval), traces)


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


def main() -> None:
    """Print a table for each kind of feeds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--all", action="store_true", help="also feeds of one kind each")
    parser.add_argument("places", type=Path, nargs="*", help="files or folders of real feeds")
    given = parser.parse_args()
    missing = [str(place) for place in given.places if not place.exists()]
    if missing:
        parser.error(f"there is no {', '.join(missing)}")
    table("By the dice", diced())
    if given.all:
        table("Without a rhythm", evenly())
        table("By the clock", clockwork())
        table("In bursts", bursts())
    for place in given.places:
        table(f"By the dates in {place}", real(place))


if __name__ == "__main__":
    main()
