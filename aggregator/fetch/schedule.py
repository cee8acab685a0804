"""The next poll of a feed, and why it is then.

Plans are made when a poll ends and stored, so that a restart neither hurries nor forgets; what
servers asked for is looked at again when a poll would begin (`due.py`).
"""

from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import assert_never

from aggregator.fetch import freshness, rhythm
from aggregator.fetch.conditional import others
from aggregator.fetch.freshness import CEILING
from aggregator.fetch.plan import Plan, back_off, interval, planned, spelled
from aggregator.values.feed import (
    Failed,
    Feed,
    FeedState,
    Fetched,
    Gone,
    Hints,
    Moved,
    News,
    NotModified,
    Outcome,
    PollSettings,
    Refused,
    Validators,
)

MOVED_AFTER = 3  # polls in a row that met the same permanent redirect, before it is believed


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
    match outcome:
        case Fetched() | NotModified():
            return _after_success(feed, outcome, news, settings, now, jitter)
        case Refused(was_asked=False):
            return held(feed.state, now + outcome.retry_after, now, jitter)
        case Refused() | Failed():
            return _after_failure(feed, outcome, settings, now, jitter)
        case Gone() if believed_target(feed.state) is None:
            return replace(
                feed.state,
                last_poll=now,
                failures=feed.state.failures + 1,
                reached=True,
                error="410 Gone",
                http_status=outcome.status,
                gone=True,
                next_poll=None,
                reason="410: gone for good",
                retry_after=None,
            )
        case Gone():
            failed = Failed("410 Gone", outcome.status)
            return _after_failure(feed, failed, settings, now, jitter)
        case _:
            assert_never(outcome)


def held(state: FeedState, until: datetime, now: datetime, jitter: float) -> FeedState:
    """The state of a feed that was not asked, because its host wants to be left alone until then.

    Afterwards the feeds of the host come one by one, not all at once.
    """
    until = min(until, now + CEILING)
    if state.gone or (
        state.retry_after is not None and until <= state.retry_after <= now + CEILING
    ):
        return state
    state = replace(state, retry_after=until)
    plan = Plan(until - now, "Retry-After")
    if state.next_poll is not None and state.next_poll >= until:
        return state
    return replace(
        state,
        next_poll=plan.end(now, jitter),
        reason=f"Retry-After of its host {spelled(plan.wait)}",
    )


def believed_target(state: FeedState) -> str | None:
    """Where a feed has moved for good, as often as it said so; None: it is where it was."""
    moved = state.moved
    return moved.to if moved is not None and moved.times >= MOVED_AFTER else None


# ----------------------------------------------------------------------------- a good answer


def _after_success(
    feed: Feed,
    outcome: Fetched | NotModified,
    news: News,
    settings: PollSettings,
    now: datetime,
    jitter: float,
) -> FeedState:
    state = feed.state
    if (
        news.new or news.undated
    ) and not news.first:  # no delivery brought it: the hub is not to be relied upon
        state = replace(state, pushed_until=None)
        feed = replace(feed, state=state)
    known = remembered = rhythm.read(state.rhythm)
    if isinstance(outcome, Fetched):
        known = rhythm.learned(known, news, now, feed.state.last_poll)
    if news.hints is not None:
        known = replace(known, hints=news.hints)
    fresh_for = min(_fresh_for(outcome, state), CEILING)
    plans = [
        _regular(feed, known, news, settings, now),
        Plan(fresh_for, "max-age"),
        Plan(*freshness.document_floor(known.hints)),
    ]
    if feed.settings.interval is None and not _has_validators(outcome.validators):
        plans.append(Plan(settings.interval, "no validators"))
    state = replace(
        state,
        validators=outcome.validators,
        other_validators=others(state, outcome.validators),
        last_poll=now,
        last_ok=now,
        last_full=now if _was_full(state, outcome.validators) else state.last_full,
        fresh_until=now + fresh_for if fresh_for else None,
        retry_after=None,
        failures=0,
        reached=True,
        error=None,
        http_status=outcome.status,
        gone=False,
        moved=_moved(state, outcome.moved_to),
        rhythm=state.rhythm if known is remembered else rhythm.write(known),
    )
    return _past_skipped(planned(state, plans, now, jitter), known.hints)


def _fresh_for(outcome: Fetched | NotModified, state: FeedState) -> timedelta:
    """How long the document may be taken as current, as was said now or, by a 304, before."""
    if outcome.fresh_for is not None:
        return outcome.fresh_for
    if state.fresh_until is None or state.last_ok is None:
        return timedelta(0)
    return max(state.fresh_until - state.last_ok, timedelta(0))


def _regular(
    feed: Feed, known: rhythm.Rhythm, news: News, settings: PollSettings, now: datetime
) -> Plan:
    """The wait before anybody else's wishes: by push, by the editor's interval, or by rhythm."""
    state = feed.state
    if state.pushed_until is not None and state.pushed_until > now:
        return Plan(min(CEILING, state.pushed_until - now), "push")
    if feed.settings.interval is not None:
        return Plan(feed.settings.interval, "interval")
    wait = rhythm.wait(
        known,
        now,
        interval=settings.interval,
        shortest=settings.min_interval,
        longest=settings.max_interval,
    )
    if news.gap and state.last_poll is not None and state.last_poll < now:
        halved = max((now - state.last_poll) / 2, settings.min_interval)
        return Plan(min(halved, wait), "gap, entries may have been missed")
    return Plan(wait, "rhythm" if known.is_known(now) else "start")


def _past_skipped(state: FeedState, hints: Hints) -> FeedState:
    """The state, its next poll moved past hours and days that the document asks to leave out."""
    if state.next_poll is None:
        return state
    later = freshness.after_skipped(hints, state.next_poll)
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


# --------------------------------------------------------------------------------- no answer


def _after_failure(
    feed: Feed, outcome: Failed | Refused, settings: PollSettings, now: datetime, jitter: float
) -> FeedState:
    """One failure more; but a server that says how long to wait is taken at its word."""
    state = feed.state
    failures = state.failures + 1
    asked = min(outcome.retry_after, CEILING)
    state = replace(
        state,
        last_poll=now,
        failures=failures,
        http_status=outcome.status,
        retry_after=now + asked if asked else None,
        # The new place was a mistake, it seems: ask at the old one next.
        moved=None if believed_target(state) else state.moved,
    )
    hints = rhythm.read(state.rhythm).hints
    plans = [back_off(feed, failures, settings), Plan(*freshness.document_floor(hints))]
    match outcome:
        case Refused():
            state = replace(state, reached=True, error=f"{outcome.status}: asked us to wait")
            if asked:
                plans[0] = Plan(interval(feed, settings), "interval")
        case Failed(validators=validators):
            state = replace(state, reached=not outcome.unreachable, error=outcome.reason)
            if validators is not None:  # what they came with could not be read
                was_full = outcome.status != HTTPStatus.NOT_MODIFIED
                state = replace(
                    state,
                    validators=validators,
                    other_validators=others(state, validators),
                    body_digest=None,
                    last_full=now if was_full else state.last_full,
                )
        case _:
            assert_never(outcome)
    if asked:
        plans.append(Plan(asked, "Retry-After"))
    return _past_skipped(planned(state, plans, now, jitter), hints)


def _was_full(state: FeedState, answered: Validators) -> bool:
    """Whether the answer came to a request without validators."""
    given = (*((state.validators,) if state.validators else ()), *state.other_validators)
    return not any(one.url == answered.url and _has_validators(one) for one in given)


def _has_validators(validators: Validators) -> bool:
    return validators.etag is not None or validators.last_modified is not None
