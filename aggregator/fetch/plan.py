"""A wait, and what asks for it: the longest of several is the next poll, and says why in words."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aggregator.values.feed import Feed, FeedState, PollSettings

JITTER = 0.1  # of a wait, at most; always later, so that no promise is broken
DAILY = timedelta(hours=21.5)  # jitter and the rounds of the service included, once in 24 hours
_MAX_DOUBLINGS = 20
_HEADERS = frozenset({"max-age", "ttl", "updatePeriod", "Retry-After"})  # wishes with a name


@dataclass(frozen=True, slots=True)
class Plan:
    """A wait that something asks for."""

    wait: timedelta
    why: str

    def end(self, now: datetime, jitter: float) -> datetime:
        """When it is over, a little later by chance so that polls spread."""
        return now + self.wait * (1 + JITTER * jitter)

    @property
    def reason(self) -> str:
        """The plan in words: "max-age 2 h", "rhythm: 38 min"."""
        separator = " " if self.why in _HEADERS else ": "
        return f"{self.why}{separator}{spelled(self.wait)}"


def planned(state: FeedState, plans: Iterable[Plan], now: datetime, jitter: float) -> FeedState:
    """The state with the longest of these waits as its next poll.

    Args:
        state: of a feed that was just polled.
        plans: at least one.
        now: aware time the poll ended.
        jitter: by chance, 0 to 1.
    """
    plan = max(plans, key=lambda plan: plan.wait)
    return replace(state, next_poll=plan.end(now, jitter), reason=plan.reason)


def interval(feed: Feed, settings: PollSettings) -> timedelta:
    """The feed's own interval, else everybody's."""
    return feed.settings.interval or settings.interval


def back_off(feed: Feed, failures: int, settings: PollSettings) -> Plan:
    """Twice as long after every failure, up to once a day, for ever."""
    usual = interval(feed, settings)
    wait = usual * 2 ** min(max(failures - 1, 0), _MAX_DOUBLINGS)
    return Plan(min(wait, max(DAILY, usual)), f"{_ordinal(failures)} failure")


def spelled(wait: timedelta) -> str:
    """A duration as people say it: "90 s", "38 min", "2 h", "1.5 h", "3 days"."""
    seconds = wait.total_seconds()
    if seconds < 100:  # noqa: PLR2004
        return f"{seconds:.0f} s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.0f} min"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.1f} h".replace(".0 h", " h")
    return f"{seconds / 86_400:.0f} days"


def _ordinal(number: int) -> str:
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
