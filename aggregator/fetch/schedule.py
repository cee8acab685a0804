"""The next poll of a feed, and why it is then.

Plans are made when a poll ends and stored, so that a restart neither hurries nor forgets; what
servers asked for is looked at again when a poll would begin.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from aggregator.fetch import freshness, rhythm
from aggregator.fetch.freshness import CEILING
from aggregator.values.feed import (
    Failed,
    Feed,
    FeedState,
    Fetched,
    Gone,
    Moved,
    News,
    NotModified,
    Outcome,
    PollSettings,
    Refused,
    Validators,
)

JITTER = 0.1  # of a wait, at most; always later, so that no promise is broken
MOVED_AFTER = 3  # polls in a row that met the same permanent redirect, before it is believed
_OUTAGE_WAIT = timedelta(minutes=5)
_OUTAGE = "our outage"
_OUTAGE_FEEDS = 2  # one feed that cannot be reached says nothing about us
_MAX_DOUBLINGS = 20
_SLACK = timedelta(days=3)  # skipDays may add whole days to the longest wait
_ZERO = timedelta(0)


def after(
    feed: Feed,
    outcome: Outcome,
    news: News,
    settings: PollSettings,
    now: datetime,
    jitter: float,
) -> FeedState:
    """The whole next state of a feed after a poll.

    Title, home, language, hub, topic, note and digest are carried over: they are the document's.

    Args:
        feed: as it was when the poll began.
        outcome: what the fetch came to.
        news: what the document brought; `News()` where there was none.
        settings: the `poll` section.
        now: aware time the poll ended.
        jitter: by chance, 0 to 1.
    """
    state = replace(feed.state, last_poll=now)
    match outcome:
        case Fetched() | NotModified():
            return _after_success(feed, outcome, news, settings, now, jitter)
        case Refused():
            state = replace(
                state,
                failures=state.failures + 1,
                error=f"{outcome.status}: asked us to wait",
                http_status=outcome.status,
                retry_after=now + min(outcome.retry_after, CEILING)
                if outcome.retry_after
                else None,
            )
            plans = [_back_off(feed, state.failures, settings)]
            if outcome.retry_after:
                plans = [_usual(feed, settings), _Plan(outcome.retry_after, "Retry-After")]
            return _planned(state, plans, now, jitter)
        case Gone() if believed_target(state) is None:
            return replace(
                state,
                failures=state.failures + 1,
                error="410 Gone",
                http_status=outcome.status,
                gone=True,
                next_poll=None,
                reason="410: gone for good",
                retry_after=None,
            )
        case Failed() | Gone():
            state = replace(
                state,
                failures=state.failures + 1,
                error=outcome.reason if isinstance(outcome, Failed) else "410 Gone",
                http_status=outcome.status,
                retry_after=None,
                # The new place was a mistake, it seems: ask at the old one next.
                moved=None if believed_target(state) else state.moved,
            )
            return _planned(state, [_back_off(feed, state.failures, settings)], now, jitter)
        case _:
            assert_never(outcome)


def after_outage(feed: Feed, settings: PollSettings, now: datetime, jitter: float) -> FeedState:
    """The next state of a feed whose poll failed because we were offline: nothing counts against it.

    Tried again after five minutes, then ten, and so on up to the usual interval.
    """
    state = feed.state
    wait = _OUTAGE_WAIT
    if (state.reason or "").startswith(_OUTAGE) and state.last_poll and state.next_poll:
        wait = min(max(2 * (state.next_poll - state.last_poll), wait), _interval(feed, settings))
    plans = [_Plan(wait, _OUTAGE)]
    if state.failures:  # it had its troubles before
        plans.append(_back_off(feed, state.failures, settings))
    return _planned(replace(state, last_poll=now), plans, now, jitter)


def is_outage(outcomes: Sequence[Outcome]) -> bool:
    """Whether a cycle went so badly that the trouble must be ours: most feeds were out of reach.

    Local files say nothing about the network and are left out.
    """
    remote = [outcome for outcome in outcomes if not _is_local(outcome)]
    unreachable = sum(isinstance(outcome, Failed) and outcome.unreachable for outcome in remote)
    return unreachable >= _OUTAGE_FEEDS and 2 * unreachable > len(remote)


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
    if interval and not state.failures and not state.pushed_until:
        # An editor may have shortened it since.
        planned = min(state.next_poll, state.last_poll + interval * (1 + JITTER))
    else:
        planned = state.next_poll
    clock_went_back = (
        state.last_poll - now > settings.min_interval
        or planned - now > max(settings.max_interval, interval or _ZERO, CEILING) + _SLACK
    )
    if planned > now and not clock_went_back:
        return False
    return not freshness.is_skipped(rhythm.read(state.rhythm).hints, now)


def believed_target(state: FeedState) -> str | None:
    """Where a feed has moved for good, as often as it said so; None: it is where it was."""
    moved = state.moved
    return moved.to if moved is not None and moved.times >= MOVED_AFTER else None


# ------------------------------------------------------------------------------- the parts


@dataclass(frozen=True, slots=True)
class _Plan:
    """A wait that something asks for."""

    wait: timedelta
    why: str


def _after_success(
    feed: Feed,
    outcome: Fetched | NotModified,
    news: News,
    settings: PollSettings,
    now: datetime,
    jitter: float,
) -> FeedState:
    state = feed.state
    known = rhythm.learned(rhythm.read(state.rhythm), news.new, now, first=news.first)
    if news.hints is not None:
        known = replace(known, hints=news.hints)
    fresh_for = min(outcome.fresh_for, CEILING)
    state = replace(
        state,
        validators=outcome.validators,
        last_poll=now,
        last_ok=now,
        last_full=now if _was_full(state.validators, outcome.validators) else state.last_full,
        fresh_until=now + fresh_for if fresh_for else None,
        retry_after=None,
        failures=0,
        error=None,
        http_status=outcome.status,
        gone=False,
        moved=_moved(state, outcome.moved_to),
        rhythm=rhythm.write(known),
    )
    plans = [
        _regular(feed, known, news, settings, now),
        _Plan(fresh_for, "max-age"),
        _Plan(freshness.document_floor(known.hints), "ttl"),
    ]
    if feed.settings.interval is None and not _has_validators(outcome.validators):
        plans.append(_Plan(settings.interval, "no validators"))
    state = _planned(state, plans, now, jitter)
    return _past_skipped(state, known)


def _regular(
    feed: Feed, known: rhythm.Rhythm, news: News, settings: PollSettings, now: datetime
) -> _Plan:
    """The wait before anybody else's wishes: by push, by the editor's interval, or by rhythm."""
    state = feed.state
    if state.pushed_until is not None and state.pushed_until > now:
        return _Plan(CEILING, "push")
    if feed.settings.interval is not None:
        return _Plan(feed.settings.interval, "interval")
    shortest, longest = settings.min_interval, settings.max_interval
    if news.gap and state.last_poll is not None and state.last_poll < now:
        longest = max((now - state.last_poll) / 2, shortest)
    usual = rhythm.wait(known, now, interval=settings.interval, shortest=shortest, longest=longest)
    if not known.is_known:
        return _Plan(usual, "start")
    return _Plan(usual, "gap, entries may have been missed" if news.gap else "rhythm")


def _usual(feed: Feed, settings: PollSettings) -> _Plan:
    return _Plan(_interval(feed, settings), "interval")


def _interval(feed: Feed, settings: PollSettings) -> timedelta:
    return feed.settings.interval or settings.interval


def _back_off(feed: Feed, failures: int, settings: PollSettings) -> _Plan:
    """Twice as long after every failure, up to once a day, for ever."""
    interval = _interval(feed, settings)
    wait = interval * 2 ** min(max(failures - 1, 0), _MAX_DOUBLINGS)
    return _Plan(min(wait, max(CEILING, interval)), f"{_ordinal(failures)} failure")


def _planned(state: FeedState, plans: Iterable[_Plan], now: datetime, jitter: float) -> FeedState:
    """The state with the longest of these waits as its next poll."""
    plan = max(plans, key=lambda plan: plan.wait)
    wait = plan.wait * (1 + JITTER * jitter)
    return replace(state, next_poll=now + wait, reason=_reason(plan))


def _reason(plan: _Plan) -> str:
    separator = " " if plan.why in {"max-age", "Retry-After", "ttl"} else ": "
    return f"{plan.why}{separator}{_spelled(plan.wait)}"


def _past_skipped(state: FeedState, known: rhythm.Rhythm) -> FeedState:
    """The state, its next poll moved past hours and days that the document asks to leave out."""
    if state.next_poll is None:
        return state
    later = freshness.after_skipped(known.hints, state.next_poll)
    if later == state.next_poll:
        return state
    return replace(
        state, next_poll=later, reason=f"skipHours or skipDays until {later:%a %H:%M} UTC"
    )


def _moved(state: FeedState, to: str | None) -> Moved | None:
    if to is None:
        # Asked at the new place directly, it has nowhere further to send us.
        return state.moved if believed_target(state) else None
    if state.moved is not None and state.moved.to == to:
        return Moved(to, state.moved.times + 1)
    return Moved(to, 1)


def _was_full(asked: Validators | None, answered: Validators) -> bool:
    """Whether the answer came to a request without validators."""
    return asked is None or asked.url != answered.url or not _has_validators(asked)


def _has_validators(validators: Validators) -> bool:
    return validators.etag is not None or validators.last_modified is not None


def _is_local(outcome: Outcome) -> bool:
    return isinstance(outcome, Fetched | NotModified) and outcome.validators.url.startswith("file:")


def _is_ahead(when: datetime | None, now: datetime) -> bool:
    """Whether a server's wish still holds; one that is further away than we grant never does."""
    return when is not None and now < when <= now + CEILING


def _ordinal(number: int) -> str:
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def _spelled(wait: timedelta) -> str:
    """A duration as people say it: "90 s", "38 min", "2 h", "1.5 h", "3 days"."""
    seconds = wait.total_seconds()
    if seconds < 100:  # noqa: PLR2004
        return f"{seconds:.0f} s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.0f} min"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.1f} h".replace(".0 h", " h")
    return f"{seconds / 86_400:.0f} days"
