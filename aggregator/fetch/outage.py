"""Our outage is not theirs: when hardly anything can be reached, the trouble is taken to be ours."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from aggregator.fetch.localfile import is_file
from aggregator.fetch.plan import Plan, back_off, interval, planned
from aggregator.urls import host
from aggregator.values.feed import Failed, Feed, FeedState, Outcome, PollSettings

LATELY = timedelta(minutes=15)  # polls as old as this still tell about our own connection
_FIRST_WAIT = timedelta(minutes=5)
_WHY = "our outage"
_SAID = "most feeds cannot be reached, so this is taken for our own outage"
_FEEDS = 2  # one feed that cannot be reached says nothing about us
_ZERO = timedelta(0)


def is_outage(polls: Sequence[tuple[Feed, Outcome]], lately: Sequence[Feed]) -> bool:
    """Whether so much was out of reach that the trouble must be our own.

    Either most feeds of this cycle were; or, as a service has few feeds in a cycle, this one went
    on as others began: since the first that was out of reach lately, most were, on several hosts.
    Local files say nothing about the network.

    Args:
        polls: this cycle's, each with the feed as it was before.
        lately: other feeds polled within `LATELY`, with their state since.
    """
    remote = [(feed, outcome) for feed, outcome in polls if not is_file(feed.settings.address)]
    lost = [feed for feed, outcome in remote if isinstance(outcome, Failed) and outcome.unreachable]
    if len(lost) >= _FEEDS and 2 * len(lost) > len(remote):
        return True
    before = blamed(lately)
    if not lost or not before:
        return False
    since = min(feed.state.last_poll for feed in before if feed.state.last_poll is not None)
    tried = [
        feed
        for feed in lately
        if feed.state.last_poll is not None
        and feed.state.last_poll >= since
        and not is_file(feed.settings.address)
    ]
    hosts = {host(feed.settings.address) for feed in (*lost, *before)}
    return len(hosts) >= _FEEDS and 2 * (len(lost) + len(before)) > len(remote) + len(tried)


def blamed(lately: Sequence[Feed]) -> list[Feed]:
    """Those of these feeds that were well until they could not be reached."""
    return [feed for feed in lately if not feed.state.reached and feed.state.failures <= 1]


def after_outage(
    feed: Feed, outcome: Failed, settings: PollSettings, now: datetime, jitter: float
) -> FeedState:
    """The next state of a feed whose poll failed because we were offline: nothing counts against it.

    Tried again after five minutes, then ten, and so on up to the usual interval.

    Args:
        feed: as it was when the poll began.
        outcome: why it could not be reached.
        settings: the `poll` section.
        now: aware time the poll ended.
        jitter: by chance, 0 to 1.
    """
    state = feed.state
    wait = _FIRST_WAIT
    if (state.reason or "").startswith(_WHY) and state.last_poll and state.next_poll:
        wait = max(2 * (state.next_poll - state.last_poll), wait)
    plans = [Plan(min(wait, interval(feed, settings)), _WHY)]
    if state.failures:  # it had its troubles before
        plans.append(back_off(feed, state.failures, settings))
    state = replace(state, last_poll=now, reached=False, error=f"{outcome.reason}; {_SAID}")
    return planned(state, plans, now, jitter)


def forgiven(feed: Feed, settings: PollSettings, now: datetime, jitter: float) -> FeedState:
    """The next state of a feed that was blamed before the outage was seen to be one."""
    state = replace(feed.state, failures=0, error=f"{feed.state.error}; {_SAID}")
    if not feed.state.failures:
        return feed.state  # nobody blamed it
    wait = min(_FIRST_WAIT, interval(feed, settings))
    return planned(state, [Plan(wait, _WHY)], now, jitter)
