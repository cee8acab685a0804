"""Whether a feed may be polled now: as planned, and as its server's wishes still allow."""

from datetime import datetime, timedelta

from aggregator.fetch import freshness, rhythm
from aggregator.fetch.freshness import CEILING
from aggregator.fetch.plan import JITTER
from aggregator.values.feed import Feed, PollSettings

_SLACK = timedelta(days=3)  # skipDays may add whole days to the longest wait
_ZERO = timedelta(0)


def is_allowed(feed: Feed, now: datetime) -> bool:
    """Whether a poll that somebody asks for may be made: never of what is gone or told us to wait."""
    return not feed.state.gone and not _is_ahead(feed.state.retry_after, now)


def is_due(feed: Feed, settings: PollSettings, now: datetime) -> bool:
    """Whether a feed is to be polled now: as planned, unless the server's wishes still forbid it.

    A clock that was set back would leave plans far in the future: they are given up when the last
    poll lies ahead of now, or the next one further than any rule puts it.
    """
    state = feed.state
    if not is_allowed(feed, now) or _is_ahead(state.fresh_until, now):
        return False
    if state.next_poll is None or state.last_poll is None:
        return True
    interval = feed.settings.interval
    planned = state.next_poll
    if interval and not state.failures and not state.pushed_until:
        # An editor may have shortened it since.
        planned = min(planned, state.last_poll + interval * (1 + JITTER))
    clock_went_back = (
        state.last_poll - now > settings.min_interval
        or planned - now > max(settings.max_interval, interval or _ZERO, CEILING) + _SLACK
    )
    if planned > now and not clock_went_back:
        return False
    hints = rhythm.read(state.rhythm).hints
    floor, _ = freshness.document_floor(hints)
    asked_until = None if state.last_ok is None else state.last_ok + floor
    return not _is_ahead(asked_until, now) and not freshness.is_skipped(hints, now)


def _is_ahead(when: datetime | None, now: datetime) -> bool:
    """Whether a server's wish still holds; one that is further away than we grant never does."""
    return when is not None and now < when <= now + CEILING
